//! Bodies that are no JSON, or more than is taken.

use tests::TestApp;

use super::{accepted_body, send_bytes, with_body};
use crate::tenant_isolation::world::Home;

const JSON: &[&str] = &["application/json"];
const MAX_BODY: usize = 256 * 1024;

async fn quiet() -> (TestApp, Home) {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.settled().await;
    (app, home)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_one_json_text_is_400() {
    let (app, home) = quiet().await;
    let before = app.row_counts().await;
    let (deep, nested) = (
        "[".repeat(100_000),
        format!("{}1{}", "[".repeat(33), "]".repeat(33)),
    );
    let bodies: [&[u8]; 14] = [
        b"",
        b"{",
        b"{\"name\":",
        b"{}{}",
        b"{} x",
        b"{'name':1}",
        b"{\"name\":1,}",
        b"{\"name\":\"a\",\"name\":\"b\"}",
        b"\xef\xbb\xbf{}",
        b"{\"name\":\"\xff\xfe\"}",
        b"{\"name\":1e9999}",
        b"{\"name\":NaN}",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    for operation in with_body() {
        for body in bodies {
            let answer = send_bytes(&app, operation, &home, JSON, body).await;
            answer.assert_problem(400, "malformed_json");
        }
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_labelled_as_plain_json_is_415() {
    let (app, home) = quiet().await;
    let before = app.row_counts().await;
    let labels: [&[&str]; 9] = [
        &[],
        &["text/plain"],
        &["application/x-www-form-urlencoded"],
        &["multipart/form-data; boundary=a"],
        &["application/json; charset=utf-16"],
        &["application/json, text/plain"],
        &["application/problem+json"],
        &["application/jsonx"],
        &["application/json", "text/plain"],
    ];
    for operation in with_body() {
        let body = accepted_body(operation).to_string();
        for label in labels {
            let answer = send_bytes(&app, operation, &home, label, body.as_bytes()).await;
            answer.assert_problem(415, "unsupported_media_type");
        }
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_the_limit_is_413_and_one_at_the_limit_is_read() {
    let (app, home) = quiet().await;
    let before = app.row_counts().await;
    for operation in with_body() {
        let mut body = b"{\"nothing\":1}".to_vec();
        body.resize(MAX_BODY, b' ');
        let answer = send_bytes(&app, operation, &home, JSON, &body).await;
        answer.assert_problem(422, "invalid_request");
        body.push(b' ');
        let answer = send_bytes(&app, operation, &home, JSON, &body).await;
        answer.assert_problem(413, "payload_too_large");
    }
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_no_object_is_422() {
    let (app, home) = quiet().await;
    let before = app.row_counts().await;
    for operation in with_body() {
        for body in ["[]", "1", "null", "true", "\"x\"", "[{}]"] {
            let answer = send_bytes(&app, operation, &home, JSON, body.as_bytes()).await;
            super::assert_names(&answer, "", "wrong_type");
        }
    }
    assert_eq!(app.row_counts().await, before);
}
