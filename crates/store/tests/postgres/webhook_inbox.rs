use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;
use store::{NewWebhook, Provider, Received, StoreError, StoredWebhook, WebhookState};

use crate::fixtures::{World, minutes, now, tenant};

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

impl World {
    async fn receive(&self, id: &str) -> Received {
        let inbox = self.inbox().await;
        inbox.receive_webhook(&event(id), now()).await.unwrap()
    }

    async fn stored(&self, id: &str) -> StoredWebhook {
        let stored = self.worker.webhook(Provider::Stripe, id).await.unwrap();
        stored.expect("the event is stored")
    }

    async fn mark(&self, id: &str, state: WebhookState, note: Option<&str>) {
        let mark = self.worker.mark_webhook(Provider::Stripe, id, state, note);
        mark.await.unwrap();
    }
}

#[tokio::test]
async fn an_event_is_stored_with_its_job() {
    let world = World::new().await;
    assert_eq!(world.receive("evt_1").await, Received::Stored);
    let kinds = [Provider::Stripe.job_kind()];
    let jobs = world
        .worker
        .claim_jobs(&kinds, 9, Duration::from_secs(9), now());
    let [job] = jobs.await.unwrap().try_into().unwrap();
    assert_eq!(
        (job.org, job.payload),
        (None, json!({ "event_id": "evt_1" }))
    );
    let stored = world.stored("evt_1").await;
    assert_eq!(
        (stored.webhook, stored.received_at),
        (event("evt_1"), now())
    );
    assert_eq!(stored.state, WebhookState::Received);
}

#[tokio::test]
async fn fifty_copies_at_once_give_one_event_and_one_job() {
    let world = World::new().await;
    let (inbox, copy) = (world.inbox().await, event("evt_1"));
    let received = join_all((0..50).map(|_| inbox.receive_webhook(&copy, now()))).await;
    let received = received.into_iter().map(Result::unwrap);
    assert_eq!(
        received
            .filter(|received| *received == Received::Stored)
            .count(),
        1
    );
    assert_eq!(
        world.count("select count(*) from ops.webhook_inbox").await,
        1
    );
    assert_eq!(world.count("select count(*) from ops.job").await, 1);
}

#[tokio::test]
async fn what_became_of_an_event_is_noted() {
    let world = World::new().await;
    world.receive("evt_1").await;
    world
        .mark("evt_1", WebhookState::Quarantined, Some("not ours"))
        .await;
    let stored = world.stored("evt_1").await;
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
    for id in ["evt_done", "evt_open"] {
        world.receive(id).await;
    }
    world.mark("evt_done", WebhookState::Done, None).await;
    let end = now() + TimeDelta::days(30);
    assert_eq!(world.worker.purge_webhooks(end).await.unwrap(), 0);
    assert_eq!(
        world.worker.purge_webhooks(end + minutes(1)).await.unwrap(),
        1
    );
    assert_eq!(world.stored("evt_open").await.state, WebhookState::Received);
}

#[tokio::test]
async fn the_inbox_role_reads_nothing_and_the_others_store_no_event() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    let read = inbox.webhook(Provider::Stripe, "evt_1").await.unwrap_err();
    let opened = inbox.tenant(&tenant('a')).await.unwrap_err();
    let by_api = world
        .api
        .receive_webhook(&event("evt_1"), now())
        .await
        .unwrap_err();
    let by_worker = world
        .worker
        .receive_webhook(&event("evt_1"), now())
        .await
        .unwrap_err();
    for refused in [read, opened, by_api, by_worker] {
        assert!(
            matches!(refused, StoreError::Forbidden { .. }),
            "{refused:?}"
        );
    }
}
