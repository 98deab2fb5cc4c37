use domain::Role;
use serde_json::json;
use tests::{TestApp, eventually};

use super::{Acme, read, recorded, set};

const PASSWORD: &str = "Username-Password-Authentication";

#[tokio::test(flavor = "multi_thread")]
async fn the_very_next_request_of_a_password_login_is_refused_and_says_what_would_lift_that() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let organization = &acme.organization;
    let (_, token) = app.member(organization, Role::OrgMember).await;
    read(&app, organization, &token).await.assert_status(200);
    acme.enforces(&app).await;
    let refused = read(&app, organization, &token).await;
    refused.assert_problem(403, "sso_required");
    let refused = refused.json();
    assert_eq!(refused["lifted_by"], "identity_provider");
    let detail = refused["detail"].as_str().expect("a detail");
    assert!(detail.contains(&acme.connection), "{detail}");
    read(&app, organization, &acme.token)
        .await
        .assert_status(200);
    let me = app.get("/v1/me", Some(&token)).await;
    me.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_refuses_passwords_of_members_and_takes_the_identity_provider() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let organization = &acme.organization;
    let (person, _) = app.member(organization, Role::OrgMember).await;
    acme.enforces(&app).await;
    let refused = app.log_in(&person, Some(&organization.id)).await;
    let reason = refused.err().expect("it is refused");
    assert!(reason.contains("sso_required"), "{reason}");
    let through = app
        .log_in_through(&acme.email, &organization.id, &acme.connection)
        .await;
    let token = through.expect("they log in").token;
    read(&app, organization, &token).await.assert_status(200);
    let outside = app.log_in(&person, None).await;
    outside.expect("their own account is theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_way_is_worth_less_than_the_membership_allows_and_never_more() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let organization = &acme.organization;
    let (person, token) = app.member(organization, Role::OrgMember).await;
    acme.enforces(&app).await;
    // The membership is the identity provider's; the token was got with a password.
    recorded(&app, organization, &person.user_id, &acme.connection).await;
    let narrowed = read(&app, organization, &token).await;
    narrowed.assert_problem(403, "sso_required");
    // The token is the identity provider's; the membership is not.
    let user = acme.member_id(&app).await;
    recorded(&app, organization, &user, PASSWORD).await;
    let wider = read(&app, organization, &acme.token).await;
    wider.assert_problem(403, "sso_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_opens_the_other_ways_again() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    let (person, token) = app.member(&acme.organization, Role::OrgMember).await;
    acme.enforces(&app).await;
    acme.organization.token = acme.administrator(&app).await;
    set(&app, &acme.organization, "off")
        .await
        .assert_status(200);
    read(&app, &acme.organization, &token)
        .await
        .assert_status(200);
    acme.login_says(&app, None).await;
    let login = app.log_in(&person, Some(&acme.organization.id)).await;
    login.expect("the password is good again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_subscription_in_the_metadata_survives() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let metadata = || async {
        let shown = app
            .auth0()
            .organizations()
            .show(&acme.organization.id)
            .await;
        shown.expect("Auth0 answers").expect("it is there").metadata
    };
    let before = metadata().await;
    acme.enforces(&app).await;
    let after = metadata().await;
    for (key, value) in &before {
        assert_eq!(after.get(key), Some(value), "{key}");
    }
    let path = format!("/v1/orgs/{}/audit-events", acme.organization.id);
    let token = acme.administrator(&app).await;
    let trail = eventually("the audit trail", || async {
        let listed = app.get(&path, Some(&token)).await;
        listed
            .status
            .is_success()
            .then(|| listed.json().to_string())
    })
    .await;
    assert!(trail.contains(&json!("enforce").to_string()), "{trail}");
}
