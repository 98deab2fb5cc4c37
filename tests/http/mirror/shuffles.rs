//! The events of one eventful day, each of them several times and in any order, end in what Auth0 has.

use domain::Role;
use management::{EventFeed, Message, Start};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{EVENTS_TOKEN, Organization, TestApp, eventually};

use super::{
    Members, Shown, auth0_members, compared_once, drift_ever, management, our_members,
    remove_in_auth0, swap_role_in_auth0, until_the_same,
};

/// All that happens there, in order, up to the deletion of this account.
async fn events(feed: &mut EventFeed, last: &str) -> Vec<Value> {
    let mut events = Vec::new();
    while let Some(message) = feed.next().await.expect("a message") {
        if let Message::Event { event, .. } = message {
            let is_last =
                event["type"] == "user.deleted" && event["data"]["object"]["user_id"] == last;
            events.push(event);
            if is_last {
                return events;
            }
        }
    }
    panic!("the feed ended before it was told of {last}");
}

/// People come, go, change roles and names, and are blocked. Answers the account that is deleted at last.
async fn an_eventful_day(app: &TestApp, organization: &Organization) -> String {
    let (changed, _) = app.member(organization, Role::OrgReadonly).await;
    let (removed, _) = app.member(organization, Role::OrgMember).await;
    let (deleted, _) = app.member(organization, Role::OrgBilling).await;
    for roles in [
        [Role::OrgReadonly, Role::OrgMember],
        [Role::OrgMember, Role::OrgAdmin],
        [Role::OrgAdmin, Role::OrgBilling],
    ] {
        swap_role_in_auth0(app, organization, &changed, roles).await;
    }
    let path = |id: &str| format!("users/{id}");
    for change in [
        json!({ "name": "First name" }),
        json!({ "blocked": true, "name": "Second name" }),
        json!({ "name": "Third name" }),
    ] {
        management(app, Method::PATCH, &path(&changed.user_id), &change).await;
    }
    remove_in_auth0(app, organization, &removed).await;
    management(app, Method::DELETE, &path(&deleted.user_id), &json!({})).await;
    deleted.user_id.clone()
}

/// An event about somebody who has just been removed is looked at again and again, each time some seconds later.
async fn until_all_are_dealt_with(app: &TestApp) {
    for _ in 0..LOOKS {
        eventually("a worker with nothing to do now", || async {
            let due = "select count(*) from ops.job where kind = 'auth0_webhook' and done_at is null \
                 and parked_at is null and (lease_until is not null or run_at <= $1)";
            (count(app, due).await == 0).then_some(())
        })
        .await;
        let open = "select count(*) from ops.webhook_inbox where provider = 'auth0' \
             and state = 'received' and $1 is not null";
        if count(app, open).await == 0 {
            return;
        }
        app.advance("PT16S").await;
    }
    panic!("events are left");
}

/// More often than an event is looked at.
const LOOKS: u32 = 10;

/// `sql` takes the time.
async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut admin = app.database.admin().await;
    let count = sqlx::query_scalar(sql).bind(app.sandbox.clock().now());
    count.fetch_one(&mut admin).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_three_times_in_any_order_ends_in_what_auth0_has() {
    let app = TestApp::start().await;
    for seed in [1, 2, 3] {
        let organization = app.organization().await;
        let auth0 = app.auth0();
        let feed = auth0.events().subscribe(&Start::Now, &[]).await;
        let mut feed = feed.expect("a feed");
        let last = an_eventful_day(&app, &organization).await;
        let told = events(&mut feed, &last).await;
        assert!(told.len() > 15, "{}", told.len());
        let mut order: Vec<&Value> = told.iter().chain(&told).chain(&told).collect();
        order.shuffle(&mut StdRng::seed_from_u64(seed));
        for event in order {
            let taken = app.auth0_event(&event.to_string(), EVENTS_TOKEN).await;
            taken.assert_status(200);
        }
        until_the_same(&app, &organization).await;
        until_all_are_dealt_with(&app).await;
        let (ours, theirs) = (
            our_members(&app, &organization).await,
            auth0_members(&app, &organization).await,
        );
        assert_eq!(ours, theirs, "seed {seed}");
    }
}

/// What a comparison of these two has to count: missing here, left over here, and changed. A block is found on its own.
fn differences(ours: &Members, theirs: &Members) -> (i64, i64, i64) {
    let (mut missing, mut left_over, mut changed) = (0, 0, 0);
    for (user, theirs) in theirs {
        let Some(ours) = ours.get(user) else {
            missing += 1;
            continue;
        };
        let is_blocked = ours.blocked != theirs.blocked;
        let shown = |shown: &Shown| {
            let Shown {
                email,
                name,
                picture,
                ..
            } = shown;
            (email.clone(), name.clone(), picture.clone())
        };
        changed += i64::from(is_blocked);
        // Their account is read when they are found blocked, which brings what it shows.
        let is_shown_otherwise = !is_blocked && shown(ours) != shown(theirs);
        changed += i64::from(ours.roles != theirs.roles || is_shown_otherwise);
    }
    left_over += ours
        .keys()
        .filter(|user| !theirs.contains_key(*user))
        .count() as i64;
    (missing, left_over, changed)
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_doubled_and_shuffled_events_end_in_what_auth0_has_after_one_comparison() {
    let app = TestApp::start().await;
    app.is_compared().await;
    let mut found = 0;
    for seed in [4, 5, 6] {
        let organization = app.organization().await;
        let auth0 = app.auth0();
        let feed = auth0.events().subscribe(&Start::Now, &[]).await;
        let mut feed = feed.expect("a feed");
        let added = app.visitor().await;
        app.add_in_auth0(&organization, &added, Role::OrgBilling)
            .await;
        let last = an_eventful_day(&app, &organization).await;
        let told = events(&mut feed, &last).await;
        let mut random = StdRng::seed_from_u64(seed);
        // Four of five are lost, the rest come twice.
        let mut kept: Vec<&Value> = told.iter().collect();
        kept.shuffle(&mut random);
        kept.truncate(told.len() / 5);
        let mut order: Vec<&Value> = kept.iter().chain(&kept).copied().collect();
        order.shuffle(&mut random);
        for event in order {
            let taken = app.auth0_event(&event.to_string(), EVENTS_TOKEN).await;
            taken.assert_status(200);
        }
        until_all_are_dealt_with(&app).await;
        // Nobody has joined or left just now, so that no list lags.
        app.advance("PT1M").await;
        let theirs = auth0_members(&app, &organization).await;
        let ours = our_members(&app, &organization).await;
        let (missing, left_over, changed) = differences(&ours, &theirs);
        let before = drift_ever(&app, &organization).await;
        compared_once(&app, &organization).await;
        assert_eq!(
            our_members(&app, &organization).await,
            theirs,
            "seed {seed}"
        );
        let expected = (before.0 + missing, before.1 + left_over, before.2 + changed);
        let counted = drift_ever(&app, &organization).await;
        assert_eq!(counted, expected, "seed {seed}: {ours:?} {theirs:?}");
        found += missing + left_over + changed;
    }
    assert!(found > 0, "nothing was lost that mattered");
}
