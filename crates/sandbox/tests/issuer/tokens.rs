//! Machine tokens, both profiles, `/userinfo`.

use serde_json::{Value, json};

use crate::browser::{API, Browser, claims, http, sandbox};

async fn machine(browser: &Browser, client: &str, audience: &str) -> Result<Value, (u16, Value)> {
    let secret = format!("{client}-secret");
    machine_with(browser, client, &secret, audience).await
}

async fn machine_with(
    browser: &Browser,
    client: &str,
    secret: &str,
    audience: &str,
) -> Result<Value, (u16, Value)> {
    browser
        .token(&[
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", secret),
            ("audience", audience),
        ])
        .await
        .map_err(|(status, body)| (status.as_u16(), body))
}

#[tokio::test]
async fn the_back_office_gets_an_rfc9068_token() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let tokens = machine(&browser, "tenantry-platform", API).await.unwrap();
    assert_eq!(tokens["expires_in"], 600);
    let header = jsonwebtoken::decode_header(tokens["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let claims = claims(&tokens["access_token"]);
    assert_eq!(claims["sub"], "tenantry-platform@clients");
    assert_eq!(claims["aud"], API);
    assert_eq!(claims["permissions"], json!(["platform:admin"]));
    assert!(
        claims.get("gty").is_none() && claims.get("azp").is_none() && claims["jti"].is_string()
    );
}

#[tokio::test]
async fn the_backend_gets_a_management_token_in_auth0s_profile() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let audience = format!("{}api/v2/", sandbox.base_url());
    let tokens = machine(&browser, "tenantry-management", &audience)
        .await
        .unwrap();
    let claims = claims(&tokens["access_token"]);
    assert_eq!(
        (&claims["azp"], &claims["gty"]),
        (&json!("tenantry-management"), &json!("client-credentials"))
    );
    assert!(
        claims["scope"]
            .as_str()
            .unwrap()
            .contains("create:organizations")
    );
}

#[tokio::test]
async fn machines_are_refused_in_auth0s_words() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let (status, body) = machine_with(&browser, "tenantry-platform", "wrong", API)
        .await
        .unwrap_err();
    assert_eq!(
        (status, body),
        (
            401,
            json!({ "error": "access_denied", "error_description": "Unauthorized" })
        )
    );
    let (status, body) = machine(&browser, "tenantry-management", API)
        .await
        .unwrap_err();
    assert_eq!((status, &body["error"]), (403, &json!("access_denied")));
    let (status, body) = machine(&browser, "tenantry-platform", "https://nowhere.example")
        .await
        .unwrap_err();
    assert_eq!((status, &body["error"]), (403, &json!("access_denied")));
    let (status, body) = browser
        .token(&[
            ("grant_type", "password"),
            ("client_id", "tenantry-console"),
        ])
        .await
        .unwrap_err();
    assert_eq!(
        (status.as_u16(), &body["error"]),
        (400, &json!("unsupported_grant_type"))
    );
}

#[tokio::test]
async fn the_token_endpoint_takes_json_and_basic_credentials() {
    let sandbox = sandbox().await;
    let response = http()
        .post(format!("{}oauth/token", sandbox.base_url()))
        .basic_auth("tenantry-platform", Some("tenantry-platform-secret"))
        .json(&json!({ "grant_type": "client_credentials", "audience": API }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn userinfo_tells_what_the_scopes_reveal() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser
        .log_in("ada@example.com", &[("scope", "openid email")])
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    let url = format!("{}userinfo", sandbox.base_url());
    let ask = |token: String| http().get(&url).bearer_auth(token).send();
    let body: Value = ask(tokens["access_token"].as_str().unwrap().to_owned())
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["email"], "ada@example.com");
    assert!(body.get("name").is_none());
    sandbox.clock().advance(chrono::TimeDelta::seconds(601));
    let late = ask(tokens["access_token"].as_str().unwrap().to_owned())
        .await
        .unwrap();
    assert_eq!(late.status(), 401);
}

#[tokio::test]
async fn browsers_of_known_applications_may_call() {
    let sandbox = sandbox().await;
    let ask = |origin: &'static str| {
        http()
            .get(format!("{}.well-known/jwks.json", sandbox.base_url()))
            .header("origin", origin)
            .send()
    };
    let known = ask("http://localhost:4000").await.unwrap();
    assert_eq!(
        known.headers()["access-control-allow-origin"],
        "http://localhost:4000"
    );
    let foreign = ask("https://evil.example").await.unwrap();
    assert!(
        !foreign
            .headers()
            .contains_key("access-control-allow-origin")
    );
}
