//! Fields that a body does not have, and values that no field takes: generated for every operation.

use serde_json::{Value, json};
use tests::TestApp;

use super::{accepted_body, assert_names, send_json, with_body};
use crate::tenant_isolation::world::Home;

/// What an attacker would like to set.
const NOT_OURS_TO_TAKE: [&str; 12] = [
    "org_id",
    "role",
    "roles",
    "id",
    "user_id",
    "created_at",
    "created_by",
    "version",
    "status",
    "step",
    "paid_until",
    "__proto__",
];

/// Each object of the body, by its path; the empty path is the body itself.
fn objects(body: &Value) -> Vec<String> {
    let fields = body.as_object().into_iter().flatten();
    let inner = fields.filter(|(_, value)| value.is_object());
    let inner = inner.map(|(name, _)| format!("/{name}"));
    std::iter::once(String::new()).chain(inner).collect()
}

/// The body of the fixture, and of a checkout also the parts that may be left out.
fn whole_body(operation: &tests::contract::Operation) -> Value {
    let mut body = accepted_body(operation);
    if operation.id == "create_checkout" {
        body["organization"] = json!({ "name": "never-made", "display_name": "Never made" });
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_does_not_exist_is_refused_at_every_level() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.settled().await;
    let before = app.row_counts().await;
    for operation in with_body() {
        let body = whole_body(operation);
        for object in objects(&body) {
            for name in NOT_OURS_TO_TAKE {
                let mut more = body.clone();
                let target = more.pointer_mut(&object).expect("it is there");
                target[name] = json!("mine");
                let answer = send_json(&app, operation, &home, &more).await;
                let path = format!("{object}/{name}");
                let path = path.trim_start_matches('/').replace('/', ".");
                assert_names(&answer, &path, "unknown_field");
            }
        }
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_field_or_one_of_another_type_is_named() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.settled().await;
    let before = app.row_counts().await;
    for operation in with_body() {
        let body = accepted_body(operation);
        for name in body.as_object().expect("an object").keys() {
            let mut less = body.clone();
            less.as_object_mut().expect("an object").remove(name);
            let answer = send_json(&app, operation, &home, &less).await;
            assert_names(&answer, name, "required");
            for wrong in [json!(null), json!(1), json!(true), json!([]), json!({})] {
                let mut other = body.clone();
                other[name] = wrong;
                let answer = send_json(&app, operation, &home, &other).await;
                assert_names(&answer, name, "wrong_type");
            }
        }
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_character_is_refused_wherever_it_is() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.settled().await;
    let before = app.row_counts().await;
    for operation in with_body() {
        let body = accepted_body(operation);
        for name in body.as_object().expect("an object").keys() {
            let mut other = body.clone();
            other[name] = json!("a\0b");
            let answer = send_json(&app, operation, &home, &other).await;
            answer.assert_problem(422, "invalid_request");
        }
        let mut named = body.clone();
        named["\0"] = json!(1);
        let answer = send_json(&app, operation, &home, &named).await;
        answer.assert_problem(422, "invalid_request");
    }
    assert_eq!(app.row_counts().await, before);
}
