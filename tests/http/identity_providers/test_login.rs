//! A test login proves that an identity provider works, shows what it says, and lets nobody in.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

use super::{connected, path};

const CALLBACK: &str = "identity-provider-test";

async fn begun(app: &TestApp, acme: &Organization, id: &str) -> String {
    let path = format!("{}/{id}/test", path(acme));
    let begun = app.post(&path, &acme.token, &json!({})).await;
    let begun = begun.assert_status(201).json();
    begun["url"].as_str().expect("an address").to_owned()
}

async fn result(app: &TestApp, acme: &Organization, id: &str, token: &str) -> Answer {
    let path = format!("{}/{id}/test", path(acme));
    app.get(&path, Some(token)).await
}

async fn becomes(app: &TestApp, acme: &Organization, id: &str, state: &str) -> Value {
    eventually("the result of the test", || async {
        let found = result(app, acme, id, &acme.token).await.json();
        (found["state"] == state).then_some(found)
    })
    .await
}

/// The browser ends at our own page; answers what it says.
async fn come_back(app: &TestApp, url: &str, typed: &[(&str, &str)]) -> (String, String) {
    let back = format!("{}/{CALLBACK}", app.url);
    let landed = app.at_the_provider(url, typed, &back).await;
    let path = landed.url.as_str()[app.url.len()..].to_owned();
    (app.get(&path, None).await.body, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_what_came_and_makes_nobody_a_member() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.verified_domain(&acme).await;
    let mut body = app.oidc_provider("corp");
    body["assign_membership_on_login"] = json!(true);
    let shown = connected(&app, &acme, &body).await;
    assert_eq!(shown["tested_at"], Value::Null);
    let id = shown["id"].as_str().expect("an id");
    let url = begun(&app, &acme, id).await;
    assert_eq!(
        result(&app, &acme, id, &acme.token).await.json()["state"],
        "open"
    );
    let typed = [
        ("username", "d0042@corp.acme.example"),
        ("groups", "Finance, Staff"),
        ("name", "Bo"),
    ];
    let (page, path) = come_back(&app, &url, &typed).await;
    assert!(page.contains("The test login came back"), "{page}");
    assert!(
        !page.contains("d0042"),
        "nothing of it is shown there: {page}"
    );
    let passed = becomes(&app, &acme, id, "passed").await;
    let claims = &passed["claims"];
    assert!(
        claims["subject"]
            .as_str()
            .is_some_and(|subject| subject.ends_with("d0042@corp.acme.example"))
    );
    assert_eq!(claims["email"], Value::Null);
    assert_eq!(claims["email_verified"], false);
    assert_eq!(claims["groups"], json!(["Finance", "Staff"]));
    let attributes = claims["attributes"].as_array().expect("names");
    assert!(
        attributes.contains(&json!("preferred_username")),
        "{claims}"
    );
    let again = app.get(&path, None).await.body;
    assert!(
        again.contains("This test login is over"),
        "once only: {again}"
    );
    let shown = super::show(&app, &acme, id).await.json();
    assert!(shown["tested_at"].is_string(), "{shown}");
    let members = format!("/v1/orgs/{}/members", acme.id);
    let members = app.get(&members, Some(&acme.token)).await.json();
    assert_eq!(members["items"].as_array().expect("members").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_began_it_sees_it_and_only_administrators_begin_one() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &app.oidc_provider("corp")).await;
    let id = shown["id"].as_str().expect("an id");
    let (_, second) = app.member(&acme, Role::OrgAdmin).await;
    let (_, member) = app.member(&acme, Role::OrgMember).await;
    let other = app.organization().await;
    let test = format!("{}/{id}/test", path(&acme));
    let refused = app.post(&test, &member, &json!({})).await;
    refused.assert_problem(403, "permission_denied");
    let foreign = format!("{}/{id}/test", path(&other));
    let foreign = app.post(&foreign, &other.token, &json!({})).await;
    foreign.assert_problem(404, "not_found");
    let url = begun(&app, &acme, id).await;
    come_back(
        &app,
        &url,
        &[("username", "bo"), ("email", "bo@acme.example")],
    )
    .await;
    becomes(&app, &acme, id, "passed").await;
    let seen = result(&app, &acme, id, &second).await;
    seen.assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_comes_late_or_with_another_state_proves_nothing() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &app.oidc_provider("corp")).await;
    let id = shown["id"].as_str().expect("an id");
    begun(&app, &acme, id).await;
    for state in [
        "",
        "forged",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let page = app
            .get(&format!("/{CALLBACK}?code=x&state={state}"), None)
            .await;
        assert!(page.body.contains("This test login is over"), "{state}");
    }
    let url = begun(&app, &acme, id).await;
    let state = url.rsplit("state=").next().expect("a state").to_owned();
    let made_up = format!("/{CALLBACK}?code=made-up&state={state}");
    assert!(app.get(&made_up, None).await.body.contains("came back"));
    let failed = becomes(&app, &acme, id, "failed").await;
    assert!(failed["failure"].is_string(), "{failed}");
    let url = begun(&app, &acme, id).await;
    let state = url.rsplit("state=").next().expect("a state").to_owned();
    let denied =
        format!("/{CALLBACK}?error=access_denied&error_description=No%20such%20user&state={state}");
    app.get(&denied, None).await.assert_status(200);
    let failed = becomes(&app, &acme, id, "failed").await;
    assert_eq!(failed["failure"], "No such user");
    let url = begun(&app, &acme, id).await;
    let state = url.rsplit("state=").next().expect("a state").to_owned();
    app.advance("PT16M").await;
    let late = app
        .get(&format!("/{CALLBACK}?code=x&state={state}"), None)
        .await;
    assert!(late.body.contains("This test login is over"));
}

