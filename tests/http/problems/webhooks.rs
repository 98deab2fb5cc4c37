//! Webhooks that Stripe did not send, or not like this.

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, TestApp, WEBHOOK_SECRET, stripe_signature};

/// With spaces, so that it is not what another program would write.
const EVENT: &str = r#"{ "id": "evt_forged", "type": "invoice.paid", "livemode": false, "data": { "object": {} } }"#;

async fn quiet() -> TestApp {
    TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await
}

async fn assert_refused(app: &TestApp, body: &str, signatures: &[&str]) {
    let answer = app.stripe_webhook(body, signatures).await;
    answer.assert_problem(400, "invalid_signature");
}

fn signed(app: &TestApp, body: &str) -> String {
    stripe_signature(WEBHOOK_SECRET, app.now(), body)
}

async fn inbox(app: &TestApp) -> (i64, i64) {
    let counts = "select (select count(*) from ops.webhook_inbox), (select count(*) from ops.job)";
    sqlx::query_as(counts)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("counts")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_by_stripe_just_now_is_400_and_leaves_the_inbox_empty() {
    let app = quiet().await;
    let (now, good) = (app.now(), signed(&app, EVENT));
    let at = |seconds: i64| stripe_signature(WEBHOOK_SECRET, now + seconds, EVENT);
    let (time, mac) = good.split_once(",v1=").expect("a signature");
    for signatures in [
        vec![],
        vec![good.clone(), good.clone()],
        vec![stripe_signature("whsec_other", now, EVENT)],
        vec![stripe_signature("", now, EVENT)],
        // The clock goes on while this is sent.
        vec![at(-301)],
        vec![at(310)],
        vec![at(-1_000_000)],
        vec![good.replace("v1=", "v0=")],
        vec![good[..good.len() - 2].to_owned()],
        vec![format!("v1={mac}")],
        vec![time.to_owned()],
        vec![format!("{time},v1=")],
        vec![format!("t={},v1={mac}", now + 1)],
        vec![format!("{time},{time},v1={mac}")],
        vec![String::new()],
        vec![format!("t=9223372036854775808,v1={mac}")],
    ] {
        let signatures: Vec<&str> = signatures.iter().map(String::as_str).collect();
        assert_refused(&app, EVENT, &signatures).await;
    }
    assert_eq!(inbox(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_differs_by_a_byte_from_the_signed_one_is_400() {
    let app = quiet().await;
    let good = signed(&app, EVENT);
    let written_again: serde_json::Value = serde_json::from_str(EVENT).expect("JSON");
    assert_refused(&app, &written_again.to_string(), &[&good]).await;
    assert_refused(&app, &EVENT[..EVENT.len() - 1], &[&good]).await;
    assert_refused(&app, &format!("{EVENT}\n"), &[&good]).await;
    assert_refused(&app, &EVENT.replace("evt_forged", "evt_forgee"), &[&good]).await;
    assert_refused(&app, "", &[&good]).await;
    assert_eq!(inbox(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_body_that_is_no_event_is_400_and_a_huge_one_413() {
    let app = quiet().await;
    let nul = r#"{"id":"evt_\u0000","type":"invoice.paid"}"#;
    let deep = format!(
        "{{\"id\":\"evt_1\",\"type\":\"x\",\"a\":{}{}}}",
        "[".repeat(100),
        "]".repeat(100)
    );
    for body in ["", "{", "[]", "{}", r#"{"id":1,"type":"x"}"#, nul, &deep] {
        let answer = app.stripe_webhook(body, &[&signed(&app, body)]).await;
        answer.assert_problem(400, "malformed_json");
    }
    let huge = format!("{EVENT}{}", " ".repeat(300 * 1024));
    let answer = app.stripe_webhook(&huge, &[&signed(&app, &huge)]).await;
    answer.assert_problem(413, "payload_too_large");
    assert_eq!(inbox(&app).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_copies_at_once_are_all_acknowledged_and_stored_once() {
    let app = quiet().await;
    // Two live secrets, as during a rotation at Stripe: one of the signatures is right.
    let good = format!("{},v1={}", signed(&app, EVENT), "00".repeat(32));
    let signatures = [good.as_str()];
    let copies = (0..50).map(|_| app.stripe_webhook(EVENT, &signatures));
    for answer in join_all(copies).await {
        assert_eq!(
            answer.assert_status(200).json(),
            json!({ "received": true })
        );
    }
    assert_eq!(inbox(&app).await, (1, 1));
}

/// How many times a genuine event is forged.
const MUTATIONS: usize = 500;

/// One byte is another one or is missing, or the end is.
fn mutated(text: &str, random: &mut StdRng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let place = random.random_range(0..bytes.len());
    match random.random_range(0..3) {
        0 => {
            let others = (b'!'..=b'~').filter(|byte| *byte != bytes[place]);
            let others: Vec<u8> = others.collect();
            bytes[place] = others[random.random_range(0..others.len())];
        }
        1 => drop(bytes.remove(place)),
        _ => bytes.truncate(place),
    }
    String::from_utf8(bytes).expect("ASCII")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_five_hundred_mutations_of_a_genuine_event_none_is_taken() {
    let app = quiet().await;
    let silenced = app.sandbox_request(Method::DELETE, "stripe/sandbox/webhook_endpoint");
    app.send(silenced).await.assert_status(204);
    let made = app.sandbox_request(Method::POST, "stripe/v1/customers");
    let made = app.send(made.bearer_auth("sk_test_tenantry")).await;
    made.assert_status(200);
    let events = app.sandbox_request(Method::GET, "stripe/v1/events");
    let events = app
        .send(events.bearer_auth("sk_test_tenantry"))
        .await
        .json();
    let event = events["data"][0].to_string();
    let genuine = signed(&app, &event);
    let seed = 1;
    let mut random = StdRng::seed_from_u64(seed);
    for mutation in 0..MUTATIONS {
        let (mut body, mut signature) = (event.clone(), genuine.clone());
        if mutation % 2 == 0 {
            body = mutated(&body, &mut random);
        } else {
            signature = mutated(&signature, &mut random);
        }
        let answer = app.stripe_webhook(&body, &[&signature]).await;
        assert_eq!(answer.status, 400, "seed {seed}: {signature} {body}");
    }
    assert_eq!(inbox(&app).await.0, 0);
    app.stripe_webhook(&event, &[&genuine])
        .await
        .assert_status(200);
    let stored: Value = sqlx::query_scalar("select body from ops.webhook_inbox")
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("the genuine one");
    assert_eq!(stored.to_string(), event);
}
