//! Which organization a login is for, when that is asked after the credentials.

use reqwest::Method;
use sandbox::Running;
use serde_json::{Value, json};

use crate::browser::{Browser, claims, sandbox};
use crate::organizations::{Tenant, require_organization};

/// More organizations than the picker shows, joined one after the other.
async fn join_many(tenant: &Tenant, sandbox: &Running, email: &str, many: usize) -> Vec<String> {
    let user = tenant.person(email).await;
    let mut ids = Vec::new();
    for number in 0..many {
        let body = json!({ "name": format!("team-{number}") });
        let made = tenant.call(Method::POST, "organizations", body).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let members = format!("organizations/{id}/members");
        let body = json!({ "members": [user] });
        tenant.call(Method::POST, &members, body).await;
        sandbox.clock().advance(chrono::TimeDelta::seconds(1));
        ids.push(id);
    }
    ids
}

#[tokio::test]
async fn the_only_organization_is_chosen_without_asking() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    tenant.join(&acme, "ben@example.com", "org_member").await;
    require_organization(&tenant, "post_login_prompt").await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ben@example.com", &[]).await;
    let tokens = browser.exchange(&login).await.unwrap();
    assert_eq!(claims(&tokens["access_token"])["org_id"], json!(acme));
}

#[tokio::test]
async fn the_picker_shows_the_first_twenty_that_were_joined() {
    let config = sandbox::SandboxConfig {
        app_urls: vec![crate::browser::APP.to_owned()],
        limits: sandbox::Limits::Off,
        ..sandbox::SandboxConfig::default()
    };
    let sandbox = sandbox::Sandbox::start(config).await.unwrap();
    let tenant = Tenant::of(&sandbox).await;
    let ids = join_many(&tenant, &sandbox, "ben@example.com", 22).await;
    require_organization(&tenant, "post_login_prompt").await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ben@example.com", &[]).await;
    let page = browser.get(&login.page.location.unwrap()).await.body;
    let shown: Vec<bool> = ids.iter().map(|id| page.contains(id.as_str())).collect();
    assert_eq!(shown, [[true; 20].as_slice(), &[false; 2]].concat());
    assert!(!page.contains("Personal account"));
}

#[tokio::test]
async fn whoever_may_do_without_an_organization_is_asked_too_and_may_choose_none() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    tenant.join(&acme, "ben@example.com", "org_member").await;
    let body = json!({
        "organization_usage": "allow", "organization_require_behavior": "post_login_prompt",
    });
    tenant
        .call(Method::PATCH, "clients/tenantry-console", body)
        .await;
    for (choice, organization) in [("", Value::Null), (acme.as_str(), json!(acme))] {
        let browser = Browser::new(sandbox.base_url());
        let mut login = browser.log_in("ben@example.com", &[]).await;
        let address = login.page.location.clone().unwrap();
        let csrf = browser.get(&address).await.csrf();
        let form = [("csrf", csrf.as_str()), ("organization", choice)];
        login.page = browser.post(&address, &form).await;
        let tokens = browser.exchange(&login).await.unwrap();
        assert_eq!(claims(&tokens["access_token"])["org_id"], organization);
    }
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("cleo@example.com", &[]).await;
    assert!(login.page.parameter("code").is_some(), "nothing to choose");
}
