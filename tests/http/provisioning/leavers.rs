use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, TestApp, eventually};

use super::{Directory, told};

/// Every form in which an identity provider says that somebody has left.
fn forms(email: &str) -> [(&'static str, Method, Value); 6] {
    let patch = |operation: Value| json!({ "Operations": [operation] });
    [
        (
            "active false",
            Method::PATCH,
            patch(json!({ "op": "replace", "path": "active", "value": false })),
        ),
        (
            "the word False",
            Method::PATCH,
            patch(json!({ "op": "Replace", "path": "active", "value": "False" })),
        ),
        (
            "no path",
            Method::PATCH,
            patch(json!({ "op": "replace", "value": { "active": false } })),
        ),
        (
            "no path, the word False",
            Method::PATCH,
            patch(json!({ "op": "Replace", "value": { "active": "False" } })),
        ),
        (
            "PUT",
            Method::PUT,
            json!({ "userName": email, "externalId": email, "active": false }),
        ),
        ("DELETE", Method::DELETE, Value::Null),
    ]
}

/// Each form takes people out, all at once; answers how long after the identity provider's answer each was refused,
/// the quickest first.
async fn leave(directory: &Directory, of_each: usize) -> Vec<Duration> {
    let leaving = (0..of_each).flat_map(|person| {
        let email = move |form| format!("leaver-{form}-{person}@acme.example");
        (0..forms("").len()).map(move |form| leaves(directory, email(form), form))
    });
    let mut took: Vec<_> = futures::stream::iter(leaving)
        .buffer_unordered(6)
        .collect()
        .await;
    took.sort();
    took
}

async fn leaves(directory: &Directory, email: String, form: usize) -> Duration {
    let (form, method, body) = forms(&email)[form].clone();
    let user = directory.assign(&email).await;
    let token = directory.log_in(&email).await;
    let path = directory.organization();
    eventually("a member", || async {
        let answer = directory.app.get(&path, Some(&token)).await;
        (answer.status == 200).then_some(())
    })
    .await;
    let left = directory
        .send(method, &format!("Users/{user}"), &body)
        .await;
    assert!(left.status.is_success(), "{form}: {left:?}");
    let begun = Instant::now();
    let code = if form == "DELETE" {
        "membership_required"
    } else {
        "account_blocked"
    };
    directory.is_refused(&token, code).await;
    let took = begun.elapsed();
    let again = directory
        .app
        .log_in_through(&email, &directory.acme.id, &directory.connection)
        .await;
    if form != "DELETE" {
        assert!(again.is_err(), "{form}: a blocked account logs in nowhere");
    }
    took
}

/// C05 of our list of threats: by Auth0's events, and when all of them are lost, which is how long a token lives.
const BY_EVENTS: Duration = Duration::from_secs(5);
const WITHOUT_EVENTS: Duration = Duration::from_secs(600);

fn assert_within(limit: Duration, took: &[Duration]) -> String {
    let (middle, slowest) = (took[took.len() / 2], took[took.len() - 1]);
    let found = format!(
        "{} people: {middle:?} in the middle, {slowest:?} at last",
        took.len()
    );
    assert!(slowest <= limit, "{found}");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_leaving_is_refused_as_soon_as_auth0_tells() {
    let directory = Directory::of(told().await).await;
    let took = leave(&directory, 8).await;
    println!("by the event stream, {}", assert_within(BY_EVENTS, &took));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_leaving_is_refused_by_pulled_events() {
    let app = TestApp::with(Options {
        variables: vec![("AUTH0_EVENTS_PULL", "true".to_owned())],
        ..Options::default()
    })
    .await;
    let directory = Directory::of(app).await;
    let took = leave(&directory, 2).await;
    println!("by pulled events, {}", assert_within(BY_EVENTS, &took));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_leaving_is_found_by_the_comparison_with_every_event_lost() {
    let app = TestApp::with(Options {
        variables: vec![
            ("WORKER_RECONCILE_SECONDS", "1".to_owned()),
            ("WORKER_RECONCILE_READS_PER_MINUTE", "60000".to_owned()),
        ],
        ..Options::default()
    })
    .await;
    let directory = Directory::of(app).await;
    let took = leave(&directory, 2).await;
    println!(
        "by a comparison each second, {}",
        assert_within(WITHOUT_EVENTS, &took)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_active_again_is_let_in_with_the_roles_that_they_had() {
    let directory = Directory::of(told().await).await;
    let (user, token) = directory.joined("ada@acme.example").await;
    let set = |active: bool| json!([{ "op": "replace", "path": "active", "value": active }]);
    directory.patch(&user, set(false)).await;
    directory.is_refused(&token, "account_blocked").await;
    directory.patch(&user, set(true)).await;
    let path = directory.organization();
    eventually("they are let in again", || async {
        let answer = directory.app.get(&path, Some(&token)).await;
        (answer.status == 200).then_some(())
    })
    .await;
    let member = directory.member(&user).await.expect("a member");
    assert_eq!(member["roles"], json!(["org_member"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_is_taken_out_and_that_is_an_alarm_not_a_way_in() {
    let directory = Directory::of(told().await).await;
    let app = &directory.app;
    let (user, _) = directory.joined("ada@acme.example").await;
    let (_, bystander) = directory.joined("ben@acme.example").await;
    let roles = format!("{}/roles", directory.member_path(&user));
    let change = app.request(Method::PUT, &roles, Some(&directory.acme.token));
    let change = change
        .header("if-match", "*")
        .json(&json!({ "roles": ["org_admin"] }));
    let change = app.send(change).await;
    assert!(change.status.is_success(), "{change:?}");
    app.settled().await;
    let ada = directory.log_in("ada@acme.example").await;
    let buyer = directory.member_path(&directory.acme.admin.user_id);
    let removed = app
        .send(app.request(Method::DELETE, &buyer, Some(&ada)))
        .await;
    removed.assert_status(204);
    let left = json!([{ "op": "replace", "value": { "active": false } }]);
    directory.patch(&user, left).await;
    directory.is_refused(&ada, "account_blocked").await;
    eventually("the alarm", || async {
        let told: i64 = sqlx::query_scalar(
            "select count(*) from app.audit_events where org_id = $1 and action = 'organization.needs_admin'",
        )
        .bind(&directory.acme.id)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("a count");
        (told == 1).then_some(())
    })
    .await;
    let platform = format!("/v1/platform/organizations/{}", directory.acme.id);
    let shown = app.get(&platform, Some(&app.platform_token().await)).await;
    assert_eq!(shown.assert_status(200).json()["needs_admin"], true);
    let audit = format!("{}/audit-events", directory.organization());
    app.get(&audit, Some(&bystander))
        .await
        .assert_problem(403, "permission_denied");
}
