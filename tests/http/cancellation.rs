//! Clients that hang up at any moment: what was acknowledged is there once, and nothing is left behind in the pool.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use rand::RngExt;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tests::{Options, TestApp, eventually};
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

const CANCELLED: usize = 2_000;
const CLIENTS: usize = 8;

/// A create, whose project is named like its idempotency key.
struct Attempt {
    key: String,
    acknowledged: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_up_loses_and_doubles_nothing_and_leaves_the_pool_clean() {
    let app = Arc::new(app_with_few_connections().await);
    let token = app.visitor().await.token;
    app.get("/v1/me", Some(&token)).await.assert_status(200);
    let attempts = hang_up_at_random(&app, &token).await;
    no_transaction_is_open(&app).await;
    let (acknowledged, cancelled): (Vec<_>, Vec<_>) =
        attempts.iter().partition(|attempt| attempt.acknowledged);
    let rows = rows_by_name(&app).await;
    for attempt in &acknowledged {
        assert_eq!(
            rows.get(&attempt.key),
            Some(&1),
            "{} was acknowledged",
            attempt.key
        );
    }
    let kept = cancelled
        .iter()
        .filter(|attempt| rows.contains_key(&attempt.key));
    let kept = kept.count();
    assert!(acknowledged.len() > 100 && cancelled.len() >= CANCELLED);
    assert!(
        kept > 0 && kept < cancelled.len(),
        "{kept} of {} kept",
        cancelled.len()
    );

    for attempt in &cancelled {
        app.send(create(&app, &token, &attempt.key))
            .await
            .assert_status(201);
    }
    let rows = rows_by_name(&app).await;
    assert!(
        rows.values().all(|count| *count == 1),
        "a create took effect twice"
    );
    assert_eq!(rows.len(), attempts.len());
    no_transaction_is_open(&app).await;
}

async fn app_with_few_connections() -> TestApp {
    TestApp::with(Options {
        with_worker: false,
        variables: vec![("DATABASE_MAX_CONNECTIONS", "4".into())],
        ..Options::default()
    })
    .await
}

fn create(app: &TestApp, token: &str, key: &str) -> RequestBuilder {
    app.request(Method::POST, "/v1/me/projects", Some(token))
        .header("idempotency-key", key)
        .json(&json!({ "name": key }))
}

/// Until enough clients have gone away before they had the whole answer. About as many have not.
async fn hang_up_at_random(app: &Arc<TestApp>, token: &str) -> Vec<Attempt> {
    let cancelled = Arc::new(AtomicUsize::new(0));
    // Twice what an answer takes: patience that wears off with every answer and grows with every lack of one.
    let patience = Arc::new(AtomicU64::new(20_000));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (app, token) = (Arc::clone(app), token.to_owned());
        let (cancelled, patience) = (Arc::clone(&cancelled), Arc::clone(&patience));
        clients.spawn(async move {
            let mut attempts = Vec::new();
            while cancelled.load(Ordering::Relaxed) < CANCELLED {
                let key = Uuid::new_v4().to_string();
                let longest = patience.load(Ordering::Relaxed);
                let limit = Duration::from_micros(rand::rng().random_range(0..longest));
                let answer = timeout(limit, app.send(create(&app, &token, &key))).await;
                let acknowledged = answer.is_ok();
                let (up, down) = (longest * 51 / 50, (longest * 49 / 50).max(2_000));
                match &answer {
                    Ok(answer) => drop(answer.assert_status(201)),
                    Err(_) => drop(cancelled.fetch_add(1, Ordering::Relaxed)),
                }
                patience.store(if acknowledged { down } else { up }, Ordering::Relaxed);
                attempts.push(Attempt { key, acknowledged });
            }
            attempts
        });
    }
    clients.join_all().await.into_iter().flatten().collect()
}

async fn rows_by_name(app: &TestApp) -> BTreeMap<String, i64> {
    sqlx::query_as("select name, count(*) from app.projects group by name")
        .fetch_all(&mut app.database.admin().await)
        .await
        .expect("the administrator sees every row")
        .into_iter()
        .collect()
}

/// Neither one of somebody who hung up, nor one that the next borrower of a connection would find.
async fn no_transaction_is_open(app: &TestApp) {
    eventually("an idle pool", || async {
        let busy: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity \
             where datname = current_database() and usename like 'tenantry%' and state <> 'idle'",
        )
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("the activity is visible");
        (busy == 0).then_some(())
    })
    .await;
    app.get("/readyz", None).await.assert_status(200);
}
