//! Single sign-on and `prompt=none`.

use chrono::TimeDelta;

use crate::browser::{Browser, claims, sandbox};

#[tokio::test]
async fn without_a_session_a_silent_login_is_refused() {
    let sandbox = sandbox().await;
    let silent = Browser::new(sandbox.base_url())
        .authorize(&[("prompt", "none")])
        .await;
    assert_eq!(
        silent.page.error(),
        ("login_required".to_owned(), "Login required".to_owned())
    );
    assert_eq!(silent.page.parameter("state").unwrap(), "app-state");
}

#[tokio::test]
async fn a_session_vouches_until_it_expires() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    browser.log_in("ada@example.com", &[]).await;
    let silent = browser.authorize(&[("prompt", "none")]).await;
    let tokens = browser.exchange(&silent).await.unwrap();
    assert_eq!(claims(&tokens["id_token"])["email"], "ada@example.com");
    sandbox.clock().advance(TimeDelta::days(8));
    let late = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(late.page.error().0, "login_required");
}

#[tokio::test]
async fn a_session_does_not_vouch_when_a_new_login_is_asked_for() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    browser.log_in("ada@example.com", &[]).await;
    let asked = browser.authorize(&[("prompt", "login")]).await;
    assert!(
        asked
            .page
            .location
            .unwrap()
            .starts_with("/u/login/identifier?")
    );
    sandbox.clock().advance(TimeDelta::minutes(5));
    let too_old = browser.authorize(&[("max_age", "60")]).await;
    assert!(
        too_old
            .page
            .location
            .unwrap()
            .starts_with("/u/login/identifier?")
    );
}

#[tokio::test]
async fn max_age_is_answered_with_the_time_of_the_login() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    browser.log_in("ada@example.com", &[]).await;
    let silent = browser.authorize(&[("max_age", "600")]).await;
    let tokens = browser.exchange(&silent).await.unwrap();
    assert!(claims(&tokens["id_token"])["auth_time"].is_i64());
}

#[tokio::test]
async fn a_frame_gets_its_answer_as_a_message_to_its_own_origin() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let silent = browser
        .authorize(&[("prompt", "none"), ("response_mode", "web_message")])
        .await;
    assert_eq!(silent.page.status, 200);
    assert!(silent.page.body.contains("\"error\":\"login_required\""));
    assert!(silent.page.body.contains("\"http://localhost:4000\""));
}
