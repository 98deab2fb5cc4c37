//! A blocked account: no login, no refresh, and the log says so; unblocked it works again.

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, sandbox};
use crate::organizations::Tenant;

async fn set_blocked(tenant: &Tenant, user: &str, blocked: bool) {
    let path = format!("users/{}", user.replace('|', "%7C"));
    let changed = tenant
        .call(Method::PATCH, &path, json!({ "blocked": blocked }))
        .await;
    assert_eq!(changed["blocked"], blocked);
}

async fn logged(tenant: &Tenant, kind: &str) -> Vec<Value> {
    let path = format!("logs?q=type:{kind}");
    let found = tenant.call(Method::GET, &path, Value::Null).await;
    found.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_blocked_account_neither_logs_in_nor_refreshes_and_the_log_tells() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let ben = tenant.person("ben@example.com").await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ben@example.com", &[]).await;
    let tokens = browser.exchange(&login).await.unwrap();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    set_blocked(&tenant, &ben, true).await;

    let refused = ("unauthorized".to_owned(), "user is blocked".to_owned());
    let again = Browser::new(sandbox.base_url());
    let login = again.log_in("ben@example.com", &[]).await;
    assert_eq!(login.page.error(), refused);
    let silent = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(silent.page.error(), refused, "a session does not help");
    let (status, body) = browser.refresh(refresh_token).await.unwrap_err();
    assert_eq!(
        (status.as_u16(), &body["error"]),
        (403, &json!("invalid_grant"))
    );
    let failures = logged(&tenant, "f").await;
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[0]["description"], "user is blocked");
    assert_eq!(failures[0]["user_id"], ben.as_str());

    set_blocked(&tenant, &ben, false).await;
    assert!(browser.refresh(refresh_token).await.is_ok());
    let login = again.log_in("ben@example.com", &[]).await;
    assert!(again.exchange(&login).await.is_ok());
}

#[tokio::test]
async fn the_log_tells_of_logins_sign_ups_exchanges_and_changes() {
    let sandbox = sandbox().await;
    let tenant = Tenant::of(&sandbox).await;
    let acme = tenant.acme(true).await;
    let browser = Browser::new(sandbox.base_url());
    browser
        .log_in_with("ben@example.com", "Wrong-password-1", &[])
        .await;
    browser.log_in("nobody@example.com", &[]).await;
    let login = browser
        .log_in("cleo@example.com", &[("organization", &acme)])
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    browser
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await
        .unwrap();
    browser.refresh("no-such-token").await.unwrap_err();
    browser.get("/v2/logout").await;
    let cleo = tenant.person("cleo@example.com").await;
    for (kind, user) in [
        ("fp", tenant.person("ben@example.com").await),
        ("fu", String::new()),
        ("s", cleo.clone()),
        ("organization_member_added", cleo.clone()),
        ("slo", cleo.clone()),
    ] {
        let found = logged(&tenant, kind).await;
        assert_eq!(found.len(), 1, "{kind}");
        assert_eq!(found[0]["user_id"], user, "{kind}");
    }
    let added = logged(&tenant, "organization_member_added").await;
    assert_eq!(added[0]["organization_id"], acme);
    assert_eq!(added[0]["details"]["reason"], "auto_membership");
    for kind in ["seacft", "sertft", "fertft", "sapi"] {
        assert!(!logged(&tenant, kind).await.is_empty(), "{kind}");
    }
}
