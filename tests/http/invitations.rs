//! Inviting: who may, whom, as what and how often; and what becomes of an invitation.

mod acceptance;
mod community;
mod landing;
mod limits;
mod links;
mod policy;
mod races;
mod requests;
mod resending;
mod spoiled;
mod vouched;

use serde_json::json;
use tests::{Login, Options, Organization, TestApp, eventually};

/// A product that reads Auth0's log every second.
async fn reading() -> TestApp {
    TestApp::with(Options {
        variables: vec![("WORKER_LOG_SECONDS", "1".to_owned())],
        ..Options::default()
    })
    .await
}

/// Invites to the role `org_billing`, perhaps by one connection only; the id, once Auth0 has it.
async fn invited_id(
    app: &TestApp,
    organization: &Organization,
    email: &str,
    connection: Option<&str>,
) -> String {
    let body = json!({
        "invitees": [{ "email": email, "roles": ["org_billing"] }], "connection": connection,
    });
    let path = format!("/v1/orgs/{}/invitations", organization.id);
    let answer = app.post(&path, &organization.token, &body).await;
    let created = answer.assert_status(201).json();
    let id = created["items"][0]["invitation"]["invitation_id"].as_str();
    let id = id.expect("an id").to_owned();
    eventually("the invitation at Auth0", || async {
        (app.invitations_at_auth0(organization, &id).await.len() == 1).then_some(())
    })
    .await;
    app.settled().await;
    id
}

/// Calls until they are let in.
async fn is_let_in(app: &TestApp, acme: &Organization, login: &Login) {
    let path = format!("/v1/orgs/{}", acme.id);
    eventually("a member", || async {
        let answer = app.get(&path, Some(&login.token)).await;
        answer.status.is_success().then_some(())
    })
    .await;
}
