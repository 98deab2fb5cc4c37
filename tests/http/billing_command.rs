//! `tenantry billing`: Stripe's account as the catalogue wants it, by the real binary.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, process};

/// Exit code and lines of `tenantry billing VERB`.
async fn billing(app: &TestApp, verb: &str) -> (i32, Vec<String>) {
    let mut command = process::command(&["billing", verb], &app.variables);
    let output = command.output().await.expect("it runs");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let code = output.status.code().expect("it ends by itself");
    (code, text.lines().map(str::to_owned).collect())
}

fn wrong(lines: &[String]) -> Vec<&String> {
    lines
        .iter()
        .filter(|line| !line.starts_with("ok"))
        .collect()
}

async fn stripe(app: &TestApp, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
    let request = app.sandbox_request(method, &format!("stripe/v1/{path}"));
    let request = request.bearer_auth("sk_test_tenantry").form(form);
    app.send(request).await.assert_status(200).json()
}

async fn clear(app: &TestApp) {
    let path = "stripe/sandbox/catalogue/clear";
    let request = app.sandbox_request(Method::POST, path).json(&json!({}));
    app.send(request).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_account_is_filled_once() {
    let app = TestApp::start().await;
    clear(&app).await;
    let (code, lines) = billing(&app, "plan").await;
    assert_eq!((code, lines.len()), (2, 3 + 6 + 2), "{lines:#?}");
    assert_eq!(billing(&app, "check").await.0, 1);
    let (code, lines) = billing(&app, "apply").await;
    assert_eq!(code, 0, "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("create  price tenantry_team_year"))
    );
    for verb in ["plan", "check", "apply"] {
        let (code, lines) = billing(&app, verb).await;
        assert_eq!((code, wrong(&lines)), (0, Vec::new()), "{verb}");
    }
    let prices = stripe(
        &app,
        Method::GET,
        "prices?lookup_keys[]=tenantry_team_year",
        &[],
    )
    .await;
    assert_eq!(prices["data"][0]["unit_amount"], 29_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_differs_gives_its_key_to_a_new_one() {
    let app = TestApp::start().await;
    billing(&app, "apply").await;
    let found = stripe(
        &app,
        Method::GET,
        "prices?lookup_keys[]=tenantry_team_month",
        &[],
    )
    .await;
    let product = found["data"][0]["product"]
        .as_str()
        .expect("an id")
        .to_owned();
    let form = [
        ("product", product.as_str()),
        ("currency", "usd"),
        ("unit_amount", "999"),
        ("recurring[interval]", "month"),
        ("lookup_key", "tenantry_team_month"),
        ("transfer_lookup_key", "true"),
    ];
    let intruder = stripe(&app, Method::POST, "prices", &form).await;
    let (code, lines) = billing(&app, "check").await;
    assert_eq!((code, wrong(&lines).len()), (1, 2), "{lines:#?}");
    assert_eq!(billing(&app, "apply").await.0, 0);
    let id = intruder["id"].as_str().expect("an id");
    let intruder = stripe(&app, Method::GET, &format!("prices/{id}"), &[]).await;
    assert_eq!(
        (
            &intruder["active"],
            &intruder["unit_amount"],
            &intruder["lookup_key"]
        ),
        (&json!(false), &json!(999), &json!(null))
    );
    let query = format!("prices?product={product}&active=true");
    let active = stripe(&app, Method::GET, &query, &[]).await;
    assert_eq!(
        active["data"].as_array().expect("a list").len(),
        2,
        "{active}"
    );
    assert_eq!(billing(&app, "check").await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_variable_is_named() {
    let app = TestApp::start().await;
    let mut variables = app.variables.clone();
    variables.remove("STRIPE_SECRET_KEY");
    let mut command = process::command(&["billing", "plan"], &variables);
    let output = command.output().await.expect("it runs");
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("STRIPE_SECRET_KEY"));
}
