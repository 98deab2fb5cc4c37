use std::time::Duration;

use domain::usage::{Metric, Period};
use futures::future::join_all;
use store::{DatabaseRole, Store, TenantTx};
use tokio::time::timeout;
use uuid::Uuid;

use crate::fixtures::{World, minutes, now, tenant};

const ROWS: &str = "select count(*) from app.usage_counters";

async fn counted(store: &Store, metric: Metric, amount: u32) -> TenantTx {
    let mut tx = store.tenant(&tenant('a')).await.unwrap();
    tx.count_usage(metric, Period::of(now()), amount, Uuid::now_v7())
        .await
        .unwrap();
    tx
}

async fn sum(world: &World, metric: Metric) -> Option<u64> {
    let mut tx = world.api.tenant(&tenant('a')).await.unwrap();
    let counted = tx.usage_counted(Period::of(now())).await.unwrap();
    counted.get(&metric).copied()
}

#[tokio::test]
async fn who_counts_at_the_same_time_does_not_wait() {
    let world = World::new().await;
    world.organization('a').await;
    let mut open = Vec::new();
    for _ in 0..8 {
        let counting = counted(&world.api, Metric::ProjectsCreated, 1);
        let tx = timeout(Duration::from_secs(5), counting).await;
        open.push(tx.expect("nobody holds it up"));
    }
    for tx in open {
        tx.commit().await.unwrap();
    }
    assert_eq!(sum(&world, Metric::ProjectsCreated).await, Some(8));
    assert_eq!(world.count(ROWS).await, 8);
    // Rows that nobody holds are used again.
    for _ in 0..8 {
        let tx = counted(&world.api, Metric::ProjectsCreated, 1).await;
        tx.commit().await.unwrap();
    }
    assert_eq!(sum(&world, Metric::ProjectsCreated).await, Some(16));
    assert_eq!(world.count(ROWS).await, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_increments_from_many_connections_are_ten_thousand() {
    let world = World::new().await;
    world.organization('a').await;
    let stores = [
        &world.api,
        &world.worker,
        &world.database.store(DatabaseRole::Api).await,
        &world.database.store(DatabaseRole::Worker).await,
    ];
    let one_by_one = |store: &Store| {
        let store = store.clone();
        async move {
            for number in 0..500 {
                let tx = counted(&store, Metric::InvitationsSent, 1).await;
                // What is not committed is not counted.
                if number % 50 == 0 {
                    drop(counted(&store, Metric::InvitationsSent, 7).await);
                }
                tx.commit().await.unwrap();
            }
        }
    };
    join_all((0..20).map(|n| one_by_one(stores[n % 4]))).await;
    assert_eq!(sum(&world, Metric::InvitationsSent).await, Some(10_000));
    let rows = world.count(ROWS).await;
    assert!(rows <= 40, "{rows} rows for 20 that counted two at once");
}

#[tokio::test]
async fn metrics_and_months_are_counted_apart() {
    let world = World::new().await;
    world.organization('a').await;
    let tx = counted(&world.api, Metric::ProjectsCreated, 3).await;
    tx.commit().await.unwrap();
    let tx = counted(&world.api, Metric::MembersJoined, 2).await;
    tx.commit().await.unwrap();
    assert_eq!(sum(&world, Metric::ProjectsCreated).await, Some(3));
    assert_eq!(sum(&world, Metric::MembersJoined).await, Some(2));
    assert_eq!(sum(&world, Metric::InvitationsSent).await, None);
    let mut tx = world.api.tenant(&tenant('a')).await.unwrap();
    let later = Period::of(now() + minutes(60 * 24 * 31));
    assert!(tx.usage_counted(later).await.unwrap().is_empty());
}
