//! What was paid is had, what was not paid is not, and no payment gets lost: purchases and renewals over HTTP.

mod belonging;
mod catch_up;
mod changes;
mod copies;
mod histories;
mod intervals;
mod last_second;
mod money_back;
mod orders;
mod outage;
mod payers;
mod purchases;
mod renewals;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, Person, TestApp, eventually};

/// A checkout with its page.
struct Checkout {
    page: String,
    /// Path of its conversion in the API.
    path: String,
    id: String,
}

async fn check_out(app: &TestApp, person: &Person, order: Value) -> Checkout {
    let created = app.post("/v1/me/checkout", &person.token, &order).await;
    let created = created.assert_status(201).json();
    let id = text(&created["conversion_id"]);
    Checkout {
        page: text(&created["checkout_url"]),
        path: format!("/v1/me/conversions/{id}"),
        id,
    }
}

/// A plan for an organization without a name, paid.
async fn pay_unnamed(app: &TestApp, person: &mut Person, plan: &str) -> Checkout {
    let order = json!({ "plan": plan, "interval": "month" });
    let checkout = check_out(app, person, order).await;
    person.pay(app, &checkout.page).await;
    until_step(app, person, &checkout, "activation").await;
    checkout
}

async fn name(app: &TestApp, person: &Person, checkout: &Checkout, name: &str) -> Value {
    let naming = json!({ "name": name, "display_name": name });
    let path = format!("{}/organization", checkout.path);
    app.put(&path, &person.token, &naming)
        .await
        .assert_status(200);
    until_step(app, person, checkout, "done").await
}

async fn until_step(app: &TestApp, person: &Person, checkout: &Checkout, step: &str) -> Value {
    eventually(step, || async {
        let found = app.get(&checkout.path, Some(&person.token)).await.json();
        (found["step"] == step).then_some(found)
    })
    .await
}

async fn mine(app: &TestApp, person: &Person) -> Value {
    let answer = app.get("/v1/me/subscription", Some(&person.token)).await;
    answer.assert_status(200).json()
}

async fn until_mine(app: &TestApp, person: &Person, plan: &str, status: &str) -> Value {
    eventually(plan, || async {
        let found = mine(app, person).await;
        (found["plan"] == plan && found["status"] == status).then_some(found)
    })
    .await
}

/// The same person with a token that is still good after the clock has moved.
async fn again(app: &TestApp, mut person: Person) -> Person {
    let login = app.log_in(&person, None).await;
    person.token = login.expect("they can log in again").token;
    person
}

/// Moves every clock to so long after an instant.
fn pass(app: &TestApp, instant: DateTime<Utc>, beyond: TimeDelta) {
    let clock = app.sandbox.clock();
    clock.advance(instant + beyond - clock.now());
}

fn end_of(subscription: &Value) -> DateTime<Utc> {
    text(&subscription["ends_at"]).parse().expect("a time")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The id at Stripe of what a conversion paid.
async fn subscription_of(app: &TestApp, conversion: &str) -> String {
    let listed = app
        .sandbox_request(Method::GET, "stripe/v1/subscriptions?status=all&limit=100")
        .bearer_auth("sk_test_tenantry");
    let listed = app.send(listed).await.assert_status(200).json();
    let all = listed["data"].as_array().expect("a list");
    let found = all
        .iter()
        .find(|found| found["metadata"]["conversion_id"] == conversion);
    text(&found.expect("it was paid")["id"])
}

/// As an operator in Stripe's dashboard.
async fn change_at_stripe(app: &TestApp, subscription: &str, form: &[(&str, &str)]) {
    let path = format!("stripe/v1/subscriptions/{subscription}");
    let request = app
        .sandbox_request(Method::POST, &path)
        .bearer_auth("sk_test_tenantry");
    app.send(request.form(form)).await.assert_status(200);
}

/// A call of Stripe's API as somebody else makes it.
async fn stripe(app: &TestApp, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
    let request = app
        .sandbox_request(method.clone(), &format!("stripe/v1/{path}"))
        .bearer_auth("sk_test_tenantry");
    let request = match method {
        Method::POST => request.form(form),
        _ => request,
    };
    app.send(request).await.assert_status(200).json()
}

async fn stripe_does(app: &TestApp, subscription: &str, action: &str) {
    let path = format!("stripe/sandbox/subscriptions/{subscription}/{action}");
    let request = app.sandbox_request(Method::POST, &path).json(&json!({}));
    app.send(request).await.assert_status(200);
}

/// Events that a person has to look at.
async fn quarantined(app: &TestApp) -> i64 {
    app.settled().await;
    sqlx::query_scalar("select count(*) from ops.webhook_inbox where state = 'quarantined'")
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("a count")
}

/// A fresh login of the administrator: a token that is still good after the clock has moved.
async fn admin_token(app: &TestApp, organization: &Organization) -> String {
    let login = app
        .log_in(&organization.admin, Some(&organization.id))
        .await;
    login.expect("they are a member").token
}

async fn subscription(app: &TestApp, organization: &Organization) -> Value {
    let token = admin_token(app, organization).await;
    let path = format!("/v1/orgs/{}/subscription", organization.id);
    app.get(&path, Some(&token)).await.assert_status(200).json()
}

/// A call below the organization's subscription.
async fn billing(
    app: &TestApp,
    organization: &Organization,
    verb: &str,
    body: Option<Value>,
) -> Answer {
    let token = admin_token(app, organization).await;
    let path = format!("/v1/orgs/{}/subscription/{verb}", organization.id);
    let request = app.request(Method::POST, &path, Some(&token));
    app.send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

fn terms(plan: &str, interval: &str, seats: u32) -> Option<Value> {
    Some(json!({ "plan": plan, "interval": interval, "seats": seats }))
}
