//! Whoever comes just in time through the organization's own provider, and what their groups make of them.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, Organization, TestApp, eventually};

use super::{connected, path};

async fn member(app: &TestApp, acme: &Organization, email: &str) -> Option<Value> {
    let path = format!("/v1/orgs/{}/members?limit=200", acme.id);
    let members = app.get(&path, Some(&acme.token)).await;
    let members = members.assert_status(200).json();
    let mut members = members["items"].as_array().expect("members").iter();
    members.find(|member| member["email"] == email).cloned()
}

/// Logs in, calls, and is a member with these roles in the end.
async fn comes_in(
    app: &TestApp,
    acme: &Organization,
    connection: &str,
    typed: &[(&str, &str)],
    roles: &Value,
) {
    let token = app.log_in_by_provider(acme, connection, typed).await;
    let token = token.expect("they come in");
    let email = typed.iter().find(|(name, _)| *name == "email");
    let email = email.expect("an address").1;
    eventually("the member with the roles", || async {
        app.get(&format!("/v1/orgs/{}", acme.id), Some(&token))
            .await;
        let found = member(app, acme, email).await?;
        (found["roles"] == *roles).then_some(())
    })
    .await;
}

async fn provider(app: &TestApp, acme: &Organization) -> Value {
    app.verified_domain(acme).await;
    let mut body = app.oidc_provider("corp");
    body["assign_membership_on_login"] = json!(true);
    body["default_role"] = json!("org_readonly");
    body["group_roles"] = json!([
        { "group": "Finance", "role": "org_billing" },
        { "group": "IT", "role": "org_admin" },
    ]);
    connected(app, acme, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_login_gives_what_the_groups_say_or_the_default() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = provider(&app, &acme).await;
    let connection = shown["connection"].as_str().expect("a name");
    let bo = [
        ("username", "bo"),
        ("email", "bo@acme.example"),
        ("groups", "Finance,Staff"),
    ];
    comes_in(&app, &acme, connection, &bo, &json!(["org_billing"])).await;
    let cleo = [("username", "cleo"), ("email", "cleo@acme.example")];
    comes_in(&app, &acme, connection, &cleo, &json!(["org_readonly"])).await;
    let preview = format!("{}/corp/group-roles/preview", path(&acme));
    let body = json!({ "group_roles": [{ "group": "Staff", "role": "org_member" }], "groups": ["Staff", "IT"] });
    let shown = app.post(&preview, &acme.token, &body).await;
    let shown = shown.assert_status(200).json();
    assert_eq!(shown["first_login"], json!(["org_member"]));
    let members = shown["members"].as_array().expect("members");
    let would = |email: &str| {
        let found = members.iter().find(|member| member["email"] == email);
        found.expect("a member")["would_get"].clone()
    };
    assert_eq!(would("bo@acme.example"), json!(["org_member"]));
    assert_eq!(would("cleo@acme.example"), json!(["org_readonly"]));
    let bo = member(&app, &acme, "bo@acme.example")
        .await
        .expect("a member");
    assert_eq!(
        bo["roles"],
        json!(["org_billing"]),
        "a preview changes nothing"
    );
}

async fn told() -> TestApp {
    let app = TestApp::with(Options {
        events: true,
        ..Options::default()
    })
    .await;
    app.is_compared().await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mover_has_what_the_new_groups_give_from_the_next_login_on() {
    let app = told().await;
    let acme = app.organization().await;
    let shown = provider(&app, &acme).await;
    let connection = shown["connection"].as_str().expect("a name");
    let bo = |groups: &'static str| {
        [
            ("username", "bo"),
            ("email", "bo@acme.example"),
            ("groups", groups),
        ]
    };
    for (groups, roles) in [
        ("IT", json!(["org_admin"])),
        ("Finance,Staff", json!(["org_billing"])),
        ("Staff", json!(["org_readonly"])),
    ] {
        comes_in(&app, &acme, connection, &bo(groups), &roles).await;
    }
    let user = format!("oidc|{connection}|bo");
    eventually("Auth0 to follow", || async {
        let path = format!(
            "organizations/{}/members/{}/roles",
            acme.id,
            user.replace('|', "%7C")
        );
        let held = super::at_auth0(&app, &path).await;
        let held: Vec<_> = held
            .as_array()?
            .iter()
            .map(|role| role["name"].clone())
            .collect();
        (held == ["org_readonly"]).then_some(())
    })
    .await;
    let trail = format!("/v1/orgs/{}/audit-events", acme.id);
    let trail = app.get(&trail, Some(&acme.token)).await.json();
    let moves = trail["items"].as_array().expect("events").iter();
    let moves = moves
        .filter(|event| event["after"]["by"] == "groups")
        .count();
    assert_eq!(moves, 2, "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_by_hand_stays_when_the_groups_change() {
    let app = told().await;
    let acme = app.organization().await;
    let shown = provider(&app, &acme).await;
    let connection = shown["connection"].as_str().expect("a name");
    let email = "cleo@acme.example";
    let cleo = |groups: &'static str| [("username", "cleo"), ("email", email), ("groups", groups)];
    comes_in(
        &app,
        &acme,
        connection,
        &cleo("Finance"),
        &json!(["org_billing"]),
    )
    .await;
    let user = member(&app, &acme, email).await.expect("a member")["user_id"].clone();
    let user = user.as_str().expect("an id").replace('|', "%7C");
    let roles = format!("/v1/orgs/{}/members/{user}/roles", acme.id);
    let by_hand = json!({ "roles": ["org_member", "org_billing"] });
    app.put(&roles, &acme.token, &by_hand)
        .await
        .assert_status(200);
    let all = json!(["org_admin", "org_member", "org_billing"]);
    comes_in(&app, &acme, connection, &cleo("IT"), &all).await;
    let kept = json!(["org_member", "org_billing"]);
    comes_in(&app, &acme, connection, &cleo("Staff"), &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_one_whatever_their_groups_say() {
    let app = told().await;
    let acme = app.organization().await;
    let shown = provider(&app, &acme).await;
    let connection = shown["connection"].as_str().expect("a name");
    let email = "dora@acme.example";
    let dora = |groups: &'static str| [("username", "dora"), ("email", email), ("groups", groups)];
    comes_in(&app, &acme, connection, &dora("IT"), &json!(["org_admin"])).await;
    let token = app.log_in_by_provider(&acme, connection, &dora("IT")).await;
    let token = token.expect("they come in");
    let admin = acme.admin.user_id.replace('|', "%7C");
    let admin = format!("/v1/orgs/{}/members/{admin}", acme.id);
    let removed = app
        .send(app.request(Method::DELETE, &admin, Some(&token)))
        .await;
    removed.assert_status(204);
    let moved = app
        .log_in_by_provider(&acme, connection, &dora("Finance"))
        .await;
    let moved = moved.expect("they come in");
    eventually("what the new group gives", || async {
        let path = format!("/v1/orgs/{}/members?limit=200", acme.id);
        let members = app.get(&path, Some(&moved)).await.json();
        let found = members["items"]
            .as_array()?
            .iter()
            .find(|member| member["email"] == email)?;
        (found["roles"] == json!(["org_admin", "org_billing"])).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_auto_membership_nobody_comes_in_by_a_login_alone() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &app.oidc_provider("corp")).await;
    let connection = shown["connection"].as_str().expect("a name");
    let bo = [("username", "bo"), ("email", "bo@acme.example")];
    let refused = app.log_in_by_provider(&acme, connection, &bo).await;
    let refused = refused.expect_err("they are no member");
    assert!(refused.contains("is not part of the"), "{refused}");
}

/// nOAuth: a directory says that somebody has the victim's address. They are somebody else all the same.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_victims_address_is_not_the_victim() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let (victim, _) = app.member(&acme, Role::OrgMember).await;
    let evil = app.organization().await;
    app.verified_domain(&evil).await;
    let mut body = app.oidc_provider("evil");
    body["assign_membership_on_login"] = json!(true);
    let shown = connected(&app, &evil, &body).await;
    let connection = shown["connection"].as_str().expect("a name");
    let typed = [("username", "mallory"), ("email", victim.email.as_str())];
    let here = app.log_in_by_provider(&evil, connection, &typed).await;
    let token = here.expect("they come into their own organization");
    eventually("a member of their own organization", || async {
        let mine = app
            .get(&format!("/v1/orgs/{}", evil.id), Some(&token))
            .await;
        mine.status.is_success().then_some(())
    })
    .await;
    let mallory = member(&app, &evil, &victim.email).await.expect("a member");
    assert_ne!(mallory["user_id"], victim.user_id.as_str());
    assert_eq!(mallory["joined_by"], "identity_provider");
    let foreign = app
        .get(&format!("/v1/orgs/{}", acme.id), Some(&token))
        .await;
    foreign.assert_problem(404, "not_found");
    let there = app.log_in_by_provider(&acme, connection, &typed).await;
    assert!(
        there.is_err(),
        "the connection is not offered in the victim's organization"
    );
}

/// S11: never by a connection that is shared, and not before a domain is proved.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_a_member_by_logging_in_before_a_domain_is_proved_or_after_it_is_lost() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let mut body = app.oidc_provider("corp");
    body["assign_membership_on_login"] = json!(true);
    let claimed = app.domain(&acme).await;
    let shown = connected(&app, &acme, &body).await;
    let (id, connection) = (
        shown["id"].as_str().expect("an id"),
        shown["connection"].as_str().expect("a name"),
    );
    let offered = |assigns: bool| {
        let (app, acme) = (&app, &acme);
        eventually("what the login offers", move || async move {
            let path = format!("organizations/{}/enabled_connections", acme.id);
            let all = super::at_auth0(app, &path).await;
            let mut all = all.as_array()?.iter();
            let own = all.find(|found| found["connection_id"] == id)?;
            (own["assign_membership_on_login"] == assigns).then_some(())
        })
    };
    offered(false).await;
    app.publish(&claimed).await;
    app.verify(&acme, &claimed, "verified").await;
    offered(true).await;
    let gone = app.request(reqwest::Method::DELETE, &claimed.path, Some(&acme.token));
    app.send(gone).await.assert_status(204);
    offered(false).await;
    let bo = [("username", "bo"), ("email", "bo@acme.example")];
    let refused = app.log_in_by_provider(&acme, connection, &bo).await;
    let refused = refused.expect_err("they are no member");
    assert!(refused.contains("is not part of the"), "{refused}");
    // The wish is kept, and holds again with the next domain.
    app.verified_domain(&acme).await;
    offered(true).await;
    let token = app.log_in_by_provider(&acme, connection, &bo).await;
    token.expect("they come in");
    let path = format!("organizations/{}/enabled_connections", acme.id);
    let all = super::at_auth0(&app, &path).await;
    let shared = all.as_array().expect("connections").iter();
    let mut shared = shared.filter(|found| found["connection_id"] != id);
    assert!(
        shared.all(|found| found["assign_membership_on_login"] == false),
        "{all}"
    );
}
