//! Money that goes back: refunds, disputes, and a customer who is deleted at Stripe.

use super::payers::switch;
use super::*;

async fn only_charge(app: &TestApp) -> Value {
    let listed = stripe(app, Method::GET, "charges?limit=100", &[]).await;
    listed["data"][0].clone()
}

async fn until_status(app: &TestApp, organization: &Organization, status: &str) -> Value {
    eventually(status, || async {
        let found = subscription(app, organization).await;
        (found["status"] == status).then_some(found)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_refund_ends_the_plan_at_once_and_a_partial_one_does_not() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let before = subscription(&app, &organization).await;
    let charge = text(&only_charge(&app).await["id"]);
    stripe(
        &app,
        Method::POST,
        "refunds",
        &[("charge", &charge), ("amount", "100")],
    )
    .await;
    app.settled().await;
    assert_eq!(subscription(&app, &organization).await, before);
    stripe(&app, Method::POST, "refunds", &[("charge", &charge)]).await;
    until_status(&app, &organization, "canceled").await;
    let subscriptions = "subscriptions?status=all";
    eventually("the end at Stripe", || async {
        let listed = stripe(&app, Method::GET, subscriptions, &[]).await;
        (listed["data"][0]["status"] == "canceled").then_some(())
    })
    .await;
    app.settled().await;
    let ended = subscription(&app, &organization).await;
    assert_eq!(ended["status"], "canceled");
    assert!(end_of(&ended) < end_of(&before));
    assert_eq!(quarantined(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_stops_growth_and_ends_the_plan_when_it_is_lost() {
    let app = TestApp::start().await;
    for (won, status) in [(true, "active"), (false, "canceled")] {
        let organization = app.organization().await;
        app.settled().await;
        let charge = text(&only_charge(&app).await["id"]);
        let dispute = dispute(&app, &charge).await;
        eventually("the dispute", || async {
            let found = subscription(&app, &organization).await;
            (found["disputed"] == true && found["status"] == "active").then_some(())
        })
        .await;
        billing(&app, &organization, "change", terms("team", "month", 9))
            .await
            .assert_problem(409, "payment_disputed");
        decide(&app, &dispute, won).await;
        let settled = until_status(&app, &organization, status).await;
        eventually("the dispute's end", || async {
            (subscription(&app, &organization).await["disputed"] == false).then_some(())
        })
        .await;
        assert_eq!(settled["plan"], "team");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_long_ago_and_is_lost_leaves_what_is_paid_now() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let first = text(&only_charge(&app).await["id"]);
    let paid = subscription(&app, &organization).await;
    pass(&app, end_of(&paid), TimeDelta::hours(3));
    let renewed = eventually("the renewal", || async {
        let found = subscription(&app, &organization).await;
        (end_of(&found) > end_of(&paid) && found["status"] == "active").then_some(found)
    })
    .await;
    let second = text(&only_charge(&app).await["id"]);
    assert_ne!(first, second, "the newest comes first");
    let of_both = (dispute(&app, &first).await, dispute(&app, &second).await);
    app.settled().await;
    decide(&app, &of_both.1, true).await;
    app.settled().await;
    let found = subscription(&app, &organization).await;
    assert_eq!(found["disputed"], true, "one of two is still open");
    decide(&app, &of_both.0, false).await;
    app.settled().await;
    let mut expected = renewed;
    expected["disputed"] = false.into();
    assert_eq!(subscription(&app, &organization).await, expected);
    assert_eq!(quarantined(&app).await, 0);
}

/// The bank asks for a charge back.
async fn dispute(app: &TestApp, charge: &str) -> Value {
    let path = format!("stripe/sandbox/charges/{charge}/dispute");
    let opened = app.sandbox_request(Method::POST, &path).json(&json!({}));
    app.send(opened).await.assert_status(200).json()
}

async fn decide(app: &TestApp, dispute: &Value, won: bool) {
    let path = format!("stripe/sandbox/disputes/{}/close", text(&dispute["id"]));
    let closed = app.sandbox_request(Method::POST, &path);
    let closed = closed.json(&json!({ "won": won }));
    app.send(closed).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_deleted_keeps_what_is_paid_and_can_buy_again() {
    let app = TestApp::start().await;
    let mut organization = app.organization().await;
    app.settled().await;
    let paid = subscription(&app, &organization).await;
    let customer = text(&only_charge(&app).await["customer"]);
    stripe(&app, Method::DELETE, &format!("customers/{customer}"), &[]).await;
    eventually("the end", || async {
        let found = subscription(&app, &organization).await;
        (found["cancel_at_period_end"] == true).then_some(())
    })
    .await;
    pass(&app, end_of(&paid), TimeDelta::days(2));
    until_status(&app, &organization, "canceled").await;
    app.settled().await;
    let page = billing(&app, &organization, "checkout", terms("team", "month", 5)).await;
    let page = text(&page.assert_status(201).json()["checkout_url"]);
    organization.admin.pay(&app, &page).await;
    until_status(&app, &organization, "active").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_was_given_back_before_we_heard_of_it_has_ended_on_both_sides() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    switch(&app, &json!({ "hold": true })).await;
    let order = json!({ "plan": "team", "interval": "month" });
    let checkout = check_out(&app, &person, order).await;
    person.pay(&app, &checkout.page).await;
    let charge = text(&only_charge(&app).await["id"]);
    stripe(&app, Method::POST, "refunds", &[("charge", &charge)]).await;
    let released = app.sandbox_request(Method::POST, "stripe/sandbox/deliveries/release");
    app.send(released.json(&json!({}))).await.assert_status(200);
    until_step(&app, &person, &checkout, "cancelled").await;
    app.settled().await;
    let listed = stripe(&app, Method::GET, "subscriptions?status=all", &[]).await;
    assert_eq!(listed["data"][0]["status"], "canceled");
    until_mine(&app, &person, "trial", "expired").await;
    assert_eq!(quarantined(&app).await, 0);
}
