//! The pull of Auth0's events: one holder, and an event only together with its offset.

use std::time::Duration;

use chrono::TimeDelta;
use domain::UserId;
use serde_json::json;
use store::{EventFeed, FeedPlace, NewWebhook, Provider};
use uuid::Uuid;

use crate::fixtures::{World, now};

const LEASE: Duration = Duration::from_secs(60);

fn event(id: &str) -> NewWebhook {
    NewWebhook {
        provider: Provider::Auth0,
        event_id: id.to_owned(),
        kind: "organization.member.added".to_owned(),
        livemode: true,
        account: None,
        api_version: None,
        created_at: now(),
        body: json!({ "id": id }),
    }
}

async fn claim(world: &World, lease: Duration) -> Option<(EventFeed, FeedPlace)> {
    let claimed = world.worker.claim_event_feed(Uuid::new_v4(), lease).await;
    claimed.unwrap()
}

#[tokio::test]
async fn one_worker_holds_the_feed_until_its_lease_ends_or_it_lets_go() {
    let world = World::new().await;
    let (first, place) = claim(&world, LEASE).await.unwrap();
    let beginning = FeedPlace {
        offset: None,
        since: None,
        has_gap: true,
    };
    assert_eq!(place, beginning);
    assert!(claim(&world, LEASE).await.is_none());
    first.release().await.unwrap();
    let (second, _) = claim(&world, Duration::ZERO).await.unwrap();
    let (third, _) = claim(&world, LEASE).await.unwrap();
    assert!(!second.hold(true).await.unwrap(), "its lease has ended");
    assert!(!second.store(&event("evt_1"), "1", now()).await.unwrap());
    assert!(!second.skip_to("1", now()).await.unwrap());
    assert!(!second.forget_offset().await.unwrap());
    assert!(!second.close_gap(now(), now()).await.unwrap());
    assert!(third.hold(true).await.unwrap());
    let stored = world.worker.webhook(Provider::Auth0, "evt_1").await;
    assert!(stored.unwrap().is_none(), "whoever lost it stores nothing");
}

#[tokio::test]
async fn an_event_is_stored_once_with_its_job_and_the_offset_behind_it() {
    let world = World::new().await;
    let (feed, _) = claim(&world, LEASE).await.unwrap();
    assert!(
        feed.store(&event("evt_1"), "offset-1", now())
            .await
            .unwrap()
    );
    assert!(
        feed.store(&event("evt_1"), "offset-2", now())
            .await
            .unwrap()
    );
    feed.release().await.unwrap();
    let (_, place) = claim(&world, LEASE).await.unwrap();
    assert_eq!(place.offset.as_deref(), Some("offset-2"));
    let kinds = [Provider::Auth0.job_kind()];
    let jobs = world.worker.claim_jobs(&kinds, 10, LEASE, now()).await;
    assert_eq!(jobs.unwrap().len(), 1);
}

#[tokio::test]
async fn a_gap_has_every_organization_compared_and_a_forgotten_offset_opens_one() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.worker.tenant(&acme.clone().into()).await.unwrap();
    tx.note_reconciled(now(), store::Drift::default())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let due = async || {
        let before = now() - TimeDelta::hours(1);
        let due = world.worker.organizations_to_reconcile(before, 10).await;
        due.unwrap()
    };
    assert_eq!(due().await, []);
    let (feed, _) = claim(&world, LEASE).await.unwrap();
    let later = now() + TimeDelta::minutes(1);
    assert!(feed.close_gap(now(), later).await.unwrap());
    assert_eq!(due().await, [acme]);
    let jobs = world
        .worker
        .claim_jobs(&["reconcile"], 10, LEASE, later)
        .await;
    assert_eq!(jobs.unwrap().len(), 1);
    assert!(feed.skip_to("offset-1", now()).await.unwrap());
    feed.release().await.unwrap();
    let (feed, place) = claim(&world, LEASE).await.unwrap();
    assert_eq!((place.has_gap, place.since), (false, Some(now())));
    assert!(feed.forget_offset().await.unwrap());
    feed.release().await.unwrap();
    let (_, place) = claim(&world, LEASE).await.unwrap();
    assert_eq!(
        (place.has_gap, place.offset, place.since),
        (true, None, None)
    );
}

#[tokio::test]
async fn a_block_is_told_to_each_organization_once_and_an_older_answer_is_passed_over() {
    let world = World::new().await;
    let (acme, other) = (world.organization('a').await, world.organization('b').await);
    let ada = world.member(&acme, "ada", &[domain::Role::OrgAdmin]).await;
    let person = &ada.person;
    assert!(world.worker.is_customer(person).await.unwrap());
    let told = async |organization: &domain::OrganizationId| {
        let tenant = organization.clone().into();
        let mut tx = world.worker.tenant(&tenant).await.unwrap();
        let told = tx.tell_blocked(person).await.unwrap();
        tx.commit().await.unwrap();
        told
    };
    assert_eq!(told(&acme).await, None);
    let (earlier, later) = (now(), now() + TimeDelta::seconds(1));
    world
        .worker
        .note_account(person, true, later)
        .await
        .unwrap();
    world
        .worker
        .note_account(person, false, earlier)
        .await
        .unwrap();
    assert!(world.worker.is_blocked(person).await.unwrap());
    assert_eq!((told(&acme).await, told(&acme).await), (Some(true), None));
    assert_eq!(told(&other).await, None, "they do not belong to it");
    let blocked = world.worker.blocked_accounts(&person.issuer).await.unwrap();
    assert_eq!(blocked, [UserId::clone(&person.user_id)]);
    world
        .worker
        .note_account(person, false, later)
        .await
        .unwrap();
    assert_eq!((told(&acme).await, told(&acme).await), (Some(false), None));
    assert_eq!(
        world.worker.blocked_accounts(&person.issuer).await.unwrap(),
        []
    );
}
