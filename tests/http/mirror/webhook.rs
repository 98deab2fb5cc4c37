//! `POST /webhooks/auth0/events`: who may tell, and what is kept of it.

use serde_json::{Value, json};
use tests::{EVENTS_TOKEN, Options, TestApp, eventually};

fn event(id: &str, kind: &str) -> Value {
    json!({
        "specversion": "1.0", "type": kind, "source": "urn:auth0:sandbox", "id": id,
        "time": "2026-03-01T10:00:00.000Z", "a0tenant": "sandbox", "a0stream": "est_0000000000000000000001",
        "data": { "object": {}, "context": { "tenant": { "id": "sandbox" } } },
    })
}

async fn states(app: &TestApp) -> Vec<(String, String)> {
    let stored =
        "select event_id, state from ops.webhook_inbox where provider = 'auth0' order by 1";
    let mut admin = app.database.admin().await;
    let stored = sqlx::query_as(stored).fetch_all(&mut admin).await;
    stored.expect("the inbox")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_live_token_every_answer_is_the_same_401_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let body = event("evt_1", "user.updated").to_string();
    let mut bodies = std::collections::BTreeSet::new();
    for token in ["", "wrong", &EVENTS_TOKEN[1..], &format!("{EVENTS_TOKEN}x")] {
        let answer = app.auth0_event(&body, token).await;
        answer.assert_problem(401, "invalid_token");
        let mut problem = answer.json();
        problem["request_id"] = json!(null);
        bodies.insert(problem.to_string());
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(states(&app).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tokens_live_while_one_is_being_replaced() {
    let both = "a-token-that-goes-away,a-token-that-takes-over";
    let app = TestApp::with(Options {
        variables: vec![("AUTH0_EVENTS_TOKENS", both.to_owned())],
        ..Options::default()
    })
    .await;
    for (number, token) in both.split(',').enumerate() {
        let body = event(&format!("evt_{number}"), "user.updated").to_string();
        app.auth0_event(&body, token).await.assert_status(200);
    }
    app.auth0_event("{}", EVENTS_TOKEN)
        .await
        .assert_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_ten_times_is_stored_once_and_unknown_ones_are_ignored() {
    let app = TestApp::start().await;
    for kind in [
        "group.created",
        "something.nobody.knows",
        "organization.member.added",
    ] {
        let body = event(&format!("evt_{kind}"), kind).to_string();
        for _ in 0..10 {
            app.auth0_event(&body, EVENTS_TOKEN)
                .await
                .assert_status(200);
        }
    }
    let ignored = eventually("three ignored events", || async {
        let states = states(&app).await;
        let ignored = states.iter().filter(|(_, state)| state == "ignored");
        (ignored.count() == 3).then_some(states)
    })
    .await;
    assert_eq!(ignored.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_or_too_large_is_refused() {
    let app = TestApp::start().await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"id":"evt_1"}"#,
        r#"{"id":1,"type":"user.updated"}"#,
    ] {
        app.auth0_event(body, EVENTS_TOKEN)
            .await
            .assert_problem(400, "malformed_json");
    }
    let large = json!({ "id": "evt_1", "type": "x", "data": "x".repeat(256 * 1024) });
    app.auth0_event(&large.to_string(), EVENTS_TOKEN)
        .await
        .assert_problem(413, "payload_too_large");
    assert_eq!(states(&app).await, []);
}
