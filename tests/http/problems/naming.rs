//! Naming an organization when that is not possible, or no longer.

use serde_json::{Value, json};
use tests::{Answer, TestApp};

use super::{assert_names, checkout};

async fn rename(app: &TestApp, token: &str, conversion: &str, body: &Value) -> Answer {
    let path = format!("/v1/me/conversions/{conversion}/organization");
    app.put(&path, token, body).await
}

async fn ordered(app: &TestApp, token: &str, order: &Value) -> String {
    let created = checkout(app, token, order).await;
    let created = created.assert_status(201).json();
    created["conversion_id"].as_str().expect("an id").to_owned()
}

fn team() -> Value {
    json!({ "plan": "team", "interval": "month" })
}

fn named(name: &str) -> Value {
    json!({ "name": name, "display_name": "A name" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_name_is_refused_and_leaves_the_conversion_as_it_was() {
    let app = TestApp::start().await;
    let token = app.visitor().await.token;
    let id = ordered(&app, &token, &team()).await;
    let before = app.rows_that_mention(std::slice::from_ref(&id)).await;
    for (body, field, code) in [
        (named("ab"), "name", "too_short"),
        (named("org_acme"), "name", "reserved_prefix"),
        (
            json!({ "name": "acme", "display_name": "<b>" }),
            "display_name",
            "invalid_character",
        ),
        (json!({ "name": "acme" }), "display_name", "required"),
        (
            json!({ "name": "acme", "display_name": "A", "keep_projects_personal": 1 }),
            "keep_projects_personal",
            "wrong_type",
        ),
    ] {
        assert_names(&rename(&app, &token, &id, &body).await, field, code);
    }
    assert_eq!(app.rows_that_mention(&[id]).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_plan_has_nothing_to_name() {
    let app = TestApp::start().await;
    let token = app.visitor().await.token;
    let personal = json!({ "plan": "personal", "interval": "month" });
    let id = ordered(&app, &token, &personal).await;
    rename(&app, &token, &id, &named("acme"))
        .await
        .assert_problem(409, "no_organization_in_plan");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_conversion_has_is_taken_and_the_own_one_is_kept() {
    let app = TestApp::start().await;
    let (one, two) = (app.visitor().await.token, app.visitor().await.token);
    let first = ordered(&app, &one, &team()).await;
    let second = ordered(&app, &two, &team()).await;
    rename(&app, &one, &first, &named("wanted"))
        .await
        .assert_status(200);
    rename(&app, &two, &second, &named("second-best"))
        .await
        .assert_status(200);
    rename(&app, &two, &second, &named("wanted"))
        .await
        .assert_problem(409, "organization_name_taken");
    rename(&app, &one, &first, &named("second-best"))
        .await
        .assert_problem(409, "organization_name_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_that_is_done_keeps_its_name_and_takes_the_same_again() {
    let app = TestApp::start().await;
    let buyer = app.buyer().await;
    app.converted(&buyer).await;
    app.settled().await;
    let token = &buyer.person.token;
    let before = app.row_counts().await;
    rename(&app, token, &buyer.conversion_id, &named("another"))
        .await
        .assert_problem(409, "organization_already_named");
    let same = json!({ "name": buyer.name, "display_name": "A team" });
    rename(&app, token, &buyer.conversion_id, &same)
        .await
        .assert_status(200);
    assert_eq!(app.row_counts().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_that_was_taken_back_or_set_aside_cannot_be_named() {
    let app = TestApp::start().await;
    let token = app.visitor().await.token;
    for (step, code) in [
        ("cancelling", "conversion_cancelled"),
        ("cancelled", "conversion_cancelled"),
        ("parked", "organization_already_named"),
    ] {
        let id = ordered(&app, &token, &team()).await;
        sqlx::query("update app.conversions set step = $1 where id = $2::uuid")
            .bind(step)
            .bind(&id)
            .execute(&mut app.database.admin().await)
            .await
            .expect("it is set");
        rename(&app, &token, &id, &named("too-late"))
            .await
            .assert_problem(409, code);
    }
}
