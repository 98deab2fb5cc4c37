//! Signing up, logging in, logging out.

use serde_json::json;

use crate::browser::{API, APP, Browser, PASSWORD, claims, sandbox};

#[tokio::test]
async fn a_login_ends_in_tokens_for_the_api() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ada@example.com", &[]).await;
    assert_eq!(login.page.parameter("state").unwrap(), "app-state");
    let tokens = browser.exchange(&login).await.unwrap();
    assert_eq!(tokens["token_type"], "Bearer");
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["iss"], sandbox.base_url());
    assert_eq!(
        access["aud"],
        json!([API, format!("{}userinfo", sandbox.base_url())])
    );
    assert_eq!(access["permissions"], json!([]));
    assert_eq!(access["client_id"], "tenantry-console");
    let id = claims(&tokens["id_token"]);
    assert_eq!(
        (&id["aud"], &id["nonce"]),
        (&json!("tenantry-console"), &json!("app-nonce"))
    );
    assert_eq!(
        (&id["email"], &id["name"]),
        (&json!("ada@example.com"), &json!("Ada Buyer"))
    );
    assert_eq!(id["sub"], access["sub"]);
}

#[tokio::test]
async fn a_wrong_password_is_told_on_the_page() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in_with("ada@example.com", "wrong", &[]).await;
    assert_eq!(login.page.status, 400);
    assert!(login.page.body.contains("Wrong email or password"));
    assert!(
        login
            .page
            .body
            .contains("aria-describedby=\"password-error\"")
    );
}

#[tokio::test]
async fn someone_new_signs_up_and_is_logged_in() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let mut login = browser
        .authorize(&[("screen_hint", "signup"), ("login_hint", "new@example.com")])
        .await;
    let address = login.page.location.clone().unwrap();
    assert!(address.starts_with("/u/signup?"));
    let form = browser.get(&address).await;
    let csrf = form.csrf();
    login.page = browser
        .post(
            &address,
            &[
                ("csrf", &csrf),
                ("email", "New@example.com"),
                ("password", "long enough"),
            ],
        )
        .await;
    let tokens = browser.exchange(&login).await.unwrap();
    assert_eq!(claims(&tokens["id_token"])["email"], "new@example.com");
    assert_eq!(claims(&tokens["id_token"])["email_verified"], false);
}

#[tokio::test]
async fn the_letter_after_sign_up_proves_the_address() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    sign_up(&browser, "new@example.com", "long enough").await;
    let mails = browser.json("/sandbox/mailbox").await;
    assert_eq!(mails["mails"][0]["to"], "new@example.com");
    let link = mails["mails"][0]["link"].as_str().unwrap().to_owned();
    assert_eq!(browser.get(&link).await.status, 200);
    assert_eq!(browser.get(&link).await.status, 400);
    let login = browser.authorize(&[]).await;
    let tokens = browser.exchange(&login).await.unwrap();
    assert_eq!(claims(&tokens["id_token"])["email_verified"], true);
}

#[tokio::test]
async fn short_passwords_and_known_addresses_are_refused() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let short = sign_up(&browser, "new@example.com", "short").await;
    assert!(short.contains("Use at least 8 characters"));
    let known = sign_up(&browser, "ADA@example.com", "long enough").await;
    assert!(known.contains("has an account already"));
}

async fn sign_up(browser: &Browser, email: &str, password: &str) -> String {
    let login = browser.authorize(&[("screen_hint", "signup")]).await;
    let address = login.page.location.unwrap();
    let csrf = browser.get(&address).await.csrf();
    browser
        .post(
            &address,
            &[("csrf", &csrf), ("email", email), ("password", password)],
        )
        .await
        .body
}

#[tokio::test]
async fn a_social_login_creates_the_person_once() {
    let sandbox = sandbox().await;
    let mut people = Vec::new();
    for _ in 0..2 {
        let browser = Browser::new(sandbox.base_url());
        let mut login = browser.authorize(&[("connection", "google-oauth2")]).await;
        let address = login.page.location.clone().unwrap();
        let csrf = browser.get(&address).await.csrf();
        login.page = browser
            .post(&address, &[("csrf", &csrf), ("email", "dora@example.com")])
            .await;
        people.push(claims(&browser.exchange(&login).await.unwrap()["id_token"])["sub"].clone());
    }
    assert!(people[0].as_str().unwrap().starts_with("google-oauth2|"));
    assert_eq!(people[0], people[1]);
}

#[tokio::test]
async fn logging_out_ends_the_session_and_returns_to_the_app() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ada@example.com", &[]).await;
    let tokens = browser.exchange(&login).await.unwrap();
    let hint = tokens["id_token"].as_str().unwrap();
    let logout =
        format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={APP}&state=bye");
    assert_eq!(
        browser.get(&logout).await.location.unwrap(),
        format!("{APP}/?state=bye")
    );
    let silent = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(silent.page.error().0, "login_required");
}

#[tokio::test]
async fn logging_out_returns_to_registered_addresses_only() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let foreign = browser
        .get("/v2/logout?client_id=tenantry-console&returnTo=https://evil.example")
        .await;
    assert_eq!((foreign.status.as_u16(), foreign.location), (400, None));
    let own = browser
        .get(&format!(
            "/v2/logout?client_id=tenantry-console&returnTo={APP}/"
        ))
        .await;
    assert_eq!(own.location.unwrap(), format!("{APP}/"));
    assert_eq!(browser.get("/v2/logout").await.body, "OK");
}

#[tokio::test]
async fn a_login_page_forgets_after_ten_minutes() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.authorize(&[]).await;
    let address = login.page.location.unwrap();
    let csrf = browser.get(&address).await.csrf();
    sandbox.clock().advance(chrono::TimeDelta::minutes(11));
    let late = browser
        .post(
            &address,
            &[("csrf", &csrf), ("username", "ada@example.com")],
        )
        .await;
    assert_eq!(late.status, 400);
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let address = browser
        .authorize(&[])
        .await
        .page
        .location
        .unwrap()
        .replace("identifier", "password");
    let forged = browser
        .post(
            &address,
            &[("username", "ada@example.com"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!((forged.status.as_u16(), forged.location), (403, None));
}

#[tokio::test]
async fn the_first_login_starts_a_trial_that_every_later_token_tells_of() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("cleo@example.com", &[]).await;
    let first = browser.exchange(&login).await.unwrap();
    let trial = claims(&first["id_token"])["subscription"].clone();
    assert!(trial.as_str().unwrap().starts_with("trial;"), "{trial}");
    sandbox.clock().advance(chrono::TimeDelta::hours(1));
    let silent = browser.authorize(&[("prompt", "none")]).await;
    let again = browser.exchange(&silent).await.unwrap();
    assert_eq!(claims(&again["id_token"])["subscription"], trial);
    let refreshed = browser
        .refresh(again["refresh_token"].as_str().unwrap())
        .await
        .unwrap();
    let namespaced =
        claims(&refreshed["access_token"])["https://tenantry.dev/subscription"].clone();
    assert_eq!(namespaced, trial);
}
