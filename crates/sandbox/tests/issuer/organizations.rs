//! Logging in to an organization.

use reqwest::Method;
use sandbox::Running;
use serde_json::{Value, json};

use crate::browser::{Browser, PASSWORD, claims, http, sandbox};

/// A Management API caller.
pub(crate) struct Tenant {
    base: String,
    token: String,
}

impl Tenant {
    pub(crate) async fn of(sandbox: &Running) -> Self {
        let browser = Browser::new(sandbox.base_url());
        let audience = format!("{}api/v2/", sandbox.base_url());
        let tokens = browser
            .token(&[
                ("grant_type", "client_credentials"),
                ("client_id", "tenantry-management"),
                ("client_secret", "tenantry-management-secret"),
                ("audience", &audience),
            ])
            .await
            .unwrap();
        Self {
            base: audience,
            token: tokens["access_token"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let request = http()
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn connection(&self) -> String {
        let all = self
            .call(
                Method::GET,
                "connections?name=Username-Password-Authentication",
                Value::Null,
            )
            .await;
        let list = all.get("connections").unwrap_or(&all);
        list[0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn person(&self, email: &str) -> String {
        let found = self
            .call(
                Method::GET,
                &format!("users-by-email?email={email}"),
                Value::Null,
            )
            .await;
        found[0]["user_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn role(&self, name: &str) -> String {
        let found = self
            .call(
                Method::GET,
                &format!("roles?name_filter={name}"),
                Value::Null,
            )
            .await;
        found[0]["id"].as_str().unwrap().to_owned()
    }

    /// "acme", with the database connection.
    pub(crate) async fn acme(&self, joins_at_login: bool) -> String {
        let connection = self.connection().await;
        let body = json!({
            "name": "acme", "display_name": "Acme Corp", "metadata": { "subscription": "team" },
            "enabled_connections": [
                { "connection_id": connection, "assign_membership_on_login": joins_at_login },
            ],
        });
        self.call(Method::POST, "organizations", body).await["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn join(&self, organization: &str, email: &str, role: &str) -> String {
        let person = self.person(email).await;
        let members = format!("organizations/{organization}/members");
        self.call(Method::POST, &members, json!({ "members": [person] }))
            .await;
        let role = self.role(role).await;
        let roles = format!("{members}/{}/roles", person.replace('|', "%7C"));
        self.call(Method::POST, &roles, json!({ "roles": [role] }))
            .await;
        person
    }
}

#[tokio::test]
async fn a_member_gets_the_organization_and_the_permissions_held_there() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    tenant.join(&acme, "ben@example.com", "org_readonly").await;
    let browser = Browser::new(sandbox.base_url());
    let scope = "openid offline_access projects:read projects:write";
    let login = browser
        .log_in(
            "ben@example.com",
            &[("organization", "acme"), ("scope", scope)],
        )
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    let access = claims(&tokens["access_token"]);
    assert_eq!(
        (&access["org_id"], &access["org_name"]),
        (&json!(acme), &json!("acme"))
    );
    assert_eq!(
        access["permissions"],
        json!([
            "billing:read",
            "members:read",
            "organization:read",
            "projects:read"
        ])
    );
    assert_eq!(access["scope"], "openid offline_access projects:read");
    assert_eq!(claims(&tokens["id_token"])["org_id"], json!(acme));
    let refreshed = browser
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(claims(&refreshed["access_token"])["org_id"], json!(acme));
}

#[tokio::test]
async fn permissions_held_in_an_organization_do_not_reach_a_personal_login() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    tenant.join(&acme, "ben@example.com", "org_admin").await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ben@example.com", &[]).await;
    let access = claims(&browser.exchange(&login).await.unwrap()["access_token"]);
    assert_eq!(access["permissions"], json!([]));
    assert!(access.get("org_id").is_none());
}

#[tokio::test]
async fn someone_else_is_refused_in_auth0s_words() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    let cleo = tenant.person("cleo@example.com").await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser
        .log_in("cleo@example.com", &[("organization", &acme)])
        .await;
    let description = format!("user {cleo} is not part of the {acme} organization");
    assert_eq!(
        login.page.error(),
        ("access_denied".to_owned(), description)
    );
}

#[tokio::test]
async fn a_connection_may_make_members_at_login() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(true).await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser
        .log_in("cleo@example.com", &[("organization", &acme)])
        .await;
    let access = claims(&browser.exchange(&login).await.unwrap()["access_token"]);
    assert_eq!(access["org_id"], json!(acme));
}

#[tokio::test]
async fn a_session_switches_between_organizations_without_a_password() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    tenant.join(&acme, "ben@example.com", "org_member").await;
    let browser = Browser::new(sandbox.base_url());
    browser.log_in("ben@example.com", &[]).await;
    let silent = browser
        .authorize(&[("prompt", "none"), ("organization", "acme")])
        .await;
    let access = claims(&browser.exchange(&silent).await.unwrap()["access_token"]);
    assert_eq!(access["org_id"], json!(acme));
}

#[tokio::test]
async fn the_login_page_names_the_organization() {
    let sandbox = sandbox().await;
    Tenant::of(&sandbox).await.acme(false).await;
    let browser = Browser::new(sandbox.base_url());
    let address = browser
        .authorize(&[("organization", "acme")])
        .await
        .page
        .location
        .unwrap();
    assert!(browser.get(&address).await.body.contains("Acme Corp"));
}

pub(crate) async fn require_organization(tenant: &Tenant, behavior: &str) {
    let body = json!({
        "organization_usage": "require", "organization_require_behavior": behavior,
        "organization_discovery_methods": ["organization_name"],
    });
    tenant
        .call(Method::PATCH, "clients/tenantry-console", body)
        .await;
}

#[tokio::test]
async fn an_application_may_require_an_organization() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    require_organization(&tenant, "no_prompt").await;
    let page = Browser::new(sandbox.base_url()).authorize(&[]).await.page;
    let description = "parameter organization is required for this client";
    assert_eq!(
        page.error(),
        ("invalid_request".to_owned(), description.to_owned())
    );
}

#[tokio::test]
async fn an_application_may_ask_for_the_organization_first() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(true).await;
    require_organization(&tenant, "pre_login_prompt").await;
    let browser = Browser::new(sandbox.base_url());
    let mut login = browser.authorize(&[]).await;
    let address = login.page.location.clone().unwrap();
    let csrf = browser.get(&address).await.csrf();
    let unknown = browser
        .post(&address, &[("csrf", &csrf), ("organization", "nope")])
        .await;
    assert_eq!(unknown.status, 400);
    let known = browser
        .post(&address, &[("csrf", &csrf), ("organization", "Acme")])
        .await;
    login.page = browser
        .enter_credentials(&known.location.unwrap(), "cleo@example.com", PASSWORD)
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    assert_eq!(claims(&tokens["access_token"])["org_id"], json!(acme));
}

