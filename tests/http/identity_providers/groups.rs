//! Whoever comes just in time through the organization's own provider, and what their groups make of them.

use domain::Role;
use serde_json::{Value, json};
use tests::{Organization, TestApp, eventually};

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
