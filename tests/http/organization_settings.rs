//! What an administrator sets for the organization: here at once, at Auth0 right after, and nothing else is lost there.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

fn path(organization: &Organization, rest: &str) -> String {
    format!("/v1/orgs/{}{rest}", organization.id)
}

async fn show(app: &TestApp, organization: &Organization) -> Answer {
    app.get(&path(organization, ""), Some(&organization.token))
        .await
}

/// With the version that is there now.
async fn change(app: &TestApp, organization: &Organization, body: &Value) -> Answer {
    let shown = show(app, organization).await;
    let tag = shown.header("etag").expect("a version").to_owned();
    let request = app
        .request(
            Method::PATCH,
            &path(organization, ""),
            Some(&organization.token),
        )
        .header("if-match", tag)
        .json(body);
    app.send(request).await
}

async fn actions(app: &TestApp, organization: &Organization) -> Vec<Value> {
    let events = app
        .get(
            &path(organization, "/audit-events"),
            Some(&organization.token),
        )
        .await;
    let page = events.assert_status(200).json();
    page["items"].as_array().expect("items").clone()
}

const LOGO: &str = "https://cdn.acme.example/logo.png";

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_shows_its_look_its_policies_and_where_to_log_in() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let shown = show(&app, &organization).await.assert_status(200).json();
    let login_url = format!("{}/orgs/{}/login", app.url, organization.name);
    assert_eq!(shown["login_url"], login_url);
    let branding = json!({ "logo_url": null, "primary": null, "page_background": null });
    assert_eq!(shown["branding"], branding);
    let policies = json!({ "members_can_invite": false, "sso": "off" });
    assert_eq!(shown["policies"], policies);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_auth0_without_losing_its_metadata() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let auth0 = app.auth0();
    let before = auth0.organizations().show(&organization.id).await;
    let before = before.expect("Auth0 answers").expect("it is there");
    let branding = json!({ "logo_url": LOGO, "primary": "#0059d6", "page_background": "#fff" });
    let body = json!({ "display_name": "Acme Rockets", "branding": branding });
    let changed = change(&app, &organization, &body).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(
        (&changed["display_name"], &changed["branding"]),
        (&json!("Acme Rockets"), &branding)
    );
    let after = eventually("the change at Auth0", || async {
        let found = auth0.organizations().show(&organization.id).await;
        let found = found.expect("Auth0 answers").expect("it is there");
        (found.display_name.as_deref() == Some("Acme Rockets")).then_some(found)
    })
    .await;
    assert_eq!((after.metadata, after.name), (before.metadata, before.name));
    let at_auth0 = after.branding.expect("a branding");
    assert_eq!(at_auth0.logo_url.as_deref(), Some(LOGO));
    assert_eq!(at_auth0.colors.expect("colours").primary, "#0059d6");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_stays_and_a_branding_is_taken_as_a_whole() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let logo = json!({ "branding": { "logo_url": LOGO } });
    let first = change(&app, &organization, &logo)
        .await
        .assert_status(200)
        .json();
    assert_eq!(first["display_name"], "A team");
    let name = json!({ "display_name": "Acme" });
    let second = change(&app, &organization, &name)
        .await
        .assert_status(200)
        .json();
    assert_eq!(second["branding"]["logo_url"], LOGO);
    let none = json!({ "branding": {} });
    let third = change(&app, &organization, &none)
        .await
        .assert_status(200)
        .json();
    assert_eq!(
        (&third["branding"]["logo_url"], &third["display_name"]),
        (&Value::Null, &json!("Acme"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_could_harm_is_refused_by_field() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    for (body, field) in [
        (
            json!({ "branding": { "logo_url": "http://acme.example/a.png" } }),
            "branding.logo_url",
        ),
        (
            json!({ "branding": { "logo_url": "javascript:alert(1)" } }),
            "branding.logo_url",
        ),
        (
            json!({ "branding": { "primary": "red", "page_background": "#fff" } }),
            "branding.primary",
        ),
        (
            json!({ "branding": { "primary": "#fff" } }),
            "branding.page_background",
        ),
        (json!({ "branding": { "css": "" } }), "branding.css"),
        (json!({ "display_name": "<b>" }), "display_name"),
        (json!({ "name": "other" }), "name"),
    ] {
        let refused = change(&app, &organization, &body).await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
    let unseen = app.request(
        Method::PATCH,
        &path(&organization, ""),
        Some(&organization.token),
    );
    let unseen = app
        .send(unseen.json(&json!({ "display_name": "Acme" })))
        .await;
    unseen.assert_problem(428, "precondition_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_it_at_once_one_has_to_look_again() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let tag = show(&app, &organization)
        .await
        .header("etag")
        .expect("a version")
        .to_owned();
    let rename = |name: &str| {
        let request = app
            .request(
                Method::PATCH,
                &path(&organization, ""),
                Some(&organization.token),
            )
            .header("if-match", tag.clone())
            .json(&json!({ "display_name": name }));
        app.send(request)
    };
    let (one, other) = tokio::join!(rename("One"), rename("Other"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_replaced_and_each_change_is_told_once() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    let policies = path(&organization, "/policies");
    let open = json!({ "members_can_invite": true });
    let all = json!({ "members_can_invite": true, "sso": "off" });
    for _ in 0..2 {
        let changed = app.put(&policies, &organization.token, &open).await;
        assert_eq!(changed.assert_status(200).json(), all);
    }
    let shown = show(&app, &organization).await.json();
    assert_eq!(shown["policies"], all);
    let told = actions(&app, &organization).await;
    let is_it = |event: &&Value| event["action"] == "organization.policies_changed";
    let told: Vec<_> = told.iter().filter(is_it).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        told[0]["before"],
        json!({ "members_can_invite": false, "sso": "off" })
    );
    let refused = app.put(&policies, &organization.token, &json!({})).await;
    refused
        .assert_problem(422, "invalid_request")
        .assert_field("members_can_invite");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_change_it() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    for role in [Role::OrgMember, Role::OrgBilling, Role::OrgReadonly] {
        let (_, token) = app.member(&organization, role).await;
        let policies = path(&organization, "/policies");
        let refused = app
            .put(&policies, &token, &json!({ "members_can_invite": true }))
            .await;
        refused.assert_problem(403, "permission_denied");
        let request = app.request(Method::PATCH, &path(&organization, ""), Some(&token));
        let refused = app
            .send(request.json(&json!({ "display_name": "Mine" })))
            .await;
        refused.assert_problem(403, "permission_denied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_keep_in_the_metadata_survives_every_write_of_ours() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let auth0 = app.auth0();
    let theirs = [
        ("crm".to_owned(), Some("4711".to_owned())),
        (
            "mfaPolicy".to_owned(),
            Some("{\"enforce\":true}".to_owned()),
        ),
    ];
    let planted = auth0
        .organizations()
        .merge_metadata(&organization.id, theirs.into())
        .await;
    let before = planted.expect("Auth0 takes it").metadata;
    let look = json!({ "display_name": "Acme Rockets", "branding": { "logo_url": LOGO } });
    change(&app, &organization, &look).await.assert_status(200);
    app.advance("P32D").await;
    let after = eventually("the look and the renewed claim at Auth0", || async {
        let found = auth0.organizations().show(&organization.id).await;
        let found = found.expect("Auth0 answers").expect("it is there");
        let is_new = found.metadata.get("subscription") != before.get("subscription");
        (is_new && found.display_name.as_deref() == Some("Acme Rockets")).then_some(found)
    })
    .await;
    for (key, value) in &before {
        if key != "subscription" {
            assert_eq!(after.metadata.get(key), Some(value), "{key}");
        }
    }
}
