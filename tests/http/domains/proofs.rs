use reqwest::Method;
use serde_json::{Value, json};
use tests::{Domain, Organization, TestApp, eventually};

async fn is_discovered(app: &TestApp, organization: &Organization, domain: &Domain) {
    let names = [domain.name.clone()];
    eventually("Auth0 to find the organization by it", || async {
        (app.discovery_domains(organization).await == names).then_some(())
    })
    .await;
}

/// What the organization's audit trail says of domains, oldest first.
async fn told(app: &TestApp, organization: &Organization) -> Vec<String> {
    let path = format!("/v1/orgs/{}/audit-events?limit=200", organization.id);
    let listed = app.get(&path, Some(&organization.token)).await.json();
    let items = listed["items"].as_array().expect("events").iter();
    let mut told: Vec<String> = items
        .map(|event| event["action"].as_str().expect("an action").to_owned())
        .filter(|action| action.starts_with("domain."))
        .collect();
    told.reverse();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_proves_the_domain_and_auth0_finds_the_organization_by_it() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let domain = app.domain(&acme).await;
    let failed = app.verify(&acme, &domain, "failed").await;
    assert_eq!(failed["failure"], "record_missing");
    app.set_dns(
        &domain.host,
        &json!({ "txt": ["tenantry-domain-verification="] }),
    )
    .await;
    let failed = app.verify(&acme, &domain, "failed").await;
    assert_eq!(failed["failure"], "record_missing");
    app.publish(&domain).await;
    let verified = app.verify(&acme, &domain, "verified").await;
    assert_eq!(verified["failure"], Value::Null);
    assert!(verified["verified_at"].is_string(), "{verified}");
    is_discovered(&app, &acme, &domain).await;
    let told = told(&app, &acme).await;
    assert_eq!(told.first().map(String::as_str), Some("domain.created"));
    assert_eq!(told.last().map(String::as_str), Some("domain.verified"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_claim_a_domain_it_is_whose_record_is_there_first() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let hers = app.domain(&acme).await;
    let theirs = app.domain_named(&other, &hers.name).await;
    assert_ne!(hers.txt, theirs.txt);
    let both = json!({ "txt": [hers.txt, theirs.txt] });
    app.set_dns(&hers.host, &both).await;
    app.verify(&acme, &hers, "verified").await;
    let failed = app.verify(&other, &theirs, "failed").await;
    assert_eq!(failed["failure"], "taken");
    is_discovered(&app, &acme, &hers).await;
    assert!(app.discovery_domains(&other).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn name_servers_that_are_slow_are_waited_for_and_silent_ones_given_up() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let slow = app.domain(&acme).await;
    let records = json!({ "txt": [slow.txt], "delay_ms": 500 });
    app.set_dns(&slow.host, &records).await;
    app.verify(&acme, &slow, "verified").await;
    let broken = app.domain(&acme).await;
    let records = json!({ "txt": [broken.txt], "behaviour": "servfail" });
    app.set_dns(&broken.host, &records).await;
    let failed = app.verify(&acme, &broken, "failed").await;
    assert_eq!(failed["failure"], "no_answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_finds_the_name_servers_back_in_time_verifies() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let domain = app.domain(&acme).await;
    let records = json!({ "txt": [domain.txt], "behaviour": "servfail" });
    app.set_dns(&domain.host, &records).await;
    let path = format!("{}/verify", domain.path);
    let asked = app.post(&path, &acme.token, &json!({})).await;
    assert_eq!(asked.assert_status(202).json()["status"], "pending");
    app.publish(&domain).await;
    app.domain_becomes(&acme, &domain, "verified", |_| true)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_and_hands_at_auth0_make_no_difference() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.plan_fault(&json!({
        "path": "/api/v2/organizations/{}/discovery-domains", "method": "POST", "kind": "error_after", "status": 503,
        "times": 2,
    }))
    .await;
    let domain = app.verified_domain(&acme).await;
    is_discovered(&app, &acme, &domain).await;
    app.clear_faults().await;
    let path = format!("organizations/{}/discovery-domains", acme.id);
    let listed = app.call_auth0(Method::GET, &path, None).await.json();
    assert_eq!(listed["domains"].as_array().map(Vec::len), Some(1));
    let id = listed["domains"][0]["id"].as_str().expect("an id");
    let unused = json!({ "use_for_organization_discovery": false });
    let path = format!("{path}/{id}");
    let changed = app.call_auth0(Method::PATCH, &path, Some(&unused)).await;
    changed.assert_status(200);
    app.verify(&acme, &domain, "verified").await;
    is_discovered(&app, &acme, &domain).await;
}
