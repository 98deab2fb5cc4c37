use domain::{Interval, PaidTerm, Plan, Role, State, Subscription, Wanted};
use futures::future::join_all;
use sqlx::Executor;
use store::{MemberAddition, Store, SubscriptionRecord};
use uuid::Uuid;

use crate::fixtures::{World, membership, minutes, now, person, tenant};

const SEATS: u32 = 5;

fn team() -> Subscription {
    let term = PaidTerm {
        interval: Interval::Month,
        seats: SEATS,
        paid_until: now() + minutes(5),
    };
    let state = State::Active {
        term,
        cancel_at_period_end: false,
    };
    Subscription {
        plan: Plan::Team,
        state,
    }
}

/// A way to take a seat.
#[derive(Clone, Copy)]
enum Way {
    /// With a pending invitation or addition.
    Promised,
    /// Added at Auth0 by somebody else.
    JustInTime,
    /// To be added.
    Promise,
}

/// Whether there was a seat.
async fn take(store: &Store, way: Way) -> bool {
    let mut tx = store.tenant(&tenant('a')).await.unwrap();
    let wanted = match way {
        Way::Promised => Wanted::Promised,
        Way::JustInTime | Way::Promise => Wanted::More(1),
    };
    if tx.reserve_seats(wanted, now()).await.unwrap().is_err() {
        return false;
    }
    let name = Uuid::new_v4().simple().to_string();
    match way {
        Way::Promised | Way::JustInTime => {
            let joined = membership(&name, &[Role::OrgMember]);
            tx.save_membership(&joined).await.unwrap();
        }
        Way::Promise => {
            let addition = MemberAddition {
                person: person(&name),
                roles: vec![Role::OrgMember],
                requested_by: person("ada").user_id,
                request_id: None,
                requested_at: now(),
            };
            tx.save_member_addition(&addition).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_at_once_never_take_more_seats_than_there_are_in_two_hundred_rounds() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    let record = SubscriptionRecord::new(team());
    tx.save_subscription(&record).await.unwrap();
    tx.commit().await.unwrap();
    let mut admin = world.database.admin().await;
    for round in 0..200 {
        admin
            .execute("delete from app.memberships; delete from app.member_additions")
            .await
            .unwrap();
        let way = [Way::Promised, Way::JustInTime, Way::Promise][round % 3];
        let taken = join_all((0..50).map(|_| take(&world.worker, way))).await;
        let taken = taken.into_iter().filter(|taken| *taken).count();
        let mut tx = world.tenant(&acme).await;
        let found = tx.seats_taken(now()).await.unwrap();
        assert_eq!((taken, found.total()), (SEATS as usize, SEATS), "{round}");
    }
}

#[tokio::test]
async fn without_a_subscription_there_is_no_seat() {
    let world = World::new().await;
    world.organization('a').await;
    for way in [Way::Promised, Way::JustInTime, Way::Promise] {
        assert!(!take(&world.worker, way).await);
    }
}
