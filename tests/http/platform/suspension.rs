//! A suspended organization is closed to all of its members at once, and its trail says by whom and why.

use domain::Role;
use futures::future::join_all;
use serde_json::Value;
use tests::{Organization, TestApp};

use super::{reinstate, shown, suspend};

/// Old tokens sent against a suspended organization.
const REQUESTS: usize = 1000;

async fn trail(app: &TestApp, team: &Organization) -> Vec<Value> {
    let path = format!("/v1/orgs/{}/audit-events", team.id);
    let events = app.get(&path, Some(&team.token)).await;
    let events = events.assert_status(200).json();
    let mine = |event: &&Value| {
        let action = event["action"].as_str().expect("an action");
        ["organization.suspended", "organization.reinstated"].contains(&action)
    };
    let items = events["items"].as_array().expect("items");
    items.iter().filter(mine).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn not_one_of_a_thousand_requests_with_old_tokens_passes() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (_, reader) = app.member(&team, Role::OrgReadonly).await;
    let token = app.platform_token().await;
    let tokens = [&team.token, &reader];
    let paths = ["", "/projects", "/members", "/subscription"];
    let get = |at: usize| {
        let path = format!("/v1/orgs/{}{}", team.id, paths[at % paths.len()]);
        let token = tokens[at / paths.len() % tokens.len()].clone();
        let app = &app;
        async move { app.get(&path, Some(&token)).await }
    };
    for at in 0..8 {
        get(at).await.assert_status(200);
    }
    suspend(&app, &token, &team.id, "Unpaid")
        .await
        .assert_status(200);
    let mut passed = 0;
    for batch in 0..REQUESTS / 50 {
        let answers = join_all((0..50).map(|at| get(batch * 50 + at))).await;
        for answer in answers {
            passed += usize::from(answer.status.is_success());
            answer.assert_problem(403, "org_suspended");
        }
    }
    assert_eq!(passed, 0);
    reinstate(&app, &token, &team.id, "Paid")
        .await
        .assert_status(200);
    for at in 0..8 {
        get(at).await.assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organizations_own_trail_says_who_and_why_once() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let token = app.platform_token().await;
    for reason in ["Unpaid since October", "Again"] {
        let answer = suspend(&app, &token, &team.id, reason).await;
        assert!(answer.assert_status(200).json()["suspended_at"].is_string());
    }
    assert!(shown(&app, &token, &team.id).await["suspended_at"].is_string());
    for reason in ["Paid", "Again"] {
        let answer = reinstate(&app, &token, &team.id, reason).await;
        assert!(answer.assert_status(200).json()["suspended_at"].is_null());
    }
    let events = trail(&app, &team).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["actor"].clone(), event["after"]["reason"].clone()))
        .collect();
    let by = Value::from("client:tenantry-platform");
    let expected = [("Paid"), ("Unpaid since October")];
    assert_eq!(told, expected.map(|reason| (by.clone(), reason.into())));
    let bad = suspend(&app, &token, &team.id, " ").await;
    bad.assert_problem(422, "invalid_request")
        .assert_field("reason");
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_is_not_asked() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let token = app.platform_token().await;
    app.settled().await;
    let asked = async || app.sandbox_get("sandbox/requests").await["counts"].clone();
    let before = asked().await;
    suspend(&app, &token, &team.id, "Unpaid")
        .await
        .assert_status(200);
    app.settled().await;
    let of_stripe = |counts: &Value| {
        let counts = counts.as_object().expect("counts").clone();
        let counts = counts.into_iter();
        let stripe = counts.filter(|(route, _)| route.contains("/stripe/v1"));
        stripe.collect::<Vec<_>>()
    };
    assert_eq!(of_stripe(&asked().await), of_stripe(&before));
}
