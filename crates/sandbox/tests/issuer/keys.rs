//! Key rotation, and what a restart keeps.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use sandbox::{Sandbox, SandboxConfig};
use serde_json::Value;

use crate::browser::{API, APP, Browser, claims, http, sandbox};

async fn verifies(browser: &Browser, token: &Value) -> bool {
    let keys: JwkSet =
        serde_json::from_value(browser.json("/.well-known/jwks.json").await).unwrap();
    let token = token.as_str().unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let Some(key) = keys.find(&kid) else {
        return false;
    };
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[API]);
    jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules).is_ok()
}

async fn access_token(browser: &Browser) -> Value {
    let login = browser.log_in("ada@example.com", &[]).await;
    browser.exchange(&login).await.unwrap()["access_token"].clone()
}

async fn post(base: &str, path: &str) -> Value {
    http()
        .post(format!("{base}{path}"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

#[tokio::test]
async fn old_tokens_stay_good_after_a_rotation_until_their_key_is_revoked() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let before = access_token(&browser).await;
    assert!(verifies(&browser, &before).await);
    let keys = post(sandbox.base_url(), "sandbox/keys/rotate").await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 3);
    let after = access_token(&Browser::new(sandbox.base_url())).await;
    assert!(verifies(&browser, &before).await && verifies(&browser, &after).await);
    let keys = post(sandbox.base_url(), "sandbox/keys/revoke-previous").await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert!(!verifies(&browser, &before).await && verifies(&browser, &after).await);
}

#[tokio::test]
async fn the_next_key_is_announced_before_it_signs() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let announced = browser.json("/.well-known/jwks.json").await["keys"][1]["kid"].clone();
    post(sandbox.base_url(), "sandbox/keys/rotate").await;
    let token = access_token(&browser).await;
    let header = jsonwebtoken::decode_header(token.as_str().unwrap()).unwrap();
    assert_eq!(header.kid.as_deref(), announced.as_str());
}

#[tokio::test]
async fn a_restart_keeps_keys_people_and_the_clock() {
    let folder = std::env::temp_dir().join(format!("sandbox-{}", uuid::Uuid::new_v4()));
    let config = SandboxConfig {
        data_dir: Some(folder.clone()),
        tls_port: Some(0),
        app_urls: vec![APP.to_owned()],
        ..SandboxConfig::default()
    };
    let first = Sandbox::start(config.clone()).await.unwrap();
    let authority = first.authority_pem().unwrap().to_owned();
    let browser = Browser::new(first.base_url());
    let token = access_token(&browser).await;
    first.clock().advance(chrono::TimeDelta::days(3));
    first.stop().await.unwrap();

    let second = Sandbox::start(config).await.unwrap();
    let browser = Browser::new(second.base_url());
    assert!(verifies(&browser, &token).await);
    assert_eq!(second.authority_pem().unwrap(), authority);
    assert_eq!(
        claims(&access_token(&browser).await)["sub"],
        claims(&token)["sub"]
    );
    assert!(
        browser.json("/sandbox/clock").await["offset_ms"]
            .as_i64()
            .unwrap()
            >= 3 * 86_400_000
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_state_on_disk_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::env::temp_dir().join(format!("sandbox-{}", uuid::Uuid::new_v4()));
    let config = SandboxConfig {
        data_dir: Some(folder.clone()),
        tls_port: Some(0),
        ..SandboxConfig::default()
    };
    Sandbox::start(config).await.unwrap().stop().await.unwrap();
    for file in ["tenant.json", "ca-key.pem"] {
        let mode = std::fs::metadata(folder.join("sandbox").join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
