//! `/sandbox/**`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{Browser, http, sandbox};

const JWKS: &str = ".well-known/jwks.json";

async fn plan(base: &str, fault: Value) {
    let response = http()
        .post(format!("{base}sandbox/faults"))
        .json(&fault)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
}

async fn count(browser: &Browser, route: &str) -> u64 {
    browser.json("/sandbox/requests").await["counts"][route]
        .as_u64()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_planned_status_strikes_as_often_as_planned() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let fault = json!({ "path": "/.well-known", "kind": "status", "status": 429, "times": 1, "retry_after": 3 });
    plan(sandbox.base_url(), fault).await;
    let response = http()
        .get(format!("{}{JWKS}", sandbox.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"3".parse().unwrap())
    );
    assert_eq!(browser.get(&format!("/{JWKS}")).await.status, 200);
    assert_eq!(count(&browser, &format!("GET /{JWKS}")).await, 2);
}

#[tokio::test]
async fn an_error_after_the_effect_leaves_the_effect() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    let login = browser.log_in("ada@example.com", &[]).await;
    plan(
        sandbox.base_url(),
        json!({ "path": "/oauth/token", "kind": "error_after", "status": 500, "times": 1 }),
    )
    .await;
    let (status, _) = browser.exchange(&login).await.unwrap_err();
    assert_eq!(status, 500);
    let (_, body) = browser.exchange(&login).await.unwrap_err();
    assert_eq!(body["error_description"], "Invalid authorization code");
}

#[tokio::test]
async fn a_closed_connection_gives_no_answer() {
    let sandbox = sandbox().await;
    for kind in ["drop", "close"] {
        plan(
            sandbox.base_url(),
            json!({ "path": "/.well-known", "kind": kind, "times": 1 }),
        )
        .await;
        let answer = http()
            .get(format!("{}{JWKS}", sandbox.base_url()))
            .send()
            .await;
        assert!(answer.is_err(), "{kind}");
    }
}

#[tokio::test]
async fn a_hanging_route_never_answers() {
    let sandbox = sandbox().await;
    plan(
        sandbox.base_url(),
        json!({ "path": "/.well-known", "kind": "hang" }),
    )
    .await;
    let request = http()
        .get(format!("{}{JWKS}", sandbox.base_url()))
        .timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    let cleared = http()
        .delete(format!("{}sandbox/faults", sandbox.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.status(), 204);
    let healed = http()
        .get(format!("{}{JWKS}", sandbox.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(healed.status(), 200);
}

#[tokio::test]
async fn the_clock_moves_and_returns() {
    let sandbox = sandbox().await;
    let url = format!("{}sandbox/clock", sandbox.base_url());
    let start = sandbox.clock().now();
    for change in [
        json!({ "advance_seconds": 3600 }),
        json!({ "advance": "P1DT1H" }),
    ] {
        assert_eq!(
            http()
                .post(&url)
                .json(&change)
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
    let moved = sandbox.clock().now() - start;
    assert!(moved >= chrono::TimeDelta::hours(26) && moved < chrono::TimeDelta::hours(27));
    let wrong = http()
        .post(&url)
        .json(&json!({ "advance": "tomorrow" }))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 400);
    http().delete(&url).send().await.unwrap();
    assert!(sandbox.clock().now() - start < chrono::TimeDelta::hours(1));
}

#[tokio::test]
async fn a_reset_forgets_people_and_keeps_applications() {
    let sandbox = sandbox().await;
    let browser = Browser::new(sandbox.base_url());
    sandbox.allow_app_url("http://localhost:5001");
    browser.log_in("ada@example.com", &[]).await;
    let reset = http()
        .post(format!("{}sandbox/reset", sandbox.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(reset.status(), 204);
    let silent = browser
        .authorize(&[
            ("prompt", "none"),
            ("redirect_uri", "http://localhost:5001/callback"),
        ])
        .await;
    assert_eq!(silent.page.error().0, "login_required");
}

#[tokio::test]
async fn the_mailbox_is_a_page_for_people() {
    let sandbox = sandbox().await;
    let url = format!("{}sandbox/mailbox", sandbox.base_url());
    let page = http()
        .get(url)
        .header("accept", "text/html")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("<h1>Mailbox</h1>"));
}

#[tokio::test]
async fn other_sites_do_not_control_the_sandbox() {
    let sandbox = sandbox().await;
    let reset = |origin: &'static str| {
        http()
            .post(format!("{}sandbox/reset", sandbox.base_url()))
            .header("origin", origin)
            .send()
    };
    assert_eq!(reset("https://evil.example").await.unwrap().status(), 403);
    assert_eq!(reset("http://localhost:4000").await.unwrap().status(), 204);
}
