//! Requests that go away at a random moment must harm nobody: no acknowledged write is lost, no transaction stays open.

use std::future::Future;
use std::time::{Duration, Instant};

use domain::TenantId;
use futures::future::{Either, select};
use rand::RngExt;
use serde_json::Value;
use store::{DatabaseRole, Guards, Store};

use crate::fixtures::{World, now, project, tenant};

#[derive(Debug, Default, PartialEq, Eq)]
struct Harm {
    /// Writes that were acknowledged and are not there.
    lost: i64,
    /// Transactions that failed because an earlier one was still open on their connection.
    leaked: i64,
    /// Sessions left inside a transaction.
    stuck: i64,
}

/// Enough that every connection of the pool was used.
const WARM_UP: i64 = 20;

/// Starts a tenant's write and drops it after a random time. True when it was acknowledged before that.
async fn victim(store: &Store, tenant: &TenantId, longest: Option<Duration>) -> bool {
    let write = async {
        let mut tx = store.tenant(tenant).await?;
        tx.insert_project(&project("Victim")).await?;
        tx.commit().await
    };
    let Some(longest) = longest else {
        return write.await.is_ok();
    };
    let end = Instant::now() + longest.mul_f64(rand::rng().random());
    cancelled(write, end)
        .await
        .is_some_and(|written| written.is_ok())
}

/// Drops the future at that instant; a timer would be too coarse.
async fn cancelled<F: Future>(future: F, end: Instant) -> Option<F::Output> {
    let clock = async {
        while Instant::now() < end {
            tokio::task::yield_now().await;
        }
    };
    match select(Box::pin(clock), Box::pin(future)).await {
        Either::Left(_) => None,
        Either::Right((output, _)) => Some(output),
    }
}

async fn torment(world: &World, store: &Store, cancels: u32) -> Harm {
    world.organization('a').await;
    world.organization('b').await;
    let mut longest = usual_duration(store).await.mul_f64(1.2);
    let (mut harm, mut finished, mut jobs) = (Harm::default(), 0, 0);
    for n in 0..cancels {
        let has_finished = victim(store, &tenant('a'), Some(longest)).await;
        finished += i64::from(has_finished);
        // However busy the machine is meanwhile: some finish, and more are cancelled in the middle.
        longest = longest.mul_f64(if has_finished { 0.95 } else { 1.03 });
        // Whoever borrows next writes outside a transaction, and for another tenant.
        let queued = store
            .enqueue_system("bystander", &n.to_string(), &Value::Null, now())
            .await;
        jobs += i64::from(queued.is_ok());
        harm.leaked += i64::from(store.tenant(&tenant('b')).await.is_err());
    }
    store.close().await;
    assert!(
        (1..i64::from(cancels) - 100).contains(&finished),
        "some are cancelled, some are not: {finished}"
    );
    // A cancelled write may have happened; an acknowledged one must have.
    let projects = world.count("select count(*) from app.projects").await;
    harm.lost = (WARM_UP + finished - projects).max(0);
    harm.lost += jobs - world.count("select count(*) from ops.job").await;
    harm.stuck = world.count(STUCK).await;
    harm
}

const STUCK: &str = "select count(*) from pg_stat_activity \
    where datname = current_database() and state like 'idle in transaction%'";

/// Of a write whose statements are prepared already.
async fn usual_duration(store: &Store) -> Duration {
    let mut usual = Duration::ZERO;
    for _ in 0..WARM_UP {
        let begun = Instant::now();
        assert!(victim(store, &tenant('a'), None).await);
        usual = begun.elapsed();
    }
    usual
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_requests_harm_nobody() {
    let world = World::new().await;
    let store = world.database.store(DatabaseRole::Worker).await;
    assert_eq!(torment(&world, &store, 5_000).await, Harm::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_release_hook_alone_is_enough() {
    let world = World::new().await;
    let store = world
        .database
        .store_with_guards(DatabaseRole::Worker, Guards::ReleaseHookOnly)
        .await;
    assert_eq!(torment(&world, &store, 1_000).await, Harm::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_release_hook_writes_are_lost() {
    let world = World::new().await;
    let store = world
        .database
        .store_with_guards(DatabaseRole::Worker, Guards::None)
        .await;
    let harm = torment(&world, &store, 1_000).await;
    assert_ne!(harm, Harm::default());
}
