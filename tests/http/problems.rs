//! Everything that can be wrong with a request is told by a documented problem that names the field, and stores nothing.

mod bodies;
mod checkout;
mod expiry;
mod fields;
mod naming;
mod queries;
mod webhooks;

use reqwest::Method;
use serde_json::Value;
use tests::contract::{Operation, operations};
use tests::{Answer, TestApp};

use crate::tenant_isolation::fixtures::fixture;
use crate::tenant_isolation::world::Home;

/// A valid call of an operation of `home` that takes a body, but with these bytes and these content types.
async fn send_bytes(
    app: &TestApp,
    operation: &Operation,
    home: &Home,
    content_types: &[&str],
    body: &[u8],
) -> Answer {
    let whose = fixture(&operation.id).whose;
    let path = operation.path_with(|name| home.own_ids(whose).get(name));
    let mut request = app
        .request(operation.method.clone(), &path, Some(home.token(whose)))
        .header("if-match", "*")
        .body(body.to_vec());
    for content_type in content_types {
        request = request.header("content-type", *content_type);
    }
    app.send(request).await
}

async fn send_json(app: &TestApp, operation: &Operation, home: &Home, body: &Value) -> Answer {
    let body = body.to_string();
    send_bytes(app, operation, home, &["application/json"], body.as_bytes()).await
}

/// Every operation that takes JSON of a person.
fn with_body() -> impl Iterator<Item = &'static Operation> {
    let takes = |found: &&Operation| found.takes_body && !found.is_webhook();
    operations().iter().filter(takes)
}

/// The body that the operation accepts.
fn accepted_body(operation: &Operation) -> Value {
    serde_json::from_str(&fixture(&operation.id).body()).expect("the fixture is JSON")
}

async fn checkout(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.post("/v1/me/checkout", token, body).await
}

/// The answer names this field with this code.
#[track_caller]
fn assert_names(answer: &Answer, field: &str, code: &str) {
    answer.assert_problem(422, "invalid_request");
    let problem = answer.json();
    let named = problem["errors"].as_array().into_iter().flatten();
    let mut named = named.map(|error| (error["field"].as_str(), error["code"].as_str()));
    assert!(
        named.any(|found| found == (Some(field), Some(code))),
        "{field} {code} is not in {answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_token_gets_the_same_answer() {
    let app = TestApp::start().await;
    let person = app.visitor().await;
    let (signed, signature) = person.token.rsplit_once('.').expect("a signed token");
    let reversed: String = signature.chars().rev().collect();
    let tokens = [
        "x".to_owned(),
        format!("{signed}."),
        format!("{signed}.{reversed}"),
        format!("{}x", person.token),
        "a".repeat(9000),
    ];
    let mut seen = Vec::new();
    for token in &tokens {
        for method in [Method::GET, Method::POST] {
            let request = app.request(method, "/v1/me/projects", Some(token));
            let answer = app.send(request).await;
            answer.assert_problem(401, "invalid_token");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\"")
            );
            seen.push(answer.comparable());
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
}
