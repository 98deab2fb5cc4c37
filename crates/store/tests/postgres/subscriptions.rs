use domain::subscription::Terms;
use domain::{Interval, OrganizationId, PaidTerm, Plan, State, Subscription};
use sqlx::Executor;
use store::{DatabaseRole, StoreError, SubscriptionRecord};

use crate::fixtures::{World, minutes, now};

fn term() -> PaidTerm {
    PaidTerm {
        interval: Interval::Year,
        seats: 7,
        paid_until: now() + minutes(5),
    }
}

fn every_state() -> [Subscription; 7] {
    let of = |plan, state| Subscription { plan, state };
    [
        of(Plan::Trial, State::Trial { ends_at: now() }),
        of(Plan::Team, State::Activation { term: term() }),
        of(
            Plan::Personal,
            State::Active {
                term: term(),
                cancel_at_period_end: false,
            },
        ),
        of(
            Plan::Enterprise,
            State::Active {
                term: term(),
                cancel_at_period_end: true,
            },
        ),
        of(
            Plan::Team,
            State::PastDue {
                term: term(),
                grace_until: now(),
            },
        ),
        of(Plan::Trial, State::Expired { since: now() }),
        of(Plan::Team, State::Canceled { since: now() }),
    ]
}

#[tokio::test]
async fn every_state_is_found_again_as_it_was_stored() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    assert_eq!(tx.subscription().await.unwrap(), None);
    for (version, subscription) in (0..).zip(every_state()) {
        let mut record = SubscriptionRecord::new(subscription);
        record.stripe_customer_id = Some(format!("cus_{version}"));
        record.next = Terms::of(&record.subscription);
        record.refunded_until = record.next.is_none().then(now);
        record.disputed_at = record.next.map(|_| now());
        record.version = version;
        tx.save_subscription(&record).await.unwrap();
        record.version += 1;
        assert_eq!(tx.lock_subscription().await.unwrap(), Some(record));
    }
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    let record = SubscriptionRecord::new(every_state()[0].clone());
    tx.save_subscription(&record).await.unwrap();
    assert!(matches!(
        tx.save_subscription(&record).await,
        Err(StoreError::Stale)
    ));
    let changed = SubscriptionRecord {
        version: 1,
        ..record
    };
    tx.save_subscription(&changed).await.unwrap();
    assert!(matches!(
        tx.save_subscription(&changed).await,
        Err(StoreError::Stale)
    ));
}

/// Each row is one that the enum cannot hold.
const IMPOSSIBLE: [&str; 9] = [
    "'trial', 'trial', null, null, null, null, null, null, null",
    "'team', 'trial', now(), null, null, null, null, null, null",
    "'trial', 'active', null, 'month', 1, now(), false, null, null",
    "'team', 'active', null, null, 1, now(), false, null, null",
    "'team', 'active', null, 'month', 1, now(), null, null, null",
    "'personal', 'activation', null, 'month', 1, now(), null, null, null",
    "'team', 'past_due', null, 'month', 1, now(), null, null, null",
    "'team', 'expired', now(), null, null, null, null, null, now()",
    "'trial', 'canceled', null, null, null, null, null, null, now()",
];

#[tokio::test]
async fn half_of_what_comes_next_cannot_be_stored() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    let record = SubscriptionRecord::new(every_state()[2].clone());
    tx.save_subscription(&record).await.unwrap();
    tx.commit().await.unwrap();
    let mut api = world.database.connection(DatabaseRole::Api).await;
    for half in [
        "next_plan = 'team'",
        "next_plan = 'trial', next_interval = 'month', next_seats = 1",
        "next_plan = 'team', next_interval = 'month', next_seats = 0",
    ] {
        let update = format!(
            "begin; select app.set_org('{acme}'); update app.subscriptions set {half}; rollback"
        );
        let refused = api
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(update)))
            .await
            .unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "23514",
            "{half}: {refused}"
        );
        api.execute("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn an_impossible_state_cannot_be_stored() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut api = world.database.connection(DatabaseRole::Api).await;
    for row in IMPOSSIBLE {
        let insert = format!(
            "begin; select app.set_org('{acme}'); insert into app.subscriptions (org_id, plan, state, ends_at, \
             billing_interval, seats, paid_until, cancel_at_period_end, grace_until, since) \
             values (app.org(), {row}); rollback"
        );
        let refused = api
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(insert)))
            .await
            .unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "23514",
            "{row}: {refused}"
        );
        api.execute("rollback").await.unwrap();
    }
}

/// Writes down at `now()` that it has ended, if it has.
async fn expire(world: &World, acme: &OrganizationId) {
    let mut tx = world.tenant(acme).await;
    let mut record = tx.lock_subscription().await.unwrap().unwrap();
    if let Ok(expired) = record.subscription.clone().expire(now()) {
        record.subscription = expired;
        tx.save_subscription(&record).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A payment that arrives at `now()`.
async fn pay(world: &World, acme: &OrganizationId) {
    let term = PaidTerm { seats: 1, ..term() };
    let mut tx = world.tenant(acme).await;
    let mut record = tx.lock_subscription().await.unwrap().unwrap();
    record.subscription = record
        .subscription
        .pay(Plan::Personal, term, now())
        .unwrap();
    tx.save_subscription(&record).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn payment_and_expiry_in_the_same_instant_lock_no_payer_out_in_a_thousand_races() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut record = SubscriptionRecord::new(Subscription::trial_until(now()));
    for round in 0..1_000 {
        let mut tx = world.tenant(&acme).await;
        tx.save_subscription(&record).await.unwrap();
        tx.commit().await.unwrap();
        if round % 2 == 0 {
            tokio::join!(expire(&world, &acme), pay(&world, &acme));
        } else {
            tokio::join!(pay(&world, &acme), expire(&world, &acme));
        }
        let mut tx = world.tenant(&acme).await;
        let found = tx.subscription().await.unwrap().unwrap();
        let subscription = &found.subscription;
        assert!(subscription.is_live(now()), "{round}: {subscription:?}");
        assert_eq!(subscription.plan, Plan::Personal);
        record.version = found.version;
    }
}