#[tokio::test]
async fn an_application_may_let_people_choose_after_the_login() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    tenant.join(&acme, "ben@example.com", "org_member").await;
    let other = tenant
        .call(Method::POST, "organizations", json!({ "name": "other" }))
        .await;
    let other = other["id"].as_str().unwrap();
    tenant.join(other, "ben@example.com", "org_member").await;
    require_organization(&tenant, "post_login_prompt").await;
    let browser = Browser::new(sandbox.base_url());
    let mut login = browser.log_in("ben@example.com", &[]).await;
    let address = login.page.location.clone().unwrap();
    let csrf = browser.get(&address).await.csrf();
    login.page = browser
        .post(&address, &[("csrf", &csrf), ("organization", &acme)])
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    assert_eq!(claims(&tokens["access_token"])["org_id"], json!(acme));
}

#[tokio::test]
async fn someone_in_no_organization_is_refused_where_one_is_required() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    require_organization(&tenant, "post_login_prompt").await;
    let login = Browser::new(sandbox.base_url())
        .log_in("cleo@example.com", &[])
        .await;
    assert!(
        login
            .page
            .error()
            .1
            .ends_with("user does not belong to any organization")
    );
}

#[tokio::test]
async fn membership_lost_after_the_login_survives_a_refresh_without_permissions() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    let ben = tenant.join(&acme, "ben@example.com", "org_admin").await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser
        .log_in("ben@example.com", &[("organization", "acme")])
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    let members = format!("organizations/{acme}/members");
    tenant
        .call(Method::DELETE, &members, json!({ "members": [ben] }))
        .await;
    let refreshed = browser
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .unwrap();
    let access = claims(&refreshed["access_token"]);
    assert_eq!(
        (&access["org_id"], &access["permissions"]),
        (&json!(acme), &json!([]))
    );
}
