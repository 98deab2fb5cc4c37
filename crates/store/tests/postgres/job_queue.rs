use std::collections::HashSet;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use store::{Job, RUNNING_PER_TENANT, StoreError};

use crate::fixtures::{World, minutes, now, tenant};

const LEASE: Duration = Duration::from_secs(30);
const KIND: &str = "probe";

impl World {
    async fn enqueue(&self, key: &str) {
        self.worker
            .enqueue_system(KIND, key, &json!({ "key": key }), now())
            .await
            .unwrap();
    }

    async fn claim(&self, n: u32) -> Vec<Job> {
        self.worker
            .claim_jobs(&[KIND], n, LEASE, now())
            .await
            .unwrap()
    }

    async fn claim_with(&self, lease: Duration) -> Job {
        self.worker
            .claim_jobs(&[KIND], 1, lease, now())
            .await
            .unwrap()
            .pop()
            .expect("a job is due")
    }
}

#[tokio::test]
async fn a_tenants_job_carries_the_tenant_and_comes_with_the_commit() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    tx.enqueue(KIND, "lost", &json!({}), now()).await.unwrap();
    drop(tx);
    let mut tx = world.tenant(&acme).await;
    tx.enqueue(KIND, "kept", &json!({ "n": 1 }), now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let jobs = world.claim(10).await;
    let [
        Job {
            org,
            kind,
            payload,
            attempts: 1,
            fence: 1,
            ..
        },
    ] = jobs.as_slice()
    else {
        panic!("{jobs:?}")
    };
    assert_eq!(
        (org, kind.as_str(), payload),
        (&Some(acme.into()), KIND, &json!({ "n": 1 }))
    );
}

#[tokio::test]
async fn a_job_is_claimed_once_and_done_once() {
    let world = World::new().await;
    world.enqueue("one").await;
    let [job] = world.claim(10).await.try_into().unwrap();
    assert_eq!(world.claim(10).await, []);
    assert!(world.worker.complete_job(&job).await.unwrap());
    assert!(!world.worker.complete_job(&job).await.unwrap());
    assert_eq!(world.claim(10).await, []);
}

#[tokio::test]
async fn jobs_wait_for_their_time_and_kind_and_come_longest_due_first() {
    let world = World::new().await;
    for (key, minute) in [("late", -1), ("early", -2), ("future", 1)] {
        world
            .worker
            .enqueue_system(KIND, key, &json!(key), now() + minutes(minute))
            .await
            .unwrap();
    }
    world
        .worker
        .enqueue_system("other", "other", &Value::Null, now())
        .await
        .unwrap();
    let payloads: Vec<_> = world
        .claim(10)
        .await
        .into_iter()
        .map(|job| job.payload)
        .collect();
    assert_eq!(payloads, [json!("early"), json!("late")]);
}

#[tokio::test]
async fn workers_at_once_never_share_a_job() {
    let world = World::new().await;
    join_all(
        (0..40)
            .map(|n| async move { n.to_string() })
            .map(|key| async { world.enqueue(&key.await).await }),
    )
    .await;
    let claimed = join_all((0..16).map(|_| world.claim(5))).await;
    let ids: Vec<_> = claimed.into_iter().flatten().map(|job| job.id).collect();
    assert_eq!(
        (ids.len(), ids.iter().collect::<HashSet<_>>().len()),
        (40, 40)
    );
}

