//! Two logins that become one account, or one that becomes two, leave somebody who could break the glass.

use serde_json::json;
use tests::{Answer, Login, TestApp};

use super::races::nobody_is_locked_out;
use super::{Acme, read, set};
use crate::identities::{became, link, second_login, social, sub, unlink};

/// The administrator's own login, in no organization.
async fn own_login(app: &TestApp, acme: &Acme) -> Login {
    let login = app.log_in(&acme.organization.admin, None).await;
    login.expect("their own account is theirs")
}

/// The login through the identity provider, begun to be linked with the administrator's.
async fn to_be_linked(app: &TestApp, acme: &Acme) -> Login {
    let with = acme.organization.admin.user_id.as_str();
    let extra = [
        ("connection", acme.connection.as_str()),
        ("prompt", "login"),
        ("link_with", with),
    ];
    let login = app.log_in_by(&acme.email, None, &extra).await;
    login.expect("the provider vouches for them")
}

/// The login through the identity provider, in the organization.
async fn inside(app: &TestApp, acme: &Acme) -> Login {
    let extra = [
        ("connection", acme.connection.as_str()),
        ("organization", acme.organization.id.as_str()),
    ];
    let login = app.log_in_by(&acme.email, None, &extra).await;
    login.expect("the provider vouches for them")
}

fn assert_names(refused: &Answer, acme: &Acme) {
    refused.assert_problem(409, "sso_enforced");
    let named = refused.json()["errors"].clone();
    assert_eq!(named[0]["field"], json!(acme.organization.id), "{named}");
    assert_eq!(named[0]["code"], "sso_enforced");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_who_could_break_the_glass_keeps_the_login_for_it() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    acme.promoted(&app).await;
    acme.enforces(&app).await;
    let own = own_login(&app, &acme).await;
    let ada = to_be_linked(&app, &acme).await;
    assert_names(&link(&app, &own.token, &ada.token, "other").await, &acme);
    app.get("/v1/me", Some(&own.token)).await.assert_status(200);
    // As a login of an account that does not come through the identity provider, it goes on being the way back.
    let google = second_login(&app, &social(), &sub(&own)).await;
    link(&app, &own.token, &google.token, "other")
        .await
        .assert_status(202);
    let made = became(&app, &google.token, "linked").await;
    assert!(nobody_is_locked_out(&app, &acme).await);
    let id = made["identity_id"].as_str().expect("an id");
    assert_names(&unlink(&app, &google.token, id).await, &acme);
    acme.organization.token = acme.token.clone();
    set(&app, &acme.organization, "warn")
        .await
        .assert_status(200);
    let unlinked = unlink(&app, &google.token, id).await;
    unlinked.assert_status(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_comes_between_the_wish_and_the_job_is_kept() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    acme.promoted(&app).await;
    acme.is_tested(&app).await;
    let own = own_login(&app, &acme).await;
    let ada = to_be_linked(&app, &acme).await;
    acme.organization.token = acme.token.clone();
    let silent = json!({ "path": "/api/v2/users/", "kind": "status", "status": 503 });
    app.plan_fault(&silent).await;
    link(&app, &own.token, &ada.token, "other")
        .await
        .assert_status(202);
    set(&app, &acme.organization, "enforce")
        .await
        .assert_status(200);
    app.clear_faults().await;
    let made = became(&app, &ada.token, "linked").await;
    assert!(nobody_is_locked_out(&app, &acme).await);
    let reason = json!({ "reason": "A test." });
    let broken = acme.break_glass(&app, &acme.token, &reason).await;
    broken.assert_status(201);
    read(&app, &acme.organization, &acme.token)
        .await
        .assert_status(200);
    // The other way round.
    set(&app, &acme.organization, "warn")
        .await
        .assert_status(200);
    app.plan_fault(&silent).await;
    let id = made["identity_id"].as_str().expect("an id");
    unlink(&app, &ada.token, id).await.assert_status(202);
    // That ended every login of theirs.
    app.advance("PT1S").await;
    let ada = inside(&app, &acme).await;
    acme.organization.token = ada.token.clone();
    set(&app, &acme.organization, "enforce")
        .await
        .assert_status(200);
    app.clear_faults().await;
    became(&app, &ada.token, "linked").await;
    assert!(nobody_is_locked_out(&app, &acme).await);
    let path = format!("/v1/orgs/{}/policies", acme.organization.id);
    let body = json!({ "members_can_invite": false, "sso": "warn" });
    app.put(&path, &ada.token, &body).await.assert_status(200);
    unlink(&app, &ada.token, id).await.assert_status(202);
    app.settled().await;
    app.advance("PT1S").await;
    let ada = inside(&app, &acme).await;
    let links = app.get("/v1/me/identities", Some(&ada.token)).await;
    assert_eq!(links.json()["items"], json!([]));
}
