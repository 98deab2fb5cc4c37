//! Clients, APIs, keys and settings.

use sandbox::{Limits, SandboxConfig};
use serde_json::json;

use crate::api::Api;

#[actix_web::test]
async fn clients_are_shown_without_their_secrets_to_those_who_may_not_see_keys() {
    let api = Api::start().await;
    let client = api.get("clients/tenantry-console").await.assert_status(200);
    assert_eq!(client["app_type"], "spa");
    assert!(client.get("client_secret").is_none());
    api.get("clients/nobody")
        .await
        .assert_error(404, "inexistent_client", "Client not found.");
}

#[actix_web::test]
async fn a_login_uri_on_localhost_is_refused_by_a_strict_tenant_only() {
    let local = json!({ "initiate_login_uri": "http://localhost:4000/login" });
    let lenient = Api::start().await;
    lenient
        .patch("clients/tenantry-console", local.clone())
        .await
        .assert_status(200);
    let config = SandboxConfig {
        strict: true,
        limits: Limits::Off,
        ..SandboxConfig::default()
    };
    let strict = Api::with(config).await;
    strict
        .patch("clients/tenantry-console", local)
        .await
        .assert_status(400);
    let public = json!({ "initiate_login_uri": "https://app.example.com/login" });
    strict
        .patch("clients/tenantry-console", public)
        .await
        .assert_status(200);
}

#[actix_web::test]
async fn an_api_is_found_by_id_and_by_identifier() {
    let api = Api::start().await;
    let new =
        json!({ "identifier": "https://api.example.com/", "scopes": [{ "value": "read:x" }] });
    let made = api
        .post("resource-servers", new.clone())
        .await
        .assert_status(201);
    assert_eq!(made["token_dialect"], "access_token");
    api.post("resource-servers", new).await.assert_status(409);
    let id = made["id"].as_str().unwrap();
    for key in [id, "https%3A%2F%2Fapi.example.com%2F"] {
        let shown = api.get(&format!("resource-servers/{key}")).await;
        assert_eq!(shown.assert_status(200)["id"], id);
    }
    let path = format!("resource-servers/{id}");
    api.delete(&path).await.assert_status(204);
    api.delete(&path).await.assert_status(204);
}

#[actix_web::test]
async fn keys_rotate_and_only_the_previous_one_is_revoked() {
    let api = Api::start().await;
    let before = api.get("keys/signing").await.assert_status(200);
    let old = before
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["current"] == true);
    let old = old.unwrap()["kid"].as_str().unwrap().to_owned();
    let revoke = format!("keys/signing/{old}/revoke");
    api.put(&revoke).await.assert_status(400);
    let new = api
        .post("keys/signing/rotate", json!({}))
        .await
        .assert_status(201);
    assert_ne!(new["kid"], old);
    let shown = api.get(&format!("keys/signing/{old}")).await;
    assert_eq!(shown.assert_status(200)["previous"], true);
    api.put(&revoke).await.assert_status(200);
}

#[actix_web::test]
async fn settings_are_merged() {
    let api = Api::start().await;
    let patch = json!({ "friendly_name": "Tenantry", "allow_organization_name_in_authentication_api": false });
    api.patch("tenants/settings", patch)
        .await
        .assert_status(200);
    api.patch("tenants/settings", json!({ "session_lifetime": 24 }))
        .await
        .assert_status(200);
    let settings = api.get("tenants/settings").await.assert_status(200);
    assert_eq!(settings["friendly_name"], "Tenantry");
    assert_eq!(
        settings["allow_organization_name_in_authentication_api"],
        false
    );
    assert_eq!(settings["session_lifetime"], 24);
}
