//! Forged tokens over real HTTP: all are refused with one and the same answer, and none costs more than reading it.

mod corpus;
pub(crate) mod forge;
mod organizations;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};
use sqlx::{Executor, PgConnection};
use tests::{Answer, Options, TestApp, eventually};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use forge::Forge;

const KEYS: &str = "GET /.well-known/jwks.json";

#[tokio::test(flavor = "multi_thread")]
async fn every_forged_token_is_refused_alike_and_calls_nobody() {
    let app = TestApp::with(without_worker()).await;
    let good = app.visitor().await.token;
    let forge = Forge::of(&app, &good);
    let (attacker, hits) = attacker().await;
    let corpus = corpus::all(&forge, &jwk(&app, &forge.kid).await, &attacker, app.now());
    assert!(corpus.len() >= 1_500, "only {} tokens", corpus.len());
    me(&app, &good).await.assert_status(200);
    let before = calls(&app).await;
    let usual = me(&app, "nonsense").await.comparable();
    assert_eq!(usual.0, 401);
    for (what, token) in &corpus {
        let answer = me(&app, token).await;
        assert_eq!(answer.comparable(), usual, "{what}: {token}");
    }
    me(&app, &good).await.assert_status(200);
    assert_eq!(
        hits.load(Ordering::SeqCst),
        0,
        "an address in a token was called"
    );
    let after = calls(&app).await;
    assert_eq!(after.0, before.0);
    assert!(after.1 - before.1 <= 2, "keys were fetched {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_takes_no_database_connection() {
    let mut options = without_worker();
    options.variables = vec![("DATABASE_MAX_CONNECTIONS", "2".into())];
    let app = Arc::new(TestApp::with(options).await);
    let good = app.visitor().await.token;
    let forge = Forge::of(&app, &good);
    let corpus = corpus::all(
        &forge,
        &jwk(&app, &forge.kid).await,
        "http://127.0.0.1/",
        app.now(),
    );
    me(&app, &good).await.assert_status(200);
    let mut admin = app.database.admin().await;
    admin
        .execute("begin; lock table ops.person in access exclusive mode")
        .await
        .expect("nobody holds it");
    let mut held = hold_every_connection(&app, &good, &mut admin).await;
    for (what, token) in corpus.iter().filter(|(what, _)| !what.contains("changed")) {
        assert_eq!(me(&app, token).await.status, 401, "{what}");
    }
    until_waiting(&mut admin).await;
    me(&app, &good)
        .await
        .assert_problem(503, "database_unavailable");
    held.abort_all();
    admin.execute("rollback").await.expect("rollback");
    eventually("an answer to the good token", || async {
        me(&app, &good).await.status.is_success().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_taken_from_one_authorization_header_and_nowhere_else() {
    let app = TestApp::with(without_worker()).await;
    let good = app.visitor().await.token;
    let usual = me(&app, "nonsense").await.json()["code"].clone();
    let get = |path: &str| app.request(Method::GET, path, None);
    let twice = get("/v1/me").bearer_auth(&good).bearer_auth(&good);
    let with = |value: String| get("/v1/me").header(AUTHORIZATION, value);
    for request in [
        twice,
        get("/v1/me"),
        get(&format!("/v1/me?access_token={good}")),
        get("/v1/me").header("cookie", format!("access_token={good}")),
        get("/v1/me").header("x-forwarded-authorization", format!("Bearer {good}")),
        with(good.clone()),
        with(format!("Basic {good}")),
        with(format!("Token {good}")),
        with(format!("Bearer{good}")),
        with(format!("Bearer\t{good}")),
        with(format!("Bearer {good}, Bearer {good}")),
        with("Bearer".to_owned()),
    ] {
        let refused = app.send(request).await;
        assert_eq!(refused.assert_status(401).json()["code"], usual);
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        app.send(with(format!("{scheme} {good}")))
            .await
            .assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_told_so_only_when_its_token_is_genuine() {
    let app = TestApp::with(without_worker()).await;
    let good = app.visitor().await.token;
    let forge = Forge::of(&app, &good);
    let genuine = app
        .machine_token("tenantry-platform", "https://api.tenantry.dev")
        .await;
    let named = forge.claiming("sub", json!("anything@clients"));
    let granted = forge.claiming("gty", json!("client-credentials"));
    for token in [&genuine, &named, &granted] {
        me(&app, token)
            .await
            .assert_problem(403, "machine_token_not_allowed");
    }
    let forged = genuine[..genuine.len() - 8].to_owned() + "AAAAAAAA";
    let audience = format!("{}api/v2/", app.sandbox.base_url());
    let management = app.machine_token("tenantry-management", &audience).await;
    let usual = me(&app, "nonsense").await.comparable();
    for token in [&forged, &management] {
        assert_eq!(me(&app, token).await.comparable(), usual);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_a_mebibyte_is_not_read_to_its_end() {
    let app = TestApp::with(without_worker()).await;
    let huge = app.request(Method::GET, "/v1/me", Some(&"A".repeat(1 << 20)));
    // The server may have hung up before the client had sent it all.
    if let Ok(answer) = huge.send().await {
        assert!(answer.status().is_client_error(), "{}", answer.status());
    }
    // On a connection of its own: the one before may be reset while it waits to be used again.
    let healthy = app.send_raw(&Method::GET, "/healthz", None, "").await;
    healthy.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_its_time() {
    let app = TestApp::with(without_worker()).await;
    let good = app.visitor().await.token;
    app.advance("PT9M").await;
    me(&app, &good).await.assert_status(200);
    app.advance("PT2M").await;
    me(&app, &good).await.assert_problem(401, "invalid_token");
}

fn without_worker() -> Options {
    Options {
        with_worker: false,
        ..Options::default()
    }
}

/// With the token exactly as it is, whatever it is made of.
async fn me(app: &TestApp, token: &str) -> Answer {
    let value = HeaderValue::from_bytes(format!("Bearer {token}").as_bytes());
    let value = value.expect("no line breaks");
    app.send(
        app.request(Method::GET, "/v1/me", None)
            .header(AUTHORIZATION, value),
    )
    .await
}

async fn jwk(app: &TestApp, kid: &str) -> Value {
    let set = app.sandbox_get(".well-known/jwks.json").await;
    let keys = set["keys"].as_array().expect("a key set").iter();
    keys.clone()
        .find(|key| key["kid"] == kid)
        .expect("the current key")
        .clone()
}

/// What the sandbox was asked: everything but its keys, and how often for these.
async fn calls(app: &TestApp) -> (Value, u64) {
    let mut counts = app.sandbox_get("sandbox/requests").await["counts"].clone();
    let keys = counts.as_object_mut().expect("an object").remove(KEYS);
    (
        counts,
        keys.and_then(|count| count.as_u64()).unwrap_or_default(),
    )
}

/// The base URL of somebody who counts who calls.
async fn attacker() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (url, hits)
}

/// Good requests that wait for a lock, more of them than there are connections, again and again.
async fn hold_every_connection(
    app: &Arc<TestApp>,
    good: &str,
    admin: &mut PgConnection,
) -> JoinSet<()> {
    let mut held = JoinSet::new();
    for _ in 0..8 {
        let (app, good) = (Arc::clone(app), good.to_owned());
        held.spawn(async move {
            loop {
                me(&app, &good).await;
            }
        });
    }
    until_waiting(admin).await;
    held
}

/// Until both connections of the API wait for a lock, as they did before if they were in use all the time.
async fn until_waiting(admin: &mut PgConnection) {
    let mut waiting: i64 = 0;
    while waiting < 2 {
        waiting = sqlx::query_scalar(
            "select count(*) from pg_stat_activity \
             where datname = current_database() and usename = 'tenantry_api' and wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *admin)
        .await
        .expect("the activity is visible");
    }
}
