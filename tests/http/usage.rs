//! What is counted in a month, and what the plan allows of it.

use domain::Role;
use domain::usage::{Metric, Period};
use serde_json::{Value, json};
use store::DatabaseRole;
use tests::{Organization, TestApp};
use uuid::Uuid;

async fn used(app: &TestApp, team: &Organization, query: &str) -> Vec<Value> {
    let path = format!("/v1/orgs/{}/usage{query}", team.id);
    let usage = app.get(&path, Some(&team.token)).await;
    let usage = usage.assert_status(200).json();
    let counters = usage["counters"].as_array().expect("counters").iter();
    counters.map(|counter| counter["used"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_counts_in_its_month() {
    let app = TestApp::start().await;
    let mut team = app.organization().await;
    let projects = format!("/v1/orgs/{}/projects", team.id);
    for _ in 0..3 {
        app.post(&projects, &team.token, &json!({ "name": "Spring" }))
            .await
            .assert_status(201);
    }
    let id = app.invited(&team, "bo@acme.example", Role::OrgMember).await;
    let resend = format!("/v1/orgs/{}/invitations/{id}/resend", team.id);
    app.post(&resend, &team.token, &json!({}))
        .await
        .assert_status(200);
    let added = app.visitor().await;
    let addition = json!({ "user_id": added.user_id, "roles": ["org_member"] });
    let members = format!("/v1/orgs/{}/members", team.id);
    app.post(&members, &team.token, &addition)
        .await
        .assert_status(202);
    app.settled().await;
    let month = Period::of(app.sandbox.clock().now()).to_string();
    assert_eq!(used(&app, &team, "").await, [3, 2, 1]);
    app.advance("P31D").await;
    team.token = app.enter(&team, &team.admin).await;
    assert_eq!(used(&app, &team, "").await, [0, 0, 0]);
    assert_eq!(
        used(&app, &team, &format!("?period={month}")).await,
        [3, 2, 1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_or_replayed_does_not_count() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let projects = format!("/v1/orgs/{}/projects", team.id);
    app.post(&projects, &team.token, &json!({ "name": "" }))
        .await
        .assert_status(422);
    for _ in 0..3 {
        let body = json!({ "name": "Spring" });
        let request = app.request(reqwest::Method::POST, &projects, Some(&team.token));
        let request = request.header("idempotency-key", "once").json(&body);
        app.send(request).await.assert_status(201);
    }
    assert_eq!(used(&app, &team, "").await, [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_allowance_of_the_plan_ends_and_begins_again_with_the_month() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    app.get("/v1/me", Some(&person.token))
        .await
        .assert_status(200);
    let body = json!({ "name": "Spring" });
    let first = app.post("/v1/me/projects", &person.token, &body).await;
    first.assert_status(201);
    write(&app, &person.user_id, 9_998).await;
    let last = app.post("/v1/me/projects", &person.token, &body).await;
    last.assert_status(201);
    let refused = app.post("/v1/me/projects", &person.token, &body).await;
    refused.assert_problem(402, "limit_reached");
    assert_eq!(refused.json()["because"], "plan");
    assert_eq!(refused.json()["lifted_by"], "personal");
    let mine = app.get("/v1/me/entitlements", Some(&person.token)).await;
    let counter = &mine.assert_status(200).json()["allowances"][0];
    assert_eq!(
        *counter,
        json!({ "metric": "projects_created", "used": 10_000, "limit": 10_000 })
    );
    // What is used up says so; the rest goes on.
    let list = app.get("/v1/me/projects", Some(&person.token)).await;
    list.assert_status(200);
    app.advance("P31D").await;
    person.token = app.log_in(&person, None).await.expect("they may").token;
    let ended = app.post("/v1/me/projects", &person.token, &body).await;
    ended.assert_problem(402, "subscription_expired");
    let usage = app.get("/v1/me/usage", Some(&person.token)).await;
    assert_eq!(usage.assert_status(200).json()["counters"][0]["used"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_a_month_and_nothing_else() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for query in [
        "?period=2026",
        "?period=2026-13",
        "?month=2026-11",
        "?period=2026-11&period=2026-11",
    ] {
        let path = format!("/v1/orgs/{}/usage{query}", team.id);
        let refused = app.get(&path, Some(&team.token)).await;
        refused.assert_problem(400, "invalid_query");
    }
}

/// Counts so many projects of a person on their own.
async fn write(app: &TestApp, user_id: &str, projects: u32) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let individual = app.individuals(&[user_id]).await.remove(0);
    let individual: domain::IndividualId = individual.parse().expect("an id");
    let mut tx = store
        .tenant(&individual.into())
        .await
        .expect("a transaction");
    let period = Period::of(app.sandbox.clock().now());
    tx.count_usage(Metric::ProjectsCreated, period, projects, Uuid::now_v7())
        .await
        .expect("it is counted");
    tx.commit().await.expect("it is committed");
}
