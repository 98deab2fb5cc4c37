use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;
use store::{NewWebhook, Provider, Received, StoreError, WebhookState};

use crate::fixtures::{World, minutes, now};

fn event(id: &str) -> NewWebhook {
    NewWebhook {
        provider: Provider::Stripe,
        event_id: id.to_owned(),
        kind: "checkout.session.completed".to_owned(),
        livemode: false,
        account: None,
        api_version: Some("2026-09-30".to_owned()),
        created_at: now(),
        body: json!({ "id": id, "data": { "object": { "id": "cs_1" } } }),
    }
}

#[tokio::test]
async fn an_event_is_stored_with_its_job() {
    let world = World::new().await;
    let received = world
        .inbox()
        .await
        .receive_webhook(&event("evt_1"), now())
        .await
        .unwrap();
    assert_eq!(received, Received::Stored);
    let kind = Provider::Stripe.job_kind();
    let jobs = world
        .worker
        .claim_jobs(&[kind], 9, Duration::from_secs(9), now())
        .await
        .unwrap();
    assert_eq!(
        (jobs.len(), &jobs[0].org, &jobs[0].payload),
        (1, &None, &json!({ "event_id": "evt_1" }))
    );
    let stored = world
        .worker
        .webhook(Provider::Stripe, "evt_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.webhook, stored.state, stored.received_at),
        (event("evt_1"), WebhookState::Received, now())
    );
}

#[tokio::test]
async fn fifty_copies_at_once_give_one_event_and_one_job() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    let copy = event("evt_1");
    let received = join_all((0..50).map(|_| inbox.receive_webhook(&copy, now()))).await;
    let stored = received
        .into_iter()
        .filter(|received| *received.as_ref().unwrap() == Received::Stored)
        .count();
    assert_eq!(stored, 1);
    assert_eq!(
        world.count("select count(*) from ops.webhook_inbox").await,
        1
    );
    assert_eq!(world.count("select count(*) from ops.job").await, 1);
}

#[tokio::test]
async fn what_became_of_an_event_is_noted() {
    let world = World::new().await;
    world
        .inbox()
        .await
        .receive_webhook(&event("evt_1"), now())
        .await
        .unwrap();
    let mark = world.worker.mark_webhook(
        Provider::Stripe,
        "evt_1",
        WebhookState::Quarantined,
        Some("not ours"),
    );
    mark.await.unwrap();
    let stored = world
        .worker
        .webhook(Provider::Stripe, "evt_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.state, stored.note.as_deref()),
        (WebhookState::Quarantined, Some("not ours"))
    );
    assert_eq!(
        world
            .worker
            .webhook(Provider::Auth0, "evt_1")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn events_that_are_dealt_with_are_kept_for_thirty_days() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    for id in ["evt_done", "evt_open"] {
        inbox.receive_webhook(&event(id), now()).await.unwrap();
    }
    world
        .worker
        .mark_webhook(Provider::Stripe, "evt_done", WebhookState::Done, None)
        .await
        .unwrap();
    let end = now() + TimeDelta::days(30);
    assert_eq!(world.worker.purge_webhooks(end).await.unwrap(), 0);
    assert_eq!(
        world.worker.purge_webhooks(end + minutes(1)).await.unwrap(),
        1
    );
    assert!(
        world
            .worker
            .webhook(Provider::Stripe, "evt_open")
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn the_inbox_role_reads_nothing_and_the_others_store_no_event() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    let read = inbox.webhook(Provider::Stripe, "evt_1").await.unwrap_err();
    assert!(matches!(read, StoreError::Forbidden { .. }), "{read:?}");
    let opened = inbox
        .tenant(&crate::fixtures::tenant('a'))
        .await
        .unwrap_err();
    assert!(matches!(opened, StoreError::Forbidden { .. }), "{opened:?}");
    for store in [&world.api, &world.worker] {
        let stored = store
            .receive_webhook(&event("evt_1"), now())
            .await
            .unwrap_err();
        assert!(matches!(stored, StoreError::Forbidden { .. }), "{stored:?}");
    }
}
