//! Events pulled from Auth0: one worker at a time, from where the last one stopped, and a comparison where that is not
//! known any more.

use std::sync::Arc;

use api::clock::Clock;
use api::config::Config;
use api::jobs::Worker;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, Organization, TestApp, eventually};

use super::{remove_in_auth0, sync, until_the_same};

const ROUTE: &str = "GET /api/v2/events";

/// A product that pulls, with or without a worker of its own, and compares only when a gap makes it.
async fn pulling(with_worker: bool, push: bool) -> TestApp {
    let variables = [
        ("AUTH0_EVENTS_PULL", "true"),
        ("WORKER_RECONCILE_SECONDS", "86400"),
        ("WORKER_RECONCILE_READS_PER_MINUTE", "60000"),
        ("WORKER_LONGEST_BACKOFF_SECONDS", "1"),
    ];
    TestApp::with(Options {
        with_worker,
        events: push,
        variables: variables
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec(),
        ..Options::default()
    })
    .await
}

/// One more worker of the product.
async fn worker(app: &TestApp) -> Worker {
    let config = Config::from_env(&|name| app.variables.get(name).cloned());
    let clock = Clock::Offset(app.sandbox.clock().offset());
    let worker = api::server::start_worker(Arc::new(config.expect("it is right")), clock).await;
    worker.expect("it starts")
}

async fn feed(app: &TestApp) -> Value {
    let mut admin = app.database.admin().await;
    let feed = sqlx::query_scalar("select to_jsonb(f) from ops.event_feed f");
    feed.fetch_one(&mut admin).await.expect("the feed")
}

async fn set(app: &TestApp, sql: &'static str) {
    let mut admin = app.database.admin().await;
    sqlx::query(sql)
        .execute(&mut admin)
        .await
        .expect("it is set");
}

async fn until_connected(app: &TestApp) {
    eventually("a connection", || async {
        let feed = feed(app).await;
        (feed["heard_at"].is_string() && feed["has_gap"] == false).then_some(())
    })
    .await;
}

async fn until_an_offset(app: &TestApp) -> String {
    eventually("an offset", || async {
        feed(app).await["offset_text"].as_str().map(str::to_owned)
    })
    .await
}

/// How often an event about this person was stored.
async fn stored(app: &TestApp, user_id: &str) -> i64 {
    let count = "select count(*) from ops.webhook_inbox where body #>> '{data,object,user,user_id}' = $1 \
         and kind = 'organization.member.deleted'";
    let mut admin = app.database.admin().await;
    let count = sqlx::query_scalar(count).bind(user_id);
    count.fetch_one(&mut admin).await.expect("a count")
}

async fn end_feeds(app: &TestApp, body: &Value) {
    let end = app.sandbox_request(Method::POST, "sandbox/event-stream");
    app.send(end.json(body)).await.assert_status(200);
}

