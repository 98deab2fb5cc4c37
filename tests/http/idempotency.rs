//! `Idempotency-Key`: the same request again, also fifty times at once, has one effect and gets the same answer.

use std::collections::BTreeSet;

use domain::Role;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::contract::{Operation, operations};
use tests::{Answer, TestApp};

use crate::tenant_isolation::fixtures::fixture;
use crate::tenant_isolation::world::Home;

/// The operations that take a key.
fn with_key() -> impl Iterator<Item = &'static Operation> {
    let takes = |found: &&Operation| {
        let codes = found.answers.get(&400);
        codes.is_some_and(|codes| codes.iter().any(|code| code == "invalid_idempotency_key"))
    };
    operations().iter().filter(takes)
}

/// Those that something can be done with in a home; what takes a thing away comes last.
fn done_with_key() -> Vec<&'static Operation> {
    let done = with_key().filter(|operation| fixture(&operation.id).can_be_done());
    let mut done: Vec<_> = done.collect();
    done.sort_by_key(|operation| operation.id.starts_with("detach_"));
    done
}

/// None for an operation without a body.
fn body(operation: &Operation) -> Option<Value> {
    let body =
        || serde_json::from_str(&fixture(&operation.id).body()).expect("the fixture is JSON");
    operation.takes_body.then(body)
}

/// Another body that would be accepted too.
fn other_body(operation: &Operation) -> Option<Value> {
    match operation.id.as_str() {
        "create_checkout" => Some(json!({ "plan": "team", "interval": "year" })),
        "create_project" | "create_my_project" => Some(json!({ "name": "Another" })),
        "transfer_ownership" => Some(json!({ "keep_roles": ["org_admin", "org_member"] })),
        "preview_subscription_change" => {
            Some(json!({ "plan": "team", "interval": "month", "seats": 19 }))
        }
        "preview_my_subscription_change" => {
            Some(json!({ "plan": "personal", "interval": "month", "seats": 1 }))
        }
        "preview_group_roles" => Some(json!({ "groups": ["Engineering"] })),
        // Each call makes another one.
        _ => body(operation),
    }
}

async fn send(
    app: &TestApp,
    home: &Home,
    operation: &Operation,
    key: &[u8],
    body: Option<&Value>,
) -> Answer {
    let whose = fixture(&operation.id).whose;
    let path = operation.path_with(|name| home.own_ids(whose).get(name));
    let request = app
        .request(operation.method.clone(), &path, Some(home.token(whose)))
        .header("idempotency-key", key);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    app.send(request).await
}

#[track_caller]
fn assert_done(answer: &Answer) -> &Answer {
    assert!(answer.status.is_success(), "{answer:?}");
    answer
}

/// The body without what is told once only: the link of a ticket is a secret that is not kept for a repeat.
fn lasting(operation: &Operation, answer: &Answer) -> String {
    if !operation.id.ends_with("sso_ticket") {
        return answer.body.clone();
    }
    let mut body = answer.json();
    body["url"] = Value::Null;
    body.to_string()
}

async fn project(app: &TestApp, path: &str, token: &str, key: &str) -> Answer {
    let request = app
        .request(Method::POST, path, Some(token))
        .header("idempotency-key", key)
        .json(&json!({ "name": "Once" }));
    app.send(request).await
}

