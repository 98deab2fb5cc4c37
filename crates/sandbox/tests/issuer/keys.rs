//! Key rotation.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use crate::browser::{API, Browser, http, sandbox};

pub(crate) async fn verifies(browser: &Browser, token: &Value) -> bool {
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

pub(crate) async fn access_token(browser: &Browser) -> Value {
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
