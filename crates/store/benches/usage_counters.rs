//! A thousand increments of one counter at the same time: in one row, and in rows that nobody else holds. Each
//! transaction goes on for a while after it has counted, as a request does.
//!
//! `cargo bench -p store --bench usage_counters`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise, and prints what it measured"
)]

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::OrganizationId;
use domain::usage::{Metric, Period};
use futures::future::join_all;
use sqlx::{Connection, Executor, PgConnection};
use store::testing::TestDatabase;
use store::{DatabaseRole, NewCustomer, Store};
use uuid::Uuid;

const INCREMENTS: usize = 1_000;
const CONNECTIONS: usize = 40;
/// Connections of one store of a test.
const PER_STORE: usize = 8;
/// What the transaction does after it has counted.
const REST: Duration = Duration::from_millis(2);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = TestDatabase::create().await;
        let acme: OrganizationId = "org_aaaaaaaaaaaaaaaa".parse().unwrap();
        let mut stores = Vec::new();
        for _ in 0..CONNECTIONS / PER_STORE {
            stores.push(database.store(DatabaseRole::Api).await);
        }
        let mut tx = stores[0].tenant(&acme.clone().into()).await.unwrap();
        let customer = NewCustomer {
            name: "acme".parse().unwrap(),
            display_name: "Acme".parse().unwrap(),
            conversion: None,
            created_at: now(),
        };
        tx.insert_customer(&customer).await.unwrap();
        tx.commit().await.unwrap();
        let one = in_one_row(&database, &acme).await;
        let free = in_free_rows(&stores, &acme).await;
        let rate = |took: Duration| INCREMENTS as f64 / took.as_secs_f64();
        println!(
            "{INCREMENTS} increments over {CONNECTIONS} connections, {REST:?} each after counting"
        );
        println!(
            "one row    {:>8.0} ms {:>7.0}/s",
            one.as_secs_f64() * 1e3,
            rate(one)
        );
        println!(
            "free rows  {:>8.0} ms {:>7.0}/s",
            free.as_secs_f64() * 1e3,
            rate(free)
        );
    });
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_251_600, 0).unwrap()
}

async fn in_free_rows(stores: &[Store], acme: &OrganizationId) -> Duration {
    let begun = Instant::now();
    let increments = (0..INCREMENTS).map(|number| async move {
        let store = &stores[number % stores.len()];
        let mut tx = store.tenant(&acme.clone().into()).await.unwrap();
        let period = Period::of(now());
        tx.count_usage(Metric::ProjectsCreated, period, 1, Uuid::now_v7())
            .await
            .unwrap();
        tokio::time::sleep(REST).await;
        tx.commit().await.unwrap();
    });
    join_all(increments).await;
    begun.elapsed()
}

/// The usual counter: one row, and `amount = amount + 1`.
async fn in_one_row(database: &TestDatabase, acme: &OrganizationId) -> Duration {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(database.connection(DatabaseRole::Api).await);
    }
    let begun = Instant::now();
    let share = INCREMENTS / CONNECTIONS;
    join_all(connections.iter_mut().map(|connection| async move {
        for _ in 0..share {
            increment_one_row(connection, acme).await;
        }
    }))
    .await;
    begun.elapsed()
}

async fn increment_one_row(connection: &mut PgConnection, acme: &OrganizationId) {
    let mut tx = connection.begin().await.unwrap();
    let bind = sqlx::query("select app.set_org($1)").bind(acme.as_ref());
    tx.execute(bind).await.unwrap();
    let increment = "insert into app.usage_counters (org_id, metric, period, shard, amount) \
        values ($1, 'one_row', '2026-11-01', '00000000-0000-7000-8000-000000000000', 1) \
        on conflict (org_id, metric, period, shard) do update set amount = usage_counters.amount + 1";
    let increment = sqlx::query(increment).bind(acme.as_ref());
    tx.execute(increment).await.unwrap();
    tokio::time::sleep(REST).await;
    tx.commit().await.unwrap();
}