#[test]
fn every_post_of_a_person_takes_a_key() {
    let posts = operations()
        .iter()
        .filter(|found| found.method == Method::POST && !found.is_webhook() && found.needs_token);
    let keyed: Vec<&str> = with_key().map(|found| found.id.as_str()).collect();
    assert_eq!(
        keyed,
        posts.map(|found| found.id.as_str()).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_key_is_refused_and_stores_nothing() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.settled().await;
    let before = app.row_counts().await;
    let long = "k".repeat(256);
    for operation in with_key() {
        for key in [
            &b""[..],
            b"with space",
            b"tab\there",
            b"\xc3\xa9",
            long.as_bytes(),
        ] {
            let answer = send(&app, &home, operation, key, body(operation).as_ref()).await;
            answer.assert_problem(400, "invalid_idempotency_key");
        }
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_gets_the_same_answer_and_another_body_is_refused() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    for operation in done_with_key() {
        home.resume(&app).await;
        let body = body(operation);
        let first = send(&app, &home, operation, b"key-1", body.as_ref()).await;
        assert_eq!(assert_done(&first).header("idempotency-replayed"), None);
        app.settled().await;
        let before = app.row_counts().await;
        let again = send(&app, &home, operation, b"key-1", body.as_ref()).await;
        assert_eq!(
            (again.status, lasting(operation, &again)),
            (first.status, lasting(operation, &first))
        );
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        if let Some(other) = other_body(operation) {
            let other = send(&app, &home, operation, b"key-1", Some(&other)).await;
            other.assert_problem(422, "idempotency_key_reused");
        }
        assert_eq!(app.row_counts().await, before, "{}", operation.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_at_once_have_one_effect_and_one_answer() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    for operation in done_with_key() {
        home.resume(&app).await;
        app.settled().await;
        let before = app.row_counts().await;
        let body = body(operation);
        let copies = (0..50).map(|_| send(&app, &home, operation, b"key-50", body.as_ref()));
        let answers = join_all(copies).await;
        let bodies: BTreeSet<String> = answers
            .iter()
            .map(|answer| lasting(operation, assert_done(answer)))
            .collect();
        assert_eq!(bodies.len(), 1, "{} {bodies:?}", operation.id);
        let after = app.row_counts().await;
        for table in ["app.projects", "app.conversions", "app.invitations"] {
            assert!(
                after[table] - before[table] <= 1,
                "{table} {}",
                operation.id
            );
        }
        assert_eq!(
            after["app.idempotency_keys"] - before["app.idempotency_keys"],
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_of_a_checkout_open_one_payment_page() {
    let app = TestApp::start().await;
    let person = app.visitor().await;
    let order = json!({ "plan": "team", "interval": "month" });
    let copies = (0..50).map(|_| {
        let request = app.request(Method::POST, "/v1/me/checkout", Some(&person.token));
        app.send(request.header("idempotency-key", "once").json(&order))
    });
    for answer in join_all(copies).await {
        answer.assert_status(201);
    }
    for listed in ["checkout/sessions", "customers"] {
        let path = format!("stripe/v1/{listed}?limit=100");
        let request = app.sandbox_request(Method::GET, &path);
        let found = app.send(request.bearer_auth("sk_test_tenantry")).await;
        let found = found.assert_status(200).json();
        assert_eq!(found["data"].as_array().map(Vec::len), Some(1), "{listed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_refused_leaves_its_key_free() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    for operation in done_with_key().into_iter().filter(|found| found.takes_body) {
        let bad = json!({ "nothing": 1 });
        let refused = send(&app, &home, operation, b"try", Some(&bad)).await;
        refused.assert_problem(422, "invalid_request");
        let good = send(&app, &home, operation, b"try", body(operation).as_ref()).await;
        assert_done(&good);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_person_in_one_tenant() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let (_, colleague) = app.member(&home.organization, Role::OrgMember).await;
    let other = Home::create(&app).await;
    let theirs = |home: &Home| format!("/v1/orgs/{}/projects", home.organization.id);
    let made = [
        project(&app, &theirs(&home), &home.organization.token, "k").await,
        project(&app, &theirs(&home), &colleague, "k").await,
        project(&app, &theirs(&other), &other.organization.token, "k").await,
        project(&app, "/v1/me/projects", &home.person.token, "k").await,
        project(&app, "/v1/me/projects", &other.person.token, "k").await,
    ];
    let ids: BTreeSet<String> = made
        .iter()
        .map(|answer| answer.assert_status(201).json()["project_id"].to_string())
        .collect();
    assert_eq!(ids.len(), made.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_in_one_request_are_refused() {
    let app = TestApp::start().await;
    let token = app.visitor().await.token;
    let request = app
        .request(Method::POST, "/v1/me/projects", Some(&token))
        .header("idempotency-key", "a")
        .header("idempotency-key", "b")
        .json(&json!({ "name": "Twice" }));
    app.send(request)
        .await
        .assert_problem(400, "invalid_idempotency_key");
}