async fn until_refused(app: &TestApp, organization: &Organization, token: &str) {
    let path = format!("/v1/orgs/{}", organization.id);
    eventually("a refusal", || async {
        let answer = app.get(&path, Some(token)).await;
        (answer.status == 403).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_auth0_arrives_by_pull_alone_and_the_organization_is_told() {
    let app = pulling(true, false).await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    until_connected(&app).await;
    let before = sync(&app, &organization).await;
    assert_eq!(
        (&before["events"]["pull"], &before["events"]["push"]),
        (&json!("alive"), &json!("silent"))
    );
    remove_in_auth0(&app, &organization, &person).await;
    until_refused(&app, &organization, &token).await;
    until_the_same(&app, &organization).await;
    eventually("an event that was applied", || async {
        let events = sync(&app, &organization).await["events"].clone();
        (events["last_applied_at"].is_string() && events["last_received_at"].is_string())
            .then_some(())
    })
    .await;
    assert_eq!(stored(&app, &person.user_id).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pushed_and_pulled_an_event_counts_once() {
    let app = pulling(true, true).await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    until_connected(&app).await;
    remove_in_auth0(&app, &organization, &person).await;
    until_refused(&app, &organization, &token).await;
    eventually("both ways", || async {
        let events = sync(&app, &organization).await["events"].clone();
        (events["push"] == "alive" && events["pull"] == "alive").then_some(())
    })
    .await;
    assert_eq!(stored(&app, &person.user_id).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_end_or_a_failure_the_connection_goes_on_where_it_was() {
    let app = pulling(true, false).await;
    let organization = app.organization().await;
    until_connected(&app).await;
    for end in [
        json!({ "end_feeds": true }),
        json!({ "end_feeds_with": "timeout" }),
    ] {
        let (person, token) = app.member(&organization, Role::OrgMember).await;
        until_an_offset(&app).await;
        let before = app.calls_of(ROUTE).await;
        end_feeds(&app, &end).await;
        remove_in_auth0(&app, &organization, &person).await;
        until_refused(&app, &organization, &token).await;
        assert_eq!(stored(&app, &person.user_id).await, 1);
        assert!(app.calls_of(ROUTE).await > before);
        assert_eq!(feed(&app).await["has_gap"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_no_worker_ran_is_pulled_by_the_next_one() {
    let app = pulling(true, false).await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    until_an_offset(&app).await;
    // Nothing but an event can tell of it.
    set(
        &app,
        "update ops.mirror set reconciled_at = '2999-01-01', hinted_at = null",
    )
    .await;
    end_feeds(&app, &json!({ "end_feeds": true })).await;
    set(&app, "update ops.event_feed set holder = gen_random_uuid(), lease_until = clock_timestamp() + interval '3 seconds'").await;
    remove_in_auth0(&app, &organization, &person).await;
    assert_eq!(stored(&app, &person.user_id).await, 0);
    until_refused(&app, &organization, &token).await;
    assert_eq!(stored(&app, &person.user_id).await, 1);
    assert_eq!(feed(&app).await["has_gap"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workers_one_pulls_and_the_other_takes_over_when_it_stops() {
    let app = pulling(false, false).await;
    let first = worker(&app).await;
    until_connected(&app).await;
    let holder = feed(&app).await["holder"].clone();
    let second = worker(&app).await;
    // Long enough for the second to have asked more than once.
    let looked = app.sandbox.clock().now() + std::time::Duration::from_secs(4);
    eventually("some time", || async {
        (app.sandbox.clock().now() > looked).then_some(())
    })
    .await;
    assert_eq!(app.calls_of(ROUTE).await, 1);
    assert_eq!(feed(&app).await["holder"], holder);
    first.stop().await;
    eventually("another holder", || async {
        let feed = feed(&app).await;
        (feed["holder"].is_string() && feed["holder"] != holder && feed["heard_at"].is_string())
            .then_some(())
    })
    .await;
    second.stop().await;
    assert_eq!(feed(&app).await["holder"], Value::Null);
}

/// The pull begins anew, and what happened in between is found by comparing.
async fn recovers(app: &TestApp, forget: impl AsyncFn()) {
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    let offset = until_an_offset(app).await;
    let before = app.calls_of(ROUTE).await;
    forget().await;
    eventually("a new beginning", || async {
        let feed = feed(app).await;
        let is_new = feed["offset_text"] != offset.as_str() && feed["has_gap"] == false;
        (is_new && app.calls_of(ROUTE).await > before).then_some(())
    })
    .await;
    eventually("a comparison", || async {
        let compared = "select bool_and(reconciled_at is not null and reconciled_at >= hinted_at) from ops.mirror";
        let mut admin = app.database.admin().await;
        let compared: Option<bool> = sqlx::query_scalar(compared)
            .fetch_one(&mut admin)
            .await
            .expect("an answer");
        (compared == Some(true)).then_some(())
    })
    .await;
    remove_in_auth0(app, &organization, &person).await;
    until_refused(app, &organization, &token).await;
    until_the_same(app, &organization).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_auth0_never_gave_makes_everything_be_compared() {
    let app = pulling(true, false).await;
    recovers(&app, async || {
        end_feeds(&app, &json!({ "end_feeds": true })).await;
        set(&app, "update ops.event_feed set offset_text = 'nonsense'").await;
        end_feeds(&app, &json!({ "end_feeds": true })).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_has_expired_makes_everything_be_compared() {
    let app = pulling(true, false).await;
    recovers(&app, async || {
        end_feeds(&app, &json!({ "end_feeds_with": "cursor_expired" })).await;
    })
    .await;
}
