//! Auth0 follows every change, in whatever order its jobs run, and however long it was away.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, TestApp};

use super::{auth0_comes_back, auth0_goes_away, change_roles, remove, roles_at_auth0};

#[tokio::test(flavor = "multi_thread")]
async fn auth0_ends_with_exactly_the_roles_that_the_member_has_here() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    let sets: [&[&str]; 4] = [
        &["org_billing"],
        &["org_admin", "org_readonly"],
        &["org_member", "org_billing"],
        &["org_readonly"],
    ];
    for roles in sets {
        change_roles(&app, &team, &ben.user_id, &team.token, roles)
            .await
            .assert_status(200);
    }
    app.settled().await;
    let roles = roles_at_auth0(&app, &team, &ben.user_id).await;
    assert_eq!(roles, Some(vec!["org_readonly".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_counts_at_once_and_reaches_auth0_when_it_is_back() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, token) = app.member(&team, Role::OrgMember).await;
    auth0_goes_away(&app).await;
    remove(&app, &team, &ben.user_id, &team.token)
        .await
        .assert_status(204);
    let projects = format!("/v1/orgs/{}/projects", team.id);
    let answer = app.get(&projects, Some(&token)).await;
    answer.assert_problem(403, "membership_required");
    auth0_comes_back(&app).await;
    app.settled().await;
    assert_eq!(roles_at_auth0(&app, &team, &ben.user_id).await, None);
    let login = app.log_in(&ben, Some(&team.id)).await;
    assert!(login.is_err(), "they are no member");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_loses_their_sessions_and_whoever_leaves_keeps_them() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    let (cleo, token) = app.member(&team, Role::OrgMember).await;
    assert!(sessions(&app, &ben.user_id).await > 0);
    let into = [("organization", team.id.as_str())];
    let login = app.begin_login(&ben.email, &into).await;
    let mut bens = app.tokens_of(&login.page).await;
    let login = app.begin_login(&cleo.email, &into).await;
    let mut cleos = app.tokens_of(&login.page).await;
    for tokens in [&mut bens, &mut cleos] {
        let renewed = refreshed(&app, tokens).await;
        *tokens = renewed.assert_status(200).json();
    }
    remove(&app, &team, &ben.user_id, &team.token)
        .await
        .assert_status(204);
    remove(&app, &team, &cleo.user_id, &token)
        .await
        .assert_status(204);
    app.settled().await;
    assert_eq!(sessions(&app, &ben.user_id).await, 0);
    let refused = refreshed(&app, &bens).await;
    let refused = refused.assert_status(403).json();
    assert_eq!(refused["error"], "invalid_grant");
    // The login of whoever has left goes on, and is no way into the organization.
    let renewed = refreshed(&app, &cleos).await.assert_status(200).json();
    let token = renewed["access_token"].as_str();
    app.get(&format!("/v1/orgs/{}", team.id), token)
        .await
        .assert_problem(403, "membership_required");
    assert!(sessions(&app, &cleo.user_id).await > 0);
    assert_eq!(roles_at_auth0(&app, &team, &cleo.user_id).await, None);
}

async fn refreshed(app: &TestApp, tokens: &Value) -> Answer {
    let body = json!({
        "grant_type": "refresh_token", "client_id": "tenantry-console",
        "refresh_token": tokens["refresh_token"],
    });
    let asked = app.sandbox_request(Method::POST, "oauth/token").json(&body);
    app.send(asked).await
}

async fn sessions(app: &TestApp, user_id: &str) -> usize {
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": "tenantry-management",
        "client_secret": "tenantry-management-secret",
        "audience": format!("{}api/v2/", app.sandbox.base_url()),
    });
    let token = app.sandbox_request(Method::POST, "oauth/token").json(&body);
    let token = app.send(token).await.assert_status(200).json();
    let path = format!("api/v2/users/{}/sessions", user_id.replace('|', "%7C"));
    let asked = app
        .sandbox_request(Method::GET, &path)
        .bearer_auth(token["access_token"].as_str().expect("a token"));
    let sessions: Value = app.send(asked).await.assert_status(200).json();
    sessions["sessions"].as_array().expect("a list").len()
}
