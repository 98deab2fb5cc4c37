//! The state of the copy of Auth0's members, and in which order organizations are compared.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{OrganizationId, Role};
use store::{Drift, DriftEver, EventsHeard, MirrorState};

use crate::fixtures::{World, now};

async fn reconciled(world: &World, organization: &OrganizationId, minute: i64, drift: Drift) {
    let tenant = organization.clone().into();
    let mut tx = world.worker.tenant(&tenant).await.unwrap();
    tx.note_reconciled(now() + TimeDelta::minutes(minute), drift)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn news_come_before_age_and_what_was_just_compared_is_left_out() {
    let world = World::new().await;
    let [a, b, c, d] = [
        world.organization('a').await,
        world.organization('b').await,
        world.organization('c').await,
        world.organization('d').await,
    ];
    for (organization, minute) in [(&a, 3), (&b, 1), (&c, 2), (&d, 20)] {
        reconciled(&world, organization, minute, Drift::default()).await;
    }
    let next = || async {
        let before = now() + TimeDelta::minutes(10);
        let next = world.worker.organizations_to_reconcile(before, 10).await;
        next.unwrap()
    };
    assert_eq!(next().await, [b.clone(), c.clone(), a.clone()]);
    let mut tx = world.worker.tenant(&d.clone().into()).await.unwrap();
    tx.hint_mirror(now() + TimeDelta::minutes(21))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(next().await, [d, b, c, a]);
}

#[tokio::test]
async fn the_last_drift_stays_when_a_later_comparison_finds_nothing() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let state = || async { world.tenant(&acme).await.mirror_state().await.unwrap() };
    assert_eq!(state().await, MirrorState::default());
    let drift = Drift {
        added: 1,
        removed: 2,
        changed: 3,
    };
    reconciled(&world, &acme, 1, drift).await;
    reconciled(&world, &acme, 2, Drift::default()).await;
    let expected = MirrorState {
        reconciled_at: Some(now() + TimeDelta::minutes(2)),
        last_drift: Some((now() + TimeDelta::minutes(1), drift)),
        drift_ever: DriftEver {
            added: 1,
            removed: 2,
            changed: 3,
        },
        events: EventsHeard::default(),
    };
    assert_eq!(state().await, expected);
}

#[tokio::test]
async fn whoever_is_removed_is_remembered_for_a_while_and_only_here() {
    let world = World::new().await;
    let (acme, other) = (world.organization('a').await, world.organization('b').await);
    let ada = world.member(&acme, "ada", &[Role::OrgAdmin]).await;
    let user = &ada.person.user_id;
    let mut tx = world.tenant(&acme).await;
    assert_eq!(tx.count_active_admins().await.unwrap(), 1);
    assert_eq!(tx.count_admins_besides(user).await.unwrap(), 0);
    tx.delete_membership(user).await.unwrap();
    tx.commit().await.unwrap();
    for (organization, seconds, expected) in
        [(&acme, 60, true), (&acme, 0, false), (&other, 60, false)]
    {
        let tenant = organization.clone().into();
        let mut tx = world.worker.tenant(&tenant).await.unwrap();
        let settling = Duration::from_secs(seconds);
        let departed = tx.departed_within(user, settling).await.unwrap();
        assert_eq!(departed, expected, "{organization} {seconds}");
    }
    let theirs = world.worker.organizations_of_person(&ada.person).await;
    assert_eq!(theirs.unwrap(), []);
    assert_eq!(world.worker.purge_departures().await.unwrap(), 0);
}
