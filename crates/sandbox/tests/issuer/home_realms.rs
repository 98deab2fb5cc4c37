//! Where an e-mail address leads: to an identity provider by its aliases, to an organization by its discovery domains.

use reqwest::Method;
use serde_json::json;

use crate::browser::{Browser, Page, sandbox};
use crate::organizations::{Tenant, require_organization};

/// An identity provider of this domain, enabled for the console.
async fn provider(tenant: &Tenant, name: &str, domain: &str) -> String {
    let body = json!({
        "name": name, "strategy": "ad", "options": { "domain_aliases": [domain] },
        "enabled_clients": ["tenantry-console"],
    });
    let made = tenant.call(Method::POST, "connections", body).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn enable(tenant: &Tenant, organization: &str, connection: &str) {
    let path = format!("organizations/{organization}/enabled_connections");
    tenant
        .call(Method::POST, &path, json!({ "connection_id": connection }))
        .await;
}

async fn discovered_by(tenant: &Tenant, organization: &str, domain: &str, status: &str) -> String {
    let path = format!("organizations/{organization}/discovery-domains");
    let body = json!({ "domain": domain, "status": status });
    let made = tenant.call(Method::POST, &path, body).await;
    format!("{path}/{}", made["id"].as_str().unwrap())
}

/// Types the address into the page that the login begins with; answers the page it leads to.
async fn typed(browser: &Browser, field: &str, text: &str, more: &[(&str, &str)]) -> Page {
    let first = browser.authorize(more).await.page;
    let address = first.location.expect("a page of the login");
    let csrf = browser.get(&address).await.csrf();
    browser
        .post(&address, &[("csrf", &csrf), (field, text)])
        .await
}

fn leads_to(page: &Page, path: &str) {
    let location = page.location.as_deref().expect("another page");
    assert!(location.starts_with(path), "{location}");
}

#[tokio::test]
async fn an_address_leads_to_the_provider_of_its_domain_or_to_the_password() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    provider(&tenant, "acme-ad", "acme.example").await;
    let browser = Browser::new(sandbox.base_url());
    for (email, path) in [
        ("ada@acme.example", "/u/idp/acme-ad?"),
        ("ada@ACME.example", "/u/idp/acme-ad?"),
        ("ada@mail.acme.example", "/u/login/password?"),
        ("ada@evil-acme.example", "/u/login/password?"),
    ] {
        leads_to(&typed(&browser, "username", email, &[]).await, path);
    }
}

#[tokio::test]
async fn a_provider_that_the_organization_does_not_have_is_not_led_to() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    let connection = provider(&tenant, "acme-ad", "acme.example").await;
    let browser = Browser::new(sandbox.base_url());
    let here: &[(&str, &str)] = &[("organization", &acme)];
    let page = typed(&browser, "username", "ada@acme.example", here).await;
    leads_to(&page, "/u/login/password?");
    enable(&tenant, &acme, &connection).await;
    let page = typed(&browser, "username", "ada@acme.example", here).await;
    leads_to(&page, "/u/idp/acme-ad?");
}

#[tokio::test]
async fn a_provider_without_a_button_is_reached_by_its_domain_or_its_name() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    let connection = provider(&tenant, "acme-ad", "acme.example").await;
    enable(&tenant, &acme, &connection).await;
    let browser = Browser::new(sandbox.base_url());
    let here: &[(&str, &str)] = &[("organization", &acme)];
    let login = async || {
        let first = browser.authorize(here).await.page;
        let address = first.location.expect("a page of the login");
        browser.get(&address).await.body
    };
    assert!(login().await.contains("/u/idp/acme-ad"));
    let path = format!("organizations/{acme}/enabled_connections/{connection}");
    let hidden = json!({ "show_as_button": false });
    tenant.call(Method::PATCH, &path, hidden).await;
    assert!(!login().await.contains("/u/idp/acme-ad"));
    let page = typed(&browser, "username", "ada@acme.example", here).await;
    leads_to(&page, "/u/idp/acme-ad?");
    let named: &[(&str, &str)] = &[("organization", &acme), ("connection", "acme-ad")];
    leads_to(&browser.authorize(named).await.page, "/u/idp/acme-ad?");
}

#[tokio::test]
async fn an_organization_is_found_by_a_domain_that_it_has_proved() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(false).await;
    let connection = provider(&tenant, "acme-ad", "acme.example").await;
    enable(&tenant, &acme, &connection).await;
    require_organization(&tenant, "pre_login_prompt").await;
    let methods = json!({ "organization_discovery_methods": ["email"] });
    tenant
        .call(Method::PATCH, "clients/tenantry-console", methods)
        .await;
    let domain = discovered_by(&tenant, &acme, "acme.example", "pending").await;
    let browser = Browser::new(sandbox.base_url());
    let ask = async |text: &str| typed(&browser, "organization", text, &[]).await;
    assert_eq!(ask("ada@acme.example").await.status, 400);
    let verified = json!({ "status": "verified" });
    tenant.call(Method::PATCH, &domain, verified).await;
    leads_to(&ask("ada@acme.example").await, "/u/idp/acme-ad?");
    assert_eq!(ask("acme").await.status, 400, "not by its name");
    let unused = json!({ "use_for_organization_discovery": false });
    tenant.call(Method::PATCH, &domain, unused).await;
    assert_eq!(ask("ada@acme.example").await.status, 400);
}
