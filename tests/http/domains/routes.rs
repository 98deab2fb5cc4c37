//! Home-realm discovery: proved domains lead to the organization's own identity providers, and nothing else does.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Domain, Options, Organization, TestApp, eventually};

/// The id of a new identity provider of the organization's, and its connection's name.
async fn provider(app: &TestApp, organization: &Organization, name: &str) -> (String, String) {
    let path = format!("/v1/orgs/{}/identity-providers", organization.id);
    let body = json!({
        "name": name, "strategy": "okta",
        "options": { "domain": "acme.okta.com", "client_id": "0oa1", "client_secret": "a-secret-of-theirs" },
    });
    let created = app.post(&path, &organization.token, &body).await;
    created.assert_status(202);
    let path = format!("{path}/{name}");
    let ready = eventually("the identity provider", || async {
        let shown = app.get(&path, Some(&organization.token)).await.json();
        (shown["state"] == "ready").then_some(shown)
    })
    .await;
    let text = |field: &str| ready[field].as_str().expect("a text").to_owned();
    (text("id"), text("connection"))
}

async fn route(
    app: &TestApp,
    organization: &Organization,
    provider: &str,
    domain: &Domain,
) -> Answer {
    let path = format!(
        "/v1/orgs/{}/identity-providers/{provider}/domains",
        organization.id
    );
    let body = json!({ "domain": domain.name });
    app.post(&path, &organization.token, &body).await
}

async fn aliases(app: &TestApp, provider: &str) -> Value {
    let path = format!("connections/{provider}");
    let shown = app.call_auth0(Method::GET, &path, None).await.json();
    shown["options"]["domain_aliases"].clone()
}

async fn aliases_become(app: &TestApp, provider: &str, wanted: &[&str]) {
    eventually("other aliases at Auth0", || async {
        (aliases(app, provider).await == json!(wanted)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_a_proved_domain_leads_to_the_identity_provider() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let (id, connection) = provider(&app, &acme, "okta").await;
    let domain = app.verified_domain(&acme).await;
    let email = format!("ada@{}", domain.name);
    assert_eq!(app.led_to(&email, &acme.id).await, "/u/login/password");
    let routed = route(&app, &acme, &id, &domain).await;
    assert_eq!(
        routed.assert_status(201).json(),
        json!({ "domain": domain.name })
    );
    aliases_become(&app, &id, &[&domain.name]).await;
    let page = format!("/u/idp/{connection}");
    assert_eq!(app.led_to(&email, &acme.id).await, page);
    let path = format!("{}/identity-providers", domain.path);
    let shown = app.get(&path, Some(&acme.token)).await;
    let shown = shown.assert_status(200).json();
    assert_eq!(shown["identity_providers"][0]["id"], id);
    let path = format!(
        "/v1/orgs/{}/identity-providers/{id}/domains/{}",
        acme.id, domain.name
    );
    let remove = || app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(remove()).await.assert_status(204);
    app.send(remove()).await.assert_problem(404, "not_found");
    aliases_become(&app, &id, &[]).await;
    assert_eq!(app.led_to(&email, &acme.id).await, "/u/login/password");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_own_proved_domains_lead_anywhere_and_to_one_provider() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let (okta, _) = provider(&app, &acme, "okta").await;
    let (second, _) = provider(&app, &acme, "second").await;
    let (theirs, _) = provider(&app, &other, "okta").await;
    let domain = app.verified_domain(&acme).await;
    let pending = app.domain(&acme).await;
    for (organization, provider, domain) in [(&acme, &okta, &pending), (&other, &theirs, &domain)] {
        let refused = route(&app, organization, provider, domain).await;
        refused.assert_problem(409, "domain_not_verified");
    }
    let foreign = route(&app, &acme, &theirs, &domain).await;
    foreign.assert_problem(404, "not_found");
    route(&app, &acme, &okta, &domain).await.assert_status(201);
    let twice = route(&app, &acme, &second, &domain).await;
    twice.assert_problem(409, "domain_routed");
    let path = format!(
        "/v1/orgs/{}/identity-providers/{second}/domains/{}",
        acme.id, domain.name
    );
    let request = app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(request).await.assert_problem(404, "not_found");
    aliases_become(&app, &okta, &[&domain.name]).await;
    aliases_become(&app, &theirs, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_is_given_up_leads_nowhere() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let (id, _) = provider(&app, &acme, "okta").await;
    let (gone, stays) = (
        app.verified_domain(&acme).await,
        app.verified_domain(&acme).await,
    );
    for domain in [&gone, &stays] {
        route(&app, &acme, &id, domain).await.assert_status(201);
    }
    let request = app.request(Method::DELETE, &gone.path, Some(&acme.token));
    app.send(request).await.assert_status(204);
    aliases_become(&app, &id, &[&stays.name]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_was_added_at_auth0_by_hand_is_taken_out_again() {
    let variables = vec![("WORKER_SWEEP_SECONDS", "1".to_owned())];
    let app = TestApp::with(Options {
        variables,
        ..Options::default()
    })
    .await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let domain = app.verified_domain(&acme).await;
    let (theirs, _) = provider(&app, &other, "okta").await;
    let path = format!("connections/{theirs}");
    let shown = app.call_auth0(Method::GET, &path, None).await.json();
    let mut options = shown["options"].clone();
    options["domain_aliases"] = json!([domain.name]);
    let hijack = json!({ "options": options });
    let changed = app.call_auth0(Method::PATCH, &path, Some(&hijack)).await;
    changed.assert_status(200);
    aliases_become(&app, &theirs, &[]).await;
    let path = format!("/v1/orgs/{}/audit-events", other.id);
    let trail = app.get(&path, Some(&other.token)).await.json().to_string();
    assert!(
        trail.contains("identity_provider.domains_restored"),
        "{trail}"
    );
}
