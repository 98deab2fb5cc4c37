use domain::Role;
use serde_json::{Value, json};
use tests::TestApp;

use super::{Acme, joined, policies, read, recorded, set};

async fn report(app: &TestApp, acme: &Acme) -> Vec<Value> {
    let path = format!("{}/sso-report", policies(&acme.organization));
    let shown = app.get(&path, Some(&acme.organization.token)).await;
    let shown = shown.assert_status(200).json();
    shown["items"].as_array().expect("members").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_says_who_would_be_locked_out_and_observing_changes_nothing() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let (person, token) = app.member(&acme.organization, Role::OrgMember).await;
    set(&app, &acme.organization, "observe")
        .await
        .assert_status(200);
    let outsiders = report(&app, &acme).await;
    let effect = |user: &str| {
        let found = outsiders.iter().find(|each| each["user_id"] == user);
        found.map(|each| each["effect"].clone())
    };
    assert_eq!(outsiders.len(), 2, "{outsiders:?}");
    assert_eq!(effect(&person.user_id), Some(json!("locked_out")));
    let admin = &acme.organization.admin.user_id;
    assert_eq!(effect(admin), Some(json!("break_glass")));
    let read = read(&app, &acme.organization, &token).await;
    read.assert_status(200);
    assert_eq!(read.header("tenantry-warning"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_on_every_answer_to_those_whom_it_is_meant_for() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let (_, token) = app.member(&acme.organization, Role::OrgMember).await;
    set(&app, &acme.organization, "warn")
        .await
        .assert_status(200);
    let outsider = read(&app, &acme.organization, &token).await;
    outsider.assert_status(200);
    assert_eq!(outsider.header("tenantry-warning"), Some("sso_required"));
    let insider = read(&app, &acme.organization, &acme.token).await;
    insider.assert_status(200);
    assert_eq!(insider.header("tenantry-warning"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_enforced_only_after_a_test_login_and_with_somebody_who_can_break_the_glass() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let organization = &acme.organization;
    let early = set(&app, organization, "enforce").await;
    early.assert_problem(409, "sso_untested");
    acme.is_tested(&app).await;
    let admin = &organization.admin.user_id;
    recorded(&app, organization, admin, &acme.connection).await;
    let trapped = set(&app, organization, "enforce").await;
    trapped.assert_problem(409, "last_admin");
    recorded(
        &app,
        organization,
        admin,
        "Username-Password-Authentication",
    )
    .await;
    set(&app, organization, "enforce").await.assert_status(200);
    let wrong = set(&app, organization, "always").await;
    // The administrator is outside already.
    wrong.assert_problem(403, "sso_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_other_policies_leaves_it_as_it_is() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    set(&app, &acme.organization, "warn")
        .await
        .assert_status(200);
    let body = json!({ "members_can_invite": true });
    let token = &acme.organization.token;
    let changed = app.put(&policies(&acme.organization), token, &body).await;
    assert_eq!(changed.assert_status(200).json()["sso"], "warn");
    let wrong = set(&app, &acme.organization, "always").await;
    wrong
        .assert_problem(422, "invalid_request")
        .assert_field("sso");
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_pinned_to_the_identity_provider() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    acme.enforces(&app).await;
    let token = acme.administrator(&app).await;
    let invitations = format!("/v1/orgs/{}/invitations", acme.organization.id);
    let body = |connection: Value| {
        json!({
            "invitees": [{ "email": "bo@acme.example", "roles": ["org_member"] }], "connection": connection,
        })
    };
    let other = body(json!("Username-Password-Authentication"));
    let refused = app.post(&invitations, &token, &other).await;
    refused
        .assert_problem(422, "invalid_request")
        .assert_field("connection");
    let pinned = app.post(&invitations, &token, &body(Value::Null)).await;
    let pinned = pinned.assert_status(201).json();
    let invitation = &pinned["items"][0]["invitation"];
    assert_eq!(invitation["connection"], json!(acme.connection));
    let users = app.auth0().users().by_email("bo@acme.example").await;
    assert_eq!(
        users.expect("Auth0 answers"),
        [],
        "nobody is made beforehand"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_has_it_and_who_is_somewhere_else_is_not_concerned() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    acme.enforces(&app).await;
    let other = app.organization().await;
    let email = format!("cleo@{}.example", other.name);
    let theirs = joined(&app, &other, &email, "Username-Password-Authentication").await;
    read(&app, &other, &theirs).await.assert_status(200);
    let refused = set(&app, &other, "enforce").await;
    refused.assert_problem(409, "sso_untested");
}
