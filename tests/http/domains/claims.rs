use reqwest::Method;
use serde_json::{Value, json};
use tests::{Organization, TestApp, eventually};
use uuid::Uuid;

fn path(organization: &Organization) -> String {
    format!("/v1/orgs/{}/domains", organization.id)
}

/// The names that the organization's list has.
async fn listed(app: &TestApp, organization: &Organization) -> Vec<Value> {
    let listed = app
        .get(&path(organization), Some(&organization.token))
        .await;
    let listed = listed.assert_status(200).json();
    let items = listed["items"].as_array().expect("items").iter();
    items.map(|domain| domain["domain"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_says_what_would_prove_it_and_nothing_follows_from_it() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let domain = app.domain_named(&acme, "Bücher.Example.").await;
    assert_eq!(domain.name, "xn--bcher-kva.example");
    assert_eq!(domain.host, "_tenantry-challenge.xn--bcher-kva.example");
    let shown = app.get(&domain.path, Some(&acme.token)).await;
    let shown = shown.assert_status(200).json();
    assert_eq!(shown["org_id"], acme.id);
    assert_eq!(shown["status"], "pending");
    for field in [
        "failure",
        "verified_at",
        "warned_at",
        "lost_at",
        "checked_at",
    ] {
        assert_eq!(shown[field], Value::Null, "{field}");
    }
    assert_eq!(listed(&app, &acme).await, ["xn--bcher-kva.example"]);
    assert!(app.discovery_domains(&acme).await.is_empty());
    let again = json!({ "domain": "xn--bcher-kva.example" });
    let again = app.post(&path(&acme), &acme.token, &again).await;
    again.assert_problem(409, "domain_exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_own_is_refused_by_name() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    for (domain, code) in [
        ("gmail.com", "public_mail"),
        ("mail.outlook.com", "public_mail"),
        ("gmaıl.com", "looks_alike"),
        ("grnail.com", "looks_alike"),
        ("co.uk", "public_suffix"),
        ("github.io", "public_suffix"),
        ("com", "single_label"),
        ("10.0.0.1", "ip_address"),
        ("[::1]", "ip_address"),
        ("ada@acme.example", "invalid_domain"),
        ("", "invalid_domain"),
    ] {
        let body = json!({ "domain": domain });
        let refused = app.post(&path(&acme), &acme.token, &body).await;
        refused.assert_problem(422, "invalid_request");
        let errors = refused.json()["errors"].clone();
        assert_eq!(
            (&errors[0]["field"], &errors[0]["code"]),
            (&json!("domain"), &json!(code)),
            "{domain}"
        );
    }
    assert!(listed(&app, &acme).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_organization_has_proved_is_refused_without_saying_whose_it_is() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let label = Uuid::new_v4().simple().to_string().replace(['0', '1'], "o");
    let name = format!("a{label}.example");
    let domain = app.domain_named(&acme, &name).await;
    app.publish(&domain).await;
    app.verify(&acme, &domain, "verified").await;
    // The first letter is Cyrillic.
    let alike = format!("mail.а{label}.example");
    for (wanted, code) in [(&name, "domain_taken"), (&alike, "domain_looks_alike")] {
        let body = json!({ "domain": wanted });
        let refused = app.post(&path(&other), &other.token, &body).await;
        refused.assert_problem(409, code);
        let text = refused.json().to_string();
        assert!(
            !text.contains(&acme.id) && !text.contains(&acme.name),
            "{text}"
        );
    }
    let below = format!("berlin.{name}");
    app.domain_named(&other, &below).await;
    app.domain_named(&acme, &alike).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_is_given_up_is_free_and_its_old_record_proves_nothing() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let domain = app.verified_domain(&acme).await;
    let names = [domain.name.clone()];
    eventually("Auth0 to find it", || async {
        (app.discovery_domains(&acme).await == names).then_some(())
    })
    .await;
    let request = app.request(Method::DELETE, &domain.path, Some(&acme.token));
    app.send(request).await.assert_status(204);
    let gone = app.get(&domain.path, Some(&acme.token)).await;
    gone.assert_problem(404, "not_found");
    eventually("Auth0 to forget it", || async {
        app.discovery_domains(&acme).await.is_empty().then_some(())
    })
    .await;
    for organization in [&acme, &other] {
        let again = app.domain_named(organization, &domain.name).await;
        assert_ne!(again.txt, domain.txt);
        let failed = app.verify(organization, &again, "failed").await;
        assert_eq!(failed["failure"], "record_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_claims_once() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let send = || async {
        let request = app.request(Method::POST, &path(&acme), Some(&acme.token));
        let request = request.header("idempotency-key", "claim-1");
        app.send(request.json(&json!({ "domain": "acme.example" })))
            .await
    };
    let first = send().await.assert_status(201).json();
    assert_eq!(send().await.assert_status(201).json(), first);
    assert_eq!(listed(&app, &acme).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_free_again_when_its_organization_is_deleted() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let domain = app.verified_domain(&acme).await;
    let request = app.request(
        Method::DELETE,
        &format!("/v1/orgs/{}?confirm_name={}", acme.id, acme.name),
        Some(&acme.token),
    );
    app.send(request).await.assert_status(202);
    app.advance("P31D").await;
    let other = app.organization().await;
    let body = json!({ "domain": domain.name });
    eventually("the domain to be free", || async {
        let claimed = app.post(&path(&other), &other.token, &body).await;
        (claimed.status == 201).then_some(())
    })
    .await;
}
