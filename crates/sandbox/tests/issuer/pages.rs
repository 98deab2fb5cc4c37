//! The pages themselves: headers, labels, two hosts.

use std::time::Duration;

use sandbox::{Sandbox, SandboxConfig};
use serde_json::Value;

use crate::browser::{APP, Browser, http, sandbox};

#[tokio::test]
async fn pages_carry_headers_that_keep_them_to_themselves() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let address = browser.authorize(&[]).await.page.location.unwrap();
    let url = format!("{}{}", sandbox.base_url(), address.trim_start_matches('/'));
    let response = http().get(url).send().await.unwrap();
    let headers = response.headers();
    assert!(
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    let body = response.text().await.unwrap();
    assert!(body.contains("<html lang=\"en\">") && body.contains("<label for=\"username\">"));
}

#[tokio::test]
async fn the_hint_is_filled_in_and_escaped() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let address = browser
        .authorize(&[("login_hint", "\"><script>")])
        .await
        .page
        .location
        .unwrap();
    let body = browser.get(&address).await.body;
    assert!(!body.contains("<script>") && body.contains("&quot;&gt;&lt;script&gt;"));
}

#[tokio::test]
async fn the_issuer_is_the_host_it_was_asked_through() {
    let config = SandboxConfig {
        tls_port: Some(0),
        app_urls: vec![APP.to_owned()],
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::start(config).await.unwrap();
    let authority =
        reqwest::Certificate::from_pem(sandbox.authority_pem().unwrap().as_bytes()).unwrap();
    let secure = reqwest::Client::builder()
        .tls_certs_only([authority])
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    for (client, base) in [
        (http(), sandbox.base_url()),
        (secure, sandbox.tls_base_url().unwrap()),
    ] {
        let url = format!("{base}.well-known/openid-configuration");
        let document: Value = client.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["issuer"], base);
        assert_eq!(document["token_endpoint"], format!("{base}oauth/token"));
    }
}

#[tokio::test]
async fn a_host_elsewhere_is_no_issuer() {
    let sandbox = sandbox().await;
    let url = format!("{}.well-known/openid-configuration", sandbox.base_url());
    let response = http()
        .get(url)
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["issuer"], sandbox.base_url());
}
