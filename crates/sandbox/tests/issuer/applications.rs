//! What `/authorize` refuses, and where it says so.

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{API, Browser, sandbox};
use crate::organizations::Tenant;

#[tokio::test]
async fn an_unknown_client_or_callback_is_not_redirected_to() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let client = browser.authorize(&[("client_id", "nobody")]).await.page;
    assert_eq!((client.status.as_u16(), client.location), (400, None));
    let callback = browser
        .authorize(&[("redirect_uri", "https://evil.example/callback")])
        .await
        .page;
    assert_eq!((callback.status.as_u16(), callback.location), (403, None));
    let nearly = browser
        .authorize(&[("redirect_uri", "http://localhost:4000/callback?x=1")])
        .await
        .page;
    assert_eq!(nearly.location, None);
}

#[tokio::test]
async fn refusals_go_back_to_the_application_in_auth0s_words() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let cases = [
        (
            ("response_type", "token"),
            "unsupported_response_type",
            "Unsupported response type: token",
        ),
        (
            ("audience", "https://nowhere.example"),
            "access_denied",
            "Service not found: https://nowhere.example",
        ),
        (
            ("organization", "org_nope"),
            "invalid_request",
            "parameter organization is invalid: org_nope",
        ),
        (
            ("organization", "nope"),
            "invalid_request",
            "parameter organization is invalid: nope",
        ),
        (
            ("invitation", "x"),
            "invalid_request",
            "invitation not found or already used",
        ),
        (
            ("connection", "nope"),
            "invalid_request",
            "the connection was not found",
        ),
        (
            ("code_challenge_method", "plain"),
            "invalid_request",
            "code_challenge_method must be S256",
        ),
    ];
    for (parameter, error, description) in cases {
        let page = browser.authorize(&[parameter]).await.page;
        assert_eq!(
            page.error(),
            (error.to_owned(), description.to_owned()),
            "{parameter:?}"
        );
    }
}

#[tokio::test]
async fn another_application_may_be_allowed_later() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    sandbox.allow_app_url("http://localhost:5001");
    let login = browser
        .authorize(&[("redirect_uri", "http://localhost:5001/callback")])
        .await;
    assert!(
        login
            .page
            .location
            .unwrap()
            .starts_with("/u/login/identifier?")
    );
}

#[tokio::test]
async fn an_api_that_lets_no_people_in_gives_no_tokens() {
    let sandbox = sandbox().await;
    let (tenant, browser) = (Tenant::of(&sandbox).await, Browser::new(sandbox.base_url()));
    let all = tenant
        .call(Method::GET, "resource-servers", Value::Null)
        .await;
    let mut all = all.as_array().unwrap().iter();
    let api = all.find(|api| api["identifier"] == API).unwrap();
    let path = format!("resource-servers/{}", api["id"].as_str().unwrap());
    for (policy, is_refused) in [
        ("deny_all", true),
        ("require_client_grant", true),
        ("allow_all", false),
    ] {
        let said = json!({ "subject_type_authorization": { "user": { "policy": policy } } });
        tenant.call(Method::PATCH, &path, said).await;
        let answer = browser.authorize(&[("audience", API)]).await.page;
        let refusal = format!(
            "Client \"tenantry-console\" is not authorized to access resource server \"{API}\""
        );
        let told = answer.parameter("error_description");
        assert_eq!(told == Some(refusal), is_refused, "{policy}: {told:?}");
    }
}
