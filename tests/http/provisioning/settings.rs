use api::auth0_setup::scopes;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Organization, PROVISIONING, TestApp, eventually};

use super::{delete, okta};

async fn at_auth0(app: &TestApp, path: &str) -> u16 {
    let id = path.rsplit('/').next().expect("an id");
    let asked = format!("connections/{id}/scim-configuration");
    app.call_auth0(Method::GET, &asked, None)
        .await
        .status
        .as_u16()
}

async fn show(app: &TestApp, acme: &Organization, path: &str) -> Value {
    let shown = app
        .get(&format!("{path}/provisioning"), Some(&acme.token))
        .await;
    shown.assert_status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_it_up_refreshes_it_and_ends_it() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let (path, _) = okta(&app, &acme).await;
    let provisioning = format!("{path}/provisioning");
    let none = show(&app, &acme, &path).await;
    assert_eq!(
        (&none["method"], &none["attributes"]),
        (&json!("none"), &json!([]))
    );
    let refresh = format!("{provisioning}/update-attributes");
    app.put(&refresh, &acme.token, &json!({}))
        .await
        .assert_problem(409, "conflict");
    let made = app.post(&provisioning, &acme.token, &json!({})).await;
    let made = made.assert_status(201).json();
    assert_eq!(
        (&made["method"], &made["user_id_attribute"]),
        (&json!("scim"), &json!("externalId"))
    );
    let id = made["identity_provider_id"].as_str().expect("an id");
    let url = format!("{}scim/v2/connections/{id}", app.sandbox.base_url());
    assert_eq!(made["scim_url"], url.as_str());
    assert!(
        made["attributes"]
            .as_array()
            .is_some_and(|all| all.len() > 20)
    );
    assert_eq!(show(&app, &acme, &path).await, made);
    assert_eq!(at_auth0(&app, &path).await, 200);
    let again = app.post(&provisioning, &acme.token, &json!({})).await;
    again.assert_problem(409, "conflict");
    app.put(&refresh, &acme.token, &json!({}))
        .await
        .assert_status(200);
    let tokens = format!("{provisioning}/scim-tokens");
    let token = app.post(&tokens, &acme.token, &json!({})).await;
    token.assert_status(201);
    let requests = app.sandbox_get("sandbox/requests").await;
    // All that there is was done once.
    assert_eq!(
        requests["scopes"][PROVISIONING],
        json!(scopes::PROVISIONING)
    );
    for _ in 0..2 {
        delete(&app, &provisioning, &acme.token)
            .await
            .assert_status(204);
    }
    assert_eq!(show(&app, &acme, &path).await["method"], "none");
    eventually("its end at Auth0", || async {
        (at_auth0(&app, &path).await == 404).then_some(())
    })
    .await;
    let audit = format!("/v1/orgs/{}/audit-events", acme.id);
    let audit = app.get(&audit, Some(&acme.token)).await.json().to_string();
    for action in [
        "provisioning.created",
        "provisioning.attributes_updated",
        "provisioning.deleted",
    ] {
        assert!(audit.contains(action), "{action} in {audit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_it_is_told_which_one_has_it() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (path, _) = okta(&app, &team).await;
    let refused = app
        .post(&format!("{path}/provisioning"), &team.token, &json!({}))
        .await;
    let refused = refused.assert_problem(402, "not_in_plan").json();
    assert_eq!(
        (&refused["because"], &refused["lifted_by"]),
        (&json!("plan"), &json!("enterprise"))
    );
    assert_eq!(at_auth0(&app, &path).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_auth0_does_not_provision_is_refused_and_its_absence_is_a_retry() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let (path, _) = okta(&app, &acme).await;
    let provisioning = format!("{path}/provisioning");
    let down = json!({ "path": "/api/v2/connections", "kind": "status", "status": 503 });
    app.plan_fault(&down).await;
    let away = app.post(&provisioning, &acme.token, &json!({})).await;
    away.assert_problem(503, "auth0_unavailable");
    assert!(away.header("retry-after").is_some());
    assert_eq!(show(&app, &acme, &path).await["method"], "none");
    app.clear_faults().await;
    app.post(&provisioning, &acme.token, &json!({}))
        .await
        .assert_status(201);
}
