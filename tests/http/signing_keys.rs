//! The issuer's keys: missing, away, flooded with unknown key ids, rotated. The verifier's own tests hold the clock and
//! go through an outage of ten minutes; these go through the wire.

use serde_json::{Value, json};
use tests::{Options, TestApp, eventually};
use uuid::Uuid;

use crate::tokens::forge::{Forge, base64url, with};

const ROUTE: &str = "GET /.well-known/jwks.json";
const FLOOD: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unknown_key_ids_in_an_outage_refuses_no_good_token() {
    let app = TestApp::with(without_worker()).await;
    let good = app.visitor().await.token;
    let forge = Forge::of(&app, &good);
    let before = app.calls_of(ROUTE).await;
    app.plan_fault(&away("status")).await;
    // An unknown key id may cause a fetch no sooner than 30 seconds after the last one.
    eventually("a fetch that fails", || async {
        flood(&app, &forge, 20).await;
        (app.calls_of(ROUTE).await > before).then_some(())
    })
    .await;
    flood(&app, &forge, FLOOD).await;
    let fetches = app.calls_of(ROUTE).await - before;
    assert!((1..=2).contains(&fetches), "{fetches} fetches");
    app.get("/readyz", None).await.assert_status(200);
}

/// Tokens with that many key ids that nobody has seen, and a good one among every twenty.
async fn flood(app: &TestApp, forge: &Forge, size: usize) {
    let rest = forge.good.split_once('.').expect("three parts").1;
    for number in 0..size {
        if number % 20 == 0 {
            app.get("/v1/me", Some(&forge.good))
                .await
                .assert_status(200);
        }
        let kid = json!(Uuid::new_v4().simple().to_string());
        let header = base64url(with(&forge.header(), "kid", kid).to_string());
        let unknown = app.get("/v1/me", Some(&format!("{header}.{rest}"))).await;
        unknown.assert_status(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_accepted_after_one_fetch_and_an_old_one_until_it_is_revoked() {
    let app = TestApp::with(without_worker()).await;
    let person = app.visitor().await;
    rotate(&app).await;
    // The next key was published before it was used, so nobody has to ask for it.
    let second = app.log_in(&person, None).await.expect("a login").token;
    for token in [&person.token, &second] {
        app.get("/v1/me", Some(token)).await.assert_status(200);
    }
    rotate(&app).await;
    let third = app.log_in(&person, None).await.expect("a login").token;
    let before = app.calls_of(ROUTE).await;
    eventually("a fetch that brings the new key", || async {
        let answer = app.get("/v1/me", Some(&third)).await;
        answer.status.is_success().then_some(())
    })
    .await;
    assert_eq!(app.calls_of(ROUTE).await - before, 1);
    app.get("/v1/me", Some(&second)).await.assert_status(200);
    let revoked = app.get("/v1/me", Some(&person.token)).await;
    revoked.assert_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_it_is_not_the_tokens_fault() {
    let app = TestApp::with(without_worker()).await;
    let good = app.visitor().await.token;
    for kind in ["status", "drop", "hang"] {
        app.plan_fault(&away(kind)).await;
        let cold = app.serve();
        let answer = eventually("a process that listens", || cold.get("/v1/me", &good)).await;
        answer.assert_problem(503, "keys_unavailable");
        assert!(answer.header("retry-after").is_some());
        let ready = cold.get("/readyz", &good).await.expect("it listens");
        ready.assert_problem(503, "keys_unavailable");
        let nonsense = cold.get("/v1/me", "nonsense").await.expect("it listens");
        nonsense.assert_problem(401, "invalid_token");
        app.clear_faults().await;
        eventually("a process with keys", || async {
            let answer = cold.get("/v1/me", &good).await?;
            answer.status.is_success().then_some(())
        })
        .await;
    }
}

fn without_worker() -> Options {
    Options {
        with_worker: false,
        ..Options::default()
    }
}

fn away(kind: &str) -> Value {
    json!({ "method": "GET", "path": "/.well-known/jwks.json", "kind": kind, "status": 503 })
}

async fn rotate(app: &TestApp) {
    let request = app.sandbox_request(reqwest::Method::POST, "sandbox/keys/rotate");
    app.send(request).await.assert_status(200);
}
