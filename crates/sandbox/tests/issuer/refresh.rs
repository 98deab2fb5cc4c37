//! Refresh tokens, codes, revocation.

use chrono::TimeDelta;
use reqwest::Method;
use sandbox::Running;
use serde_json::{Value, json};

use crate::browser::{Browser, CONSOLE, claims, sandbox};
use crate::organizations::Tenant;

/// A login to the console while its refresh tokens are like this.
async fn logged_in_by(settings: Value) -> (Running, Browser, Value) {
    let sandbox = sandbox().await;
    let change = json!({ "refresh_token": settings });
    let tenant = Tenant::of(&sandbox).await;
    let path = format!("clients/{CONSOLE}");
    tenant.call(Method::PATCH, &path, change).await;
    let browser = Browser::new(sandbox.base_url());
    let tokens = logged_in(&browser).await;
    (sandbox, browser, tokens)
}

async fn logged_in(browser: &Browser) -> Value {
    let login = browser.log_in("ada@example.com", &[]).await;
    browser.exchange(&login).await.unwrap()
}

fn secret(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().expect("a refresh token")
}

#[tokio::test]
async fn each_refresh_brings_a_successor() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let first = logged_in(&browser).await;
    let second = browser.refresh(secret(&first)).await.unwrap();
    let third = browser.refresh(secret(&second)).await.unwrap();
    assert_ne!(secret(&second), secret(&third));
    assert_eq!(
        claims(&third["access_token"])["sub"],
        claims(&first["access_token"])["sub"]
    );
}

#[tokio::test]
async fn using_a_token_twice_ends_its_family() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let first = logged_in(&browser).await;
    let second = browser.refresh(secret(&first)).await.unwrap();
    let (status, body) = browser.refresh(secret(&first)).await.unwrap_err();
    assert_eq!(status, 403);
    assert_eq!(
        body,
        json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." })
    );
    assert!(browser.refresh(secret(&second)).await.is_err());
}

#[tokio::test]
async fn two_refreshes_at_once_do_not_both_succeed() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let first = logged_in(&browser).await;
    let (one, other) = tokio::join!(
        browser.refresh(secret(&first)),
        browser.refresh(secret(&first))
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn refresh_tokens_expire() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let first = logged_in(&browser).await;
    sandbox.clock().advance(TimeDelta::days(31));
    assert!(browser.refresh(secret(&first)).await.is_err());
}

#[tokio::test]
async fn one_that_does_not_rotate_is_used_as_often_as_one_likes() {
    let settings = json!({ "rotation_type": "non-rotating", "expiration_type": "non-expiring" });
    let (sandbox, browser, first) = logged_in_by(settings).await;
    for _ in 0..3 {
        let tokens = browser.refresh(secret(&first)).await.unwrap();
        assert!(tokens.get("refresh_token").is_none(), "{tokens}");
        sandbox.clock().advance(TimeDelta::days(365));
    }
}

#[tokio::test]
async fn within_the_leeway_one_may_be_sent_again() {
    let settings =
        json!({ "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 60 });
    let (sandbox, browser, first) = logged_in_by(settings).await;
    let second = browser.refresh(secret(&first)).await.unwrap();
    sandbox.clock().advance(TimeDelta::seconds(59));
    let again = browser.refresh(secret(&first)).await.unwrap();
    assert_ne!(secret(&second), secret(&again));
    sandbox.clock().advance(TimeDelta::seconds(2));
    assert!(browser.refresh(secret(&first)).await.is_err());
    assert!(
        browser.refresh(secret(&again)).await.is_err(),
        "the family is gone"
    );
}

#[tokio::test]
async fn they_end_when_the_application_says_unused_or_in_all() {
    let settings = json!({
        "rotation_type": "rotating", "expiration_type": "expiring",
        "token_lifetime": 3_600, "idle_token_lifetime": 1_500,
    });
    let (sandbox, browser, mut tokens) = logged_in_by(settings.clone()).await;
    for _ in 0..3 {
        sandbox.clock().advance(TimeDelta::minutes(19));
        tokens = browser.refresh(secret(&tokens)).await.unwrap();
    }
    sandbox.clock().advance(TimeDelta::minutes(4));
    assert!(
        browser.refresh(secret(&tokens)).await.is_err(),
        "61 minutes"
    );
    let (sandbox, browser, tokens) = logged_in_by(settings).await;
    sandbox.clock().advance(TimeDelta::minutes(26));
    assert!(browser.refresh(secret(&tokens)).await.is_err(), "unused");
}

#[tokio::test]
async fn a_revoked_token_is_no_good() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let first = logged_in(&browser).await;
    for token in [secret(&first), "unknown"] {
        let revoked = browser
            .post("/oauth/revoke", &[("client_id", CONSOLE), ("token", token)])
            .await;
        assert_eq!((revoked.status.as_u16(), revoked.body.as_str()), (200, ""));
    }
    assert!(browser.refresh(secret(&first)).await.is_err());
}

#[tokio::test]
async fn a_code_works_once_and_its_reuse_revokes_what_it_brought() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ada@example.com", &[]).await;
    let tokens = browser.exchange(&login).await.unwrap();
    let (status, body) = browser.exchange(&login).await.unwrap_err();
    assert_eq!(
        (status.as_u16(), body["error"].as_str().unwrap()),
        (403, "invalid_grant")
    );
    assert_eq!(body["error_description"], "Invalid authorization code");
    assert!(browser.refresh(secret(&tokens)).await.is_err());
}

#[tokio::test]
async fn a_code_needs_its_verifier() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let mut login = browser.log_in("ada@example.com", &[]).await;
    login.verifier = "another-verifier-of-more-than-forty-three-characters".to_owned();
    let (status, body) = browser.exchange(&login).await.unwrap_err();
    assert_eq!(
        (status.as_u16(), body["error"].as_str().unwrap()),
        (403, "invalid_grant")
    );
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser
        .log_in("ada@example.com", &[("scope", "openid")])
        .await;
    assert!(
        browser
            .exchange(&login)
            .await
            .unwrap()
            .get("refresh_token")
            .is_none()
    );
}
