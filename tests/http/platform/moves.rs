//! A subscription that goes to another organization: at no moment do two have it, and whatever breaks off, one does.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Options, Organization, TestApp, eventually, process};
use tokio::process::Child;

use super::subscriptions::{ended, path, shown, trail, until_claim};

const ROUNDS: u32 = 8;

async fn give(app: &TestApp, token: &str, from: &str, to: &str) -> Answer {
    let body = json!({ "to": to, "reason": "They have merged." });
    app.post(&path(from, "/move"), token, &body).await
}

fn is_live(subscription: &Value) -> bool {
    subscription["status"] == "active"
}

async fn until_live(app: &TestApp, token: &str, org_id: &str) -> Value {
    eventually("a plan that has arrived", || async {
        let found = shown(app, token, org_id).await;
        is_live(&found).then_some(found)
    })
    .await
}

/// An organization that pays and one whose plan is over.
async fn two(app: &TestApp) -> (Organization, Organization) {
    let receiver = ended(app).await;
    (app.organization().await, receiver)
}

/// In the same instant, in one statement.
async fn entitled(app: &TestApp, organizations: &[&str]) -> i64 {
    let ids: Vec<String> = organizations.iter().map(|&id| id.to_owned()).collect();
    sqlx::query_scalar(
        "select count(*) from app.subscriptions where state = 'active' and org_id = any ($1)",
    )
    .bind(ids)
    .fetch_one(&mut app.database.admin().await)
    .await
    .expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_moves_with_all_that_comes_of_it() {
    let app = TestApp::start().await;
    let (giver, receiver) = two(&app).await;
    let token = app.platform_token().await;
    app.settled().await;
    let paid = shown(&app, &token, &giver.id).await;
    give(&app, &token, &giver.id, &receiver.id)
        .await
        .assert_status(202);
    let arrived = until_live(&app, &token, &receiver.id).await;
    assert_eq!(
        (&arrived["plan"], &arrived["seats"], &arrived["ends_at"]),
        (&paid["plan"], &paid["seats"], &paid["ends_at"])
    );
    let left = shown(&app, &token, &giver.id).await;
    assert_eq!(left["status"], "canceled");
    for (team, has) in [(&giver, &left), (&receiver, &arrived)] {
        until_claim(&app, team, &has["claim"]).await;
    }
    let acts = |trail: Vec<(String, String, String)>| trail.into_iter().map(|event| event.0);
    assert!(acts(trail(&app, &giver).await).any(|did| did == "subscription.moved_out"));
    assert!(acts(trail(&app, &receiver).await).any(|did| did == "subscription.moved_in"));
    // The receiver's administrators change it from now on, and Stripe's news are theirs.
    let login = app.log_in(&receiver.admin, Some(&receiver.id)).await;
    let admin = login.expect("they are a member").token;
    let change = format!("/v1/orgs/{}/subscription/change", receiver.id);
    let more = json!({ "plan": "team", "interval": "month", "seats": 9 });
    let changed = app.post(&change, &admin, &more).await;
    assert_eq!(changed.assert_status(200).json()["seats"], 9);
    app.settled().await;
    assert_eq!(shown(&app, &token, &giver.id).await, left);
    assert_eq!(entitled(&app, &[&giver.id, &receiver.id]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_give_or_have_it_is_told_why() {
    let app = TestApp::start().await;
    let (giver, receiver) = two(&app).await;
    let token = app.platform_token().await;
    let other = app.organization().await;
    app.settled().await;
    let nobody = tests::nobodys_organization();
    for to in [&nobody, &giver.id] {
        let answer = give(&app, &token, &giver.id, to).await;
        answer
            .assert_problem(422, "invalid_request")
            .assert_field("to");
    }
    give(&app, &token, &nobody, &receiver.id)
        .await
        .assert_problem(404, "not_found");
    give(&app, &token, &giver.id, &other.id)
        .await
        .assert_problem(409, "plan_already_active");
    give(&app, &token, &receiver.id, &giver.id)
        .await
        .assert_problem(409, "checkout_required");
    assert_eq!(shown(&app, &token, &giver.id).await["status"], "active");
    assert_eq!(trail(&app, &giver).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_back_when_the_receiver_has_a_plan_meanwhile() {
    let app = without_worker().await;
    let mut worker = work(&app);
    let (giver, receiver) = two(&app).await;
    app.settled().await;
    worker.kill().await.expect("it was killed");
    let token = app.platform_token().await;
    give(&app, &token, &giver.id, &receiver.id)
        .await
        .assert_status(202);
    assert_eq!(entitled(&app, &[&giver.id, &receiver.id]).await, 0);
    let gift = json!({ "plan": "team", "until": "2030-01-01T00:00:00Z", "reason": "Quicker" });
    app.post(&path(&receiver.id, "/comp"), &token, &gift)
        .await
        .assert_status(200);
    // What is on its way is nobody's to give.
    give(&app, &token, &giver.id, &receiver.id)
        .await
        .assert_problem(409, "checkout_required");
    let _worker = work(&app);
    let back = until_live(&app, &token, &giver.id).await;
    assert_eq!((&back["plan"], &back["seats"]), (&json!("team"), &json!(5)));
    app.settled().await;
    assert_eq!(shown(&app, &token, &giver.id).await, back);
    // What Stripe says next is the giver's again.
    let change = format!("/v1/orgs/{}/subscription/change", giver.id);
    let more = json!({ "plan": "team", "interval": "month", "seats": 9 });
    let changed = app.post(&change, &giver.token, &more).await;
    assert_eq!(changed.assert_status(200).json()["seats"], 9);
}

async fn without_worker() -> TestApp {
    TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await
}

fn work(app: &TestApp) -> Child {
    let mut variables = app.variables.clone();
    variables.insert("LOG".into(), "off".into());
    process::spawn(&["work"], &variables)
}

/// Has Stripe tell of the one subscription that runs.
async fn touch_at_stripe(app: &TestApp, round: u32) {
    let running = app
        .sandbox_request(Method::GET, "stripe/v1/subscriptions?status=active")
        .bearer_auth("sk_test_tenantry");
    let running = app.send(running).await.assert_status(200).json();
    let id = running["data"][0]["id"].as_str().expect("one that runs");
    let touched = app
        .sandbox_request(Method::POST, &format!("stripe/v1/subscriptions/{id}"))
        .bearer_auth("sk_test_tenantry")
        .form(&[("metadata[round]", round.to_string())]);
    app.send(touched).await.assert_status(200);
}

async fn moves_under_way(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from ops.subscription_move where finished_at is null")
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("a count")
}

/// Two real workers that are killed again and again, and Stripe's news of the subscription all the while.
#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_and_early_news_never_make_two_of_it() {
    let app = without_worker().await;
    let mut workers = [work(&app), work(&app)];
    let (one, other) = two(&app).await;
    app.settled().await;
    let token = app.platform_token().await;
    let (mut from, mut to) = (&one, &other);
    let mut most = 0;
    for round in 0..ROUNDS {
        give(&app, &token, &from.id, &to.id)
            .await
            .assert_status(202);
        touch_at_stripe(&app, round).await;
        let victim = round as usize % workers.len();
        workers[victim].kill().await.expect("it was killed");
        workers[victim] = work(&app);
        let deadline = Instant::now() + Duration::from_secs(120);
        while moves_under_way(&app).await > 0 {
            most = most.max(entitled(&app, &[&one.id, &other.id]).await);
            assert!(Instant::now() < deadline, "round {round} does not end");
        }
        let arrived = shown(&app, &token, &to.id).await;
        assert_eq!(arrived["status"], "active", "round {round}: {arrived}");
        (from, to) = (to, from);
    }
    app.settled().await;
    assert_eq!(entitled(&app, &[&one.id, &other.id]).await, 1);
    assert!(most <= 1, "{most} had it at once");
}
