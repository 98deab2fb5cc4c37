//! Fields that a body does not have, and values that no field takes: generated for every operation.

use serde_json::{Value, json};
use tests::{Answer, TestApp};

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

/// Each object of the body, by its JSON pointer; the empty pointer is the body itself.
fn objects(body: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match body {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    let own = body.is_object().then(|| at.to_owned());
    let inner = inner
        .iter()
        .flat_map(|(name, value)| objects(value, &format!("{at}/{name}")));
    own.into_iter().chain(inner).collect()
}

/// As a problem names what a JSON pointer points at.
fn field(pointer: &str) -> String {
    let mut field = String::new();
    for part in pointer.split('/').skip(1) {
        match (part.parse::<usize>(), field.is_empty()) {
            (Ok(index), _) => field += &format!("[{index}]"),
            (Err(_), true) => part.clone_into(&mut field),
            (Err(_), false) => field += &format!(".{part}"),
        }
    }
    field
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
        for object in objects(&body, "") {
            for name in NOT_OURS_TO_TAKE {
                let mut more = body.clone();
                let target = more.pointer_mut(&object).expect("it is there");
                if target.get(name).is_some() {
                    continue;
                }
                target[name] = json!("mine");
                let answer = send_json(&app, operation, &home, &more).await;
                assert_names(
                    &answer,
                    &field(&format!("{object}/{name}")),
                    "unknown_field",
                );
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
        for (name, required, types) in operation.fields() {
            let mut body = accepted_body(operation);
            for (_, wrong) in kinds().iter().filter(|(kind, _)| !takes(&types, kind)) {
                body[&name] = wrong.clone();
                let answer = send_json(&app, operation, &home, &body).await;
                answer.assert_problem(422, "invalid_request");
                assert!(is_named(&answer, &name), "no {name} in {answer:?}");
            }
            if required {
                body.as_object_mut().expect("an object").remove(&name);
                let answer = send_json(&app, operation, &home, &body).await;
                assert_names(&answer, &name, "required");
            }
        }
    }
    assert_eq!(app.row_counts().await, before);
}

/// Of an object that lacks what it must have, the parts may be named instead.
fn is_named(answer: &Answer, name: &str) -> bool {
    let problem = answer.json();
    let errors = problem["errors"].as_array().into_iter().flatten();
    let mut fields = errors.filter_map(|error| error["field"].as_str());
    fields.any(|field| field == name || field.starts_with(&format!("{name}.")))
}

/// A value of each type that JSON has.
fn kinds() -> [(&'static str, Value); 6] {
    [
        ("null", json!(null)),
        ("number", json!(1.5)),
        ("boolean", json!(true)),
        ("array", json!([])),
        ("object", json!({})),
        ("string", json!("")),
    ]
}

fn takes(types: &[String], kind: &str) -> bool {
    types
        .iter()
        .any(|name| name == kind || (name == "integer" && kind == "number"))
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