/// Opens the address, is somebody at the identity provider, and answers where that leads without going there.
async fn code_of(app: &TestApp, url: &str, username: &str) -> String {
    let back = format!("{}/{CALLBACK}", app.url);
    let typed = [("username", username)];
    let landed = app.at_the_provider(url, &typed, &back).await;
    landed.query("code").expect("a code")
}

/// The state of the test that the address begins.
fn state_of(url: &str) -> String {
    let url: reqwest::Url = url.parse().expect("a URL");
    let mut query = url.query_pairs();
    let found = query.find(|(name, _)| name == "state");
    found.expect("a state").1.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elses_login_proves_anything_to_an_administrator() {
    let app = TestApp::start().await;
    let (acme, other) = (app.organization().await, app.organization().await);
    let (second, token) = app.member(&acme, Role::OrgAdmin).await;
    let shown = connected(&app, &acme, &app.oidc_provider("corp")).await;
    let id = shown["id"].as_str().expect("an id").to_owned();
    let theirs = connected(&app, &other, &app.oidc_provider("evil")).await;
    let theirs = theirs["id"].as_str().expect("an id").to_owned();
    let begun_by = |token: String| {
        let (app, path) = (&app, format!("{}/{id}/test", path(&acme)));
        async move {
            let begun = app.post(&path, &token, &json!({})).await;
            let begun = begun.assert_status(201).json();
            begun["url"].as_str().expect("an address").to_owned()
        }
    };
    let untested = || async {
        let shown = super::show(&app, &acme, &id).await.json();
        assert_eq!(shown["tested_at"], Value::Null, "{shown}");
    };
    // Codes of another administrator's test, and of a test in another organization.
    for address in [
        begun_by(token.clone()).await,
        begun(&app, &other, &theirs).await,
    ] {
        let mine = begun_by(acme.token.clone()).await;
        let code = code_of(&app, &address, "mallory").await;
        let slipped = format!("/{CALLBACK}?code={code}&state={}", state_of(&mine));
        app.get(&slipped, None).await.assert_status(200);
        let failed = becomes(&app, &acme, &id, "failed").await;
        assert_eq!(failed["claims"], Value::Null, "{failed}");
        untested().await;
    }
    // Nor does a test of somebody who is no administrator any more when it comes back.
    let address = begun_by(token.clone()).await;
    let user = second.user_id.replace('|', "%7C");
    let roles = format!("/v1/orgs/{}/members/{user}/roles", acme.id);
    let demoted = json!({ "roles": [Role::OrgMember] });
    app.put(&roles, &acme.token, &demoted)
        .await
        .assert_status(200);
    come_back(&app, &address, &[("username", "bo")]).await;
    let trail = format!(
        "/v1/orgs/{}/audit-events?action=identity_provider.test_failed",
        acme.id
    );
    eventually("the end of their test", || async {
        let events = app.get(&trail, Some(&acme.token)).await.json();
        let mut events = events["items"].as_array().expect("events").iter();
        let theirs = |event: &&Value| event["after"]["started_by"] == second.user_id.as_str();
        events.find(theirs).map(drop)
    })
    .await;
    untested().await;
    let mine = begun_by(acme.token.clone()).await;
    come_back(&app, &mine, &[("username", "ada")]).await;
    becomes(&app, &acme, &id, "passed").await;
    let trail = trail.replace("failed", "passed");
    let events = app.get(&trail, Some(&acme.token)).await.json();
    let after = &events["items"][0]["after"];
    assert_eq!(after["started_by"], acme.admin.user_id.as_str(), "{events}");
    let subject = after["subject"].as_str().expect("a subject");
    assert!(subject.ends_with("ada"), "{events}");
}

/// Changed while enforcement hangs on it: see `sso::lock_out`.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_test_has_proved_ends_with_another_set_up() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let sent = app.oidc_provider("corp");
    let shown = connected(&app, &acme, &sent).await;
    let id = shown["id"].as_str().expect("an id");
    let bo = [("username", "bo"), ("email", "bo@acme.example")];
    let url = begun(&app, &acme, id).await;
    come_back(&app, &url, &bo).await;
    becomes(&app, &acme, id, "passed").await;
    let mut same = sent["options"].clone();
    same.as_object_mut()
        .expect("options")
        .remove("client_secret");
    let same = json!({ "display_name": "Corp", "options": same });
    let kept = changed(&app, &acme, id, &same).await;
    assert!(kept["tested_at"].is_string(), "nothing is else: {kept}");
    assert_eq!(kept["proof_lost_at"], Value::Null);
    let begun_before = begun(&app, &acme, id).await;
    let mut other = same["options"].clone();
    let discovery = app.oidc_provider("other")["options"]["discovery_url"].clone();
    other["discovery_url"] = discovery;
    let lost = changed(&app, &acme, id, &json!({ "options": other })).await;
    assert_eq!(lost["tested_at"], Value::Null, "{lost}");
    assert!(lost["proof_lost_at"].is_string(), "{lost}");
    // One that was begun with what it was proves nothing of what it is.
    come_back(&app, &begun_before, &bo).await;
    let failed = becomes(&app, &acme, id, "failed").await;
    let failure = failed["failure"].as_str().expect("a reason");
    assert!(failure.contains("changed after"), "{failure}");
    let policies = format!("/v1/orgs/{}/policies", acme.id);
    let enforce = json!({ "members_can_invite": false, "sso": "enforce" });
    let untested = app.put(&policies, &acme.token, &enforce).await;
    untested.assert_problem(409, "sso_untested");
    let url = begun(&app, &acme, id).await;
    come_back(&app, &url, &bo).await;
    becomes(&app, &acme, id, "passed").await;
    let proved = super::show(&app, &acme, id).await.json();
    assert!(proved["tested_at"].is_string(), "{proved}");
    assert_eq!(proved["proof_lost_at"], Value::Null);
    // Nobody can tell whether a secret that is sent is the one of before.
    other["client_secret"] = sent["options"]["client_secret"].clone();
    let lost = changed(&app, &acme, id, &json!({ "options": other })).await;
    assert_eq!(lost["tested_at"], Value::Null, "{lost}");
}

async fn patch(app: &TestApp, acme: &Organization, id: &str, body: &Value) -> Answer {
    let request = app.request(
        Method::PATCH,
        &format!("{}/{id}", path(acme)),
        Some(&acme.token),
    );
    app.send(request.header("if-match", "*").json(body)).await
}

/// And Auth0 has followed.
async fn changed(app: &TestApp, acme: &Organization, id: &str, body: &Value) -> Value {
    patch(app, acme, id, body).await.assert_status(200);
    super::becomes(app, acme, id, "ready").await
}
