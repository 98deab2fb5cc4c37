//! Members: who they are, who may change them, and what Auth0 hears of it.

mod additions;
mod changes;
mod limits_of_auth0;
mod ownership;
mod propagation;
mod races;
mod searches;
mod seen;

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Organization, TestApp};

fn members_url(organization: &Organization) -> String {
    format!("/v1/orgs/{}/members", organization.id)
}

fn member_url(organization: &Organization, user_id: &str) -> String {
    format!(
        "{}/{}",
        members_url(organization),
        user_id.replace('|', "%7C")
    )
}

async fn remove(app: &TestApp, organization: &Organization, user_id: &str, token: &str) -> Answer {
    let url = member_url(organization, user_id);
    app.send(app.request(Method::DELETE, &url, Some(token)))
        .await
}

async fn change_roles(
    app: &TestApp,
    organization: &Organization,
    user_id: &str,
    token: &str,
    roles: &[&str],
) -> Answer {
    let url = format!("{}/roles", member_url(organization, user_id));
    app.put(&url, token, &json!({ "roles": roles })).await
}

/// Names of the roles that Auth0 has for a member; none for whoever is not one.
async fn roles_at_auth0(
    app: &TestApp,
    organization: &Organization,
    user_id: &str,
) -> Option<Vec<String>> {
    let auth0 = app.auth0();
    match auth0
        .organizations()
        .member_roles(&organization.id, user_id)
        .await
    {
        Ok(roles) => {
            let mut names: Vec<String> = roles.into_iter().map(|role| role.name).collect();
            names.sort();
            Some(names)
        }
        Err(management::Error::Refused { status: 404, .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

async fn auth0_goes_away(app: &TestApp) {
    app.plan_fault(&json!({ "path": "/api/v2/", "kind": "status" }))
        .await;
}

async fn auth0_comes_back(app: &TestApp) {
    app.clear_faults().await;
}