#[tokio::test]
async fn one_tenant_takes_no_more_than_its_share() {
    let world = World::new().await;
    for letter in ['a', 'b'] {
        let organization = world.organization(letter).await;
        let mut tx = world.tenant(&organization).await;
        for n in 0..10 {
            tx.enqueue(KIND, &n.to_string(), &Value::Null, now() + minutes(n - 20))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    let share = RUNNING_PER_TENANT as usize;
    let of = |jobs: &[Job], letter| {
        jobs.iter()
            .filter(|job| job.org == Some(tenant(letter)))
            .count()
    };
    let jobs = world.claim(100).await;
    assert_eq!((of(&jobs, 'a'), of(&jobs, 'b')), (share, share));
    assert_eq!(world.claim(100).await, []);
    world.worker.complete_job(&jobs[0]).await.unwrap();
    assert_eq!(world.claim(100).await.len(), 1);
}

#[tokio::test]
async fn a_job_whose_lease_ran_out_is_taken_over_and_its_first_holder_is_fenced_off() {
    let world = World::new().await;
    world.enqueue("one").await;
    let lost = world.claim_with(Duration::ZERO).await;
    let held = world.claim_with(LEASE).await;
    assert_eq!(
        (lost.id, held.fence, held.attempts),
        (held.id, lost.fence + 1, 2)
    );
    assert!(!world.worker.extend_job(&lost, LEASE).await.unwrap());
    assert!(!world.worker.retry_job(&lost, now(), "late").await.unwrap());
    assert!(!world.worker.park_job(&lost, "late").await.unwrap());
    assert!(!world.worker.complete_job(&lost).await.unwrap());
    assert!(world.worker.complete_job(&held).await.unwrap());
}

#[tokio::test]
async fn an_extended_lease_keeps_the_job() {
    let world = World::new().await;
    world.enqueue("one").await;
    let job = world.claim_with(Duration::ZERO).await;
    assert!(world.worker.extend_job(&job, LEASE).await.unwrap());
    assert_eq!(world.claim(1).await, []);
}

#[tokio::test]
async fn a_retried_job_waits_for_its_next_try() {
    let world = World::new().await;
    world.enqueue("one").await;
    let job = world.claim_with(LEASE).await;
    assert!(
        world
            .worker
            .retry_job(&job, now() + minutes(5), "429")
            .await
            .unwrap()
    );
    assert_eq!(world.claim(1).await, []);
    let again = world
        .worker
        .claim_jobs(&[KIND], 1, LEASE, now() + minutes(5))
        .await
        .unwrap();
    assert_eq!((again[0].id, again[0].attempts), (job.id, 2));
}

#[tokio::test]
async fn a_parked_job_waits_for_a_person_or_for_news() {
    let world = World::new().await;
    world.enqueue("one").await;
    let job = world.claim_with(LEASE).await;
    assert!(world.worker.park_job(&job, "12 tries").await.unwrap());
    assert_eq!(world.claim(1).await, []);
    assert_eq!(world.worker.unpark_jobs(KIND, now()).await.unwrap(), 1);
    let job = world.claim_with(LEASE).await;
    assert!(world.worker.park_job(&job, "12 tries").await.unwrap());
    world.enqueue("one").await;
    assert_eq!(world.claim_with(LEASE).await.attempts, 1);
    assert_eq!(world.count("select count(*) from ops.job").await, 1);
}

#[tokio::test]
async fn a_job_that_was_wanted_again_while_it_ran_is_not_parked() {
    let world = World::new().await;
    world.enqueue("one").await;
    let job = world.claim_with(LEASE).await;
    world.enqueue("one").await;
    assert!(world.worker.park_job(&job, "12 tries").await.unwrap());
    assert_eq!(world.claim_with(LEASE).await.attempts, 1);
}

#[tokio::test]
async fn the_same_key_is_queued_once_until_it_is_done() {
    let world = World::new().await;
    join_all((0..20).map(|_| world.enqueue("one"))).await;
    let [job] = world.claim(10).await.try_into().unwrap();
    world.worker.complete_job(&job).await.unwrap();
    world.enqueue("one").await;
    assert_eq!(world.claim(10).await.len(), 1);
    assert_eq!(world.count("select count(*) from ops.job").await, 2);
}

#[tokio::test]
async fn a_waiting_job_is_brought_forward_and_never_put_off() {
    let world = World::new().await;
    let queue = |minute| {
        world
            .worker
            .enqueue_system(KIND, "one", &Value::Null, now() + minutes(minute))
    };
    queue(10).await.unwrap();
    assert_eq!(world.claim(1).await, []);
    queue(0).await.unwrap();
    queue(20).await.unwrap();
    assert_eq!(world.claim(1).await.len(), 1);
}

#[tokio::test]
async fn what_is_queued_while_the_job_runs_makes_it_run_once_more() {
    let world = World::new().await;
    world.enqueue("one").await;
    let job = world.claim_with(LEASE).await;
    world.enqueue("one").await;
    world.enqueue("one").await;
    assert!(world.worker.complete_job(&job).await.unwrap());
    let again = world.claim_with(LEASE).await;
    assert_eq!((again.id, again.attempts), (job.id, 1));
    world.worker.complete_job(&again).await.unwrap();
    assert_eq!(world.claim(1).await, []);
}

#[tokio::test]
async fn done_jobs_are_kept_for_a_week() {
    let world = World::new().await;
    world.enqueue("one").await;
    world
        .worker
        .complete_job(&world.claim_with(LEASE).await)
        .await
        .unwrap();
    // Jobs are done by the database's clock, which is the machine's.
    let done = done_at(&world).await;
    assert_eq!(
        world
            .worker
            .purge_done_jobs(done + TimeDelta::days(7))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        world
            .worker
            .purge_done_jobs(done + TimeDelta::days(7) + minutes(1))
            .await
            .unwrap(),
        1
    );
}

async fn done_at(world: &World) -> chrono::DateTime<chrono::Utc> {
    let seconds = world
        .count("select floor(extract(epoch from done_at))::bigint from ops.job")
        .await;
    chrono::DateTime::from_timestamp(seconds, 0).unwrap()
}

#[tokio::test]
async fn the_api_queues_but_does_not_claim() {
    let world = World::new().await;
    let refused = world
        .api
        .claim_jobs(&[KIND], 1, LEASE, now())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::Forbidden { .. }),
        "{refused:?}"
    );
}
