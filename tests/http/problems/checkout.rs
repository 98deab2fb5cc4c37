//! What can be wrong with a purchase.

use serde_json::{Value, json};
use tests::{Options, TestApp, eventually};

use super::{assert_names, checkout};

/// A product in which nothing happens by itself, and a person who has called before.
async fn buyer() -> (TestApp, String) {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let token = app.visitor().await.token;
    app.get("/v1/me", Some(&token)).await.assert_status(200);
    (app, token)
}

/// A good order with one value replaced; `at` is a JSON pointer.
fn order_with(at: &str, value: Value) -> Value {
    let mut order = json!({
        "plan": "team", "interval": "month", "seats": 5,
        "organization": { "name": "acme", "display_name": "Acme Ltd." },
    });
    *order.pointer_mut(at).expect("an order has it") = value;
    order
}

async fn assert_all_refused(cases: Vec<(&str, Value, &str)>) {
    let (app, token) = buyer().await;
    let before = app.row_counts().await;
    for (at, value, code) in cases {
        let answer = checkout(&app, &token, &order_with(at, value)).await;
        let field = at.trim_start_matches('/').replace('/', ".");
        assert_names(&answer, &field, code);
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_not_sold_so_is_refused() {
    assert_all_refused(vec![
        ("/plan", json!("gold"), "invalid"),
        ("/plan", json!("TEAM"), "invalid"),
        ("/plan", json!(""), "invalid"),
        ("/plan", json!("trial"), "plan_not_for_sale"),
        ("/plan", json!(2), "wrong_type"),
        ("/interval", json!("day"), "invalid"),
        ("/interval", json!("Month"), "invalid"),
        ("/interval", json!(null), "wrong_type"),
        ("/seats", json!(0), "too_few_seats"),
        ("/seats", json!(21), "too_many_seats"),
        ("/seats", json!(1_000_000_000), "too_many_seats"),
        ("/seats", json!(-1), "invalid"),
        ("/seats", json!(4_294_967_301_u64), "invalid"),
        ("/seats", json!(5.0), "wrong_type"),
        ("/seats", json!(1e300), "wrong_type"),
        ("/seats", json!("5"), "wrong_type"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_stand_in_a_link_is_refused() {
    let at = "/organization/name";
    assert_all_refused(vec![
        (at, json!(""), "too_short"),
        (at, json!("ab"), "too_short"),
        (at, json!("a".repeat(51)), "too_long"),
        (at, json!("Acme"), "invalid_character"),
        (at, json!("acme ltd"), "invalid_character"),
        (at, json!("acme\n"), "invalid_character"),
        (at, json!("аcme"), "invalid_character"),
        (at, json!("acme\u{200b}"), "invalid_character"),
        (at, json!("../acme"), "invalid_character"),
        (at, json!("acme'; drop table"), "invalid_character"),
        (at, json!("-acme"), "invalid_beginning"),
        (at, json!("acme_"), "invalid_end"),
        (at, json!("org_acme"), "reserved_prefix"),
        (at, json!(5), "wrong_type"),
        ("/organization", json!("acme"), "wrong_type"),
        ("/organization", json!(["acme", "Acme Ltd."]), "wrong_type"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_name_that_deceives_is_refused() {
    let at = "/organization/display_name";
    assert_all_refused(vec![
        (at, json!(""), "empty"),
        (at, json!("  \t "), "empty"),
        (at, json!("a".repeat(65)), "too_long"),
        (at, json!("---"), "nothing_to_read"),
        (at, json!("Acme\u{7}"), "invalid_character"),
        (
            at,
            json!("Acme\r\nBcc: all@example.com"),
            "invalid_character",
        ),
        (at, json!("\u{202e}emcA"), "invalid_character"),
        (at, json!("Ac\u{2066}me"), "invalid_character"),
        (at, json!("Ac\u{200b}me"), "invalid_character"),
        (at, json!("<script>alert(1)</script>"), "invalid_character"),
        (at, json!("https://evil.example"), "contains_url"),
        (at, json!("Prize at WWW.evil.example"), "contains_url"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_plan_comes_without_an_organization_and_with_one_seat() {
    let (app, token) = buyer().await;
    let before = app.row_counts().await;
    let named = json!({
        "plan": "personal", "interval": "month",
        "organization": { "name": "acme", "display_name": "Acme Ltd." },
    });
    assert_names(
        &checkout(&app, &token, &named).await,
        "organization",
        "not_in_plan",
    );
    let two = json!({ "plan": "personal", "interval": "month", "seats": 2 });
    assert_names(
        &checkout(&app, &token, &two).await,
        "seats",
        "too_many_seats",
    );
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_somebody_else_wants_is_taken() {
    let (app, token) = buyer().await;
    let order = order_with("/seats", json!(1));
    checkout(&app, &token, &order).await.assert_status(201);
    let other = app.visitor().await.token;
    app.get("/v1/me", Some(&other)).await.assert_status(200);
    let before = app.row_counts().await;
    checkout(&app, &other, &order)
        .await
        .assert_problem(409, "organization_name_taken");
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_plan_that_runs_cannot_be_bought_again() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let order = json!({ "plan": "personal", "interval": "year" });
    let created = checkout(&app, &person.token, &order).await;
    let created = created.assert_status(201).json();
    let page = created["checkout_url"].as_str().expect("a page").to_owned();
    person.pay(&app, &page).await;
    eventually("the personal plan", || async {
        let mine = app.get("/v1/me/subscription", Some(&person.token)).await;
        (mine.json()["plan"] == "personal").then_some(())
    })
    .await;
    app.settled().await;
    let before = app.row_counts().await;
    checkout(&app, &person.token, &order)
        .await
        .assert_problem(409, "plan_already_active");
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_provider_that_is_away_is_503_and_the_order_is_kept() {
    let (app, token) = buyer().await;
    let fault = json!({ "method": "POST", "path": "/stripe/v1/checkout/sessions", "kind": "status", "status": 503, "times": 50 });
    let planned = app.sandbox_request(reqwest::Method::POST, "sandbox/faults");
    let planned = app.send(planned.json(&fault)).await;
    assert!(planned.status.is_success(), "{planned:?}");
    let answer = checkout(&app, &token, &order_with("/seats", json!(2))).await;
    answer.assert_problem(503, "billing_unavailable");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}
