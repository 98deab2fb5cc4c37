//! The way to a plan: one person's purchases beside each other, and those that take a turn.

use tests::{WEBHOOK_SECRET, stripe_signature};

use super::payers::switch;
use super::*;

fn personal(interval: &str) -> Value {
    json!({ "plan": "personal", "interval": interval })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_plan_that_is_paid_beside_a_team_without_a_name_begins_after_it() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let open = check_out(&app, &person, personal("month")).await;
    let team = pay_unnamed(&app, &mut person, "team").await;
    app.post("/v1/me/checkout", &person.token, &personal("month"))
        .await
        .assert_problem(409, "conflict");
    person.pay(&app, &open.page).await;
    name(&app, &person, &team, "first-the-team").await;
    until_mine(&app, &person, "personal", "active").await;
    assert_eq!(quarantined(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_and_paid_again_becomes_an_organization() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let team = pay_unnamed(&app, &mut person, "team").await;
    let subscription = subscription_of(&app, &team.id).await;
    stripe_does(&app, &subscription, "give_up_payment").await;
    until_step(&app, &person, &team, "cancelled").await;
    until_mine(&app, &person, "trial", "expired").await;
    stripe_does(&app, &subscription, "renew").await;
    until_step(&app, &person, &team, "activation").await;
    let done = name(&app, &person, &team, "paid-again").await;
    assert_eq!(done["organization"]["name"], "paid-again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_and_ended_before_we_heard_of_either_is_kept_to_its_end() {
    let app = TestApp::start().await;
    let (mut person, mut buyer) = (app.visitor().await, app.visitor().await);
    switch(&app, &json!({ "hold": true })).await;
    let own = check_out(&app, &person, personal("month")).await;
    person.pay(&app, &own.page).await;
    let team = json!({ "plan": "team", "interval": "month" });
    let team = check_out(&app, &buyer, team).await;
    buyer.pay(&app, &team.page).await;
    let listed = stripe(&app, Method::GET, "subscriptions", &[]).await;
    for found in listed["data"].as_array().expect("a list") {
        let path = format!("subscriptions/{}", text(&found["id"]));
        stripe(&app, Method::DELETE, &path, &[]).await;
    }
    let released = app.sandbox_request(Method::POST, "stripe/sandbox/deliveries/release");
    app.send(released.json(&json!({}))).await.assert_status(200);
    until_mine(&app, &person, "personal", "active").await;
    until_step(&app, &buyer, &team, "activation").await;
    // Nothing goes on by itself until it has a name.
    app.settled().await;
    let done = name(&app, &buyer, &team, "paid-and-ended").await;
    app.settled().await;
    let path = format!(
        "/v1/orgs/{}/subscription",
        text(&done["organization"]["org_id"])
    );
    let org_id = text(&done["organization"]["org_id"]);
    let admin = app
        .log_in(&buyer, Some(&org_id))
        .await
        .expect("they log in");
    let theirs = app.get(&path, Some(&admin.token)).await.json();
    let mine = mine(&app, &person).await;
    for (plan, found) in [("personal", mine), ("team", theirs)] {
        let kept = (
            &found["plan"],
            &found["status"],
            &found["cancel_at_period_end"],
        );
        assert_eq!(
            kept,
            (&json!(plan), &json!("active"), &json!(true)),
            "{found}"
        );
    }
    assert_eq!(quarantined(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_whose_page_never_came_to_be_is_free_again_after_a_day() {
    let app = TestApp::start().await;
    let (hapless, other) = (app.visitor().await, app.visitor().await);
    let fault = json!({
        "method": "POST", "path": "/stripe/v1/checkout/sessions", "kind": "status", "status": 503, "times": 3,
    });
    let planned = app.sandbox_request(Method::POST, "sandbox/faults");
    app.send(planned.json(&fault)).await;
    let order = json!({
        "plan": "team", "interval": "month",
        "organization": { "name": "never-paid", "display_name": "Never paid" },
    });
    app.post("/v1/me/checkout", &hapless.token, &order)
        .await
        .assert_problem(503, "billing_unavailable");
    app.post("/v1/me/checkout", &other.token, &order)
        .await
        .assert_problem(409, "organization_name_taken");
    app.advance("PT26H").await;
    let other = again(&app, other).await;
    eventually("the name", || async {
        let answer = app.post("/v1/me/checkout", &other.token, &order).await;
        (answer.status == 201).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_can_be_charged_at_once_is_refused_with_the_field() {
    let app = TestApp::start().await;
    let person = app.visitor().await;
    let order = json!({ "plan": "enterprise", "interval": "year", "seats": 1695 });
    let answer = app.post("/v1/me/checkout", &person.token, &order).await;
    answer.assert_problem(422, "invalid_request");
    assert_eq!(answer.json()["errors"][0]["field"], "seats");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_personal_checkout_goes_on_with_the_page_of_the_first() {
    let app = TestApp::start().await;
    let person = app.visitor().await;
    let first = check_out(&app, &person, personal("month")).await;
    let second = check_out(&app, &person, personal("month")).await;
    assert_eq!((first.id, first.page), (second.id, second.page));
    app.post("/v1/me/checkout", &person.token, &personal("year"))
        .await
        .assert_problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_personal_plan_that_is_paid_all_the_same_is_set_aside() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let first = check_out(&app, &person, personal("month")).await;
    // As if the page had been open for a day; then another may be opened.
    sqlx::query("update app.conversions set created_at = created_at - interval '1 day'")
        .execute(&mut app.database.admin().await)
        .await
        .expect("an older conversion");
    let second = check_out(&app, &person, personal("year")).await;
    person.pay(&app, &first.page).await;
    until_mine(&app, &person, "personal", "active").await;
    person.pay(&app, &second.page).await;
    eventually("a person's attention", || async {
        (quarantined(&app).await > 0).then_some(())
    })
    .await;
    assert_eq!(mine(&app, &person).await["interval"], "month");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_plan_that_is_paid_late_is_not_credited_to_the_team() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let personal = check_out(&app, &person, personal("year")).await;
    person.pay(&app, &personal.page).await;
    let paid = until_mine(&app, &person, "personal", "active").await;
    let subscription = subscription_of(&app, &personal.id).await;
    pass(&app, end_of(&paid), TimeDelta::minutes(5));
    stripe_does(&app, &subscription, "fail_payment").await;
    app.settled().await;
    pass(&app, end_of(&paid), TimeDelta::days(20));
    let mut person = again(&app, person).await;
    let team = pay_unnamed(&app, &mut person, "team").await;
    let waiting = mine(&app, &person).await;
    stripe_does(&app, &subscription, "renew").await;
    eventually("the late payment's news", || async {
        let deliveries = app.sandbox_get("stripe/sandbox/deliveries").await;
        (deliveries["waiting"] == json!([])).then_some(())
    })
    .await;
    assert_eq!(mine(&app, &person).await, waiting);
    name(&app, &person, &team, "on-its-own").await;
    until_mine(&app, &person, "personal", "active").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organization_does_not_take_the_payment_of_the_next() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let team = pay_unnamed(&app, &mut person, "team").await;
    let enterprise = pay_unnamed(&app, &mut person, "enterprise").await;
    name(&app, &person, &team, "the-first").await;
    until_mine(&app, &person, "enterprise", "activation").await;
    name(&app, &person, &enterprise, "the-second").await;
    until_mine(&app, &person, "trial", "expired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_before_the_organization_exists_is_kept() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let team = pay_unnamed(&app, &mut person, "team").await;
    let subscription = subscription_of(&app, &team.id).await;
    change_at_stripe(&app, &subscription, &[("cancel_at_period_end", "true")]).await;
    app.settled().await;
    let done = name(&app, &person, &team, "cancelled-early").await;
    app.settled().await;
    let id = text(&done["organization"]["org_id"]);
    let login = app.log_in(&person, Some(&id)).await;
    let token = login.expect("they are a member").token;
    let path = format!("/v1/orgs/{id}/subscription");
    let found = app.get(&path, Some(&token)).await.json();
    assert_eq!(found["cancel_at_period_end"], true, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_payments_that_cannot_be_read_is_kept_for_a_person() {
    let app = TestApp::start().await;
    for (id, kind) in [("evt_1", "invoice.paid"), ("evt_2", "charge.updated")] {
        let body = json!({ "id": id, "type": kind }).to_string();
        let signature = stripe_signature(WEBHOOK_SECRET, app.now(), &body);
        let answer = app.stripe_webhook(&body, &[signature.as_str()]).await;
        answer.assert_status(200);
    }
    eventually("one of the two", || async {
        (quarantined(&app).await == 1).then_some(())
    })
    .await;
}
