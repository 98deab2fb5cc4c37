//! A subscription that runs: what its next period needs, and what else Stripe may say of it.

use super::*;

async fn only_subscription(app: &TestApp) -> String {
    let listed = app
        .sandbox_request(Method::GET, "stripe/v1/subscriptions")
        .bearer_auth("sk_test_tenantry");
    let listed = app.send(listed).await.assert_status(200).json();
    text(&listed["data"][0]["id"])
}

/// An organization whose next period has begun and is not charged yet; the end of what is paid.
async fn before_the_charge(app: &TestApp) -> (Organization, String, DateTime<Utc>) {
    let organization = app.organization().await;
    app.settled().await;
    let paid_until = end_of(&subscription(app, &organization).await);
    pass(app, paid_until, TimeDelta::minutes(5));
    let id = only_subscription(app).await;
    eventually("the next period", || async {
        let path = format!("stripe/v1/subscriptions/{id}");
        let request = app.sandbox_request(Method::GET, &path);
        let found = app.send(request.bearer_auth("sk_test_tenantry")).await;
        let start = &found.json()["items"]["data"][0]["current_period_start"];
        (*start == paid_until.timestamp()).then_some(())
    })
    .await;
    app.settled().await;
    (organization, id, paid_until)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_period_counts_once_it_is_paid() {
    let app = TestApp::start().await;
    let (organization, _, paid_until) = before_the_charge(&app).await;
    let waiting = subscription(&app, &organization).await;
    assert_eq!(
        (waiting["status"].as_str(), end_of(&waiting)),
        (Some("active"), paid_until)
    );
    pass(&app, paid_until, TimeDelta::minutes(61));
    eventually("the renewal", || async {
        let renewed = end_of(&subscription(&app, &organization).await);
        (renewed > paid_until + TimeDelta::days(27)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_renewal_gives_the_grace_and_no_free_period() {
    let app = TestApp::start().await;
    let (organization, id, paid_until) = before_the_charge(&app).await;
    stripe_does(&app, &id, "fail_payment").await;
    app.settled().await;
    let late = subscription(&app, &organization).await;
    assert_eq!(late["status"], "past_due");
    assert!(end_of(&late) < paid_until + TimeDelta::days(15), "{late}");
    stripe_does(&app, &id, "cancel").await;
    app.settled().await;
    let ended = subscription(&app, &organization).await;
    assert_eq!(ended["status"], "canceled");
    assert!(end_of(&ended) < paid_until + TimeDelta::hours(1), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_before_the_charge_has_ended() {
    let app = TestApp::start().await;
    let (organization, id, paid_until) = before_the_charge(&app).await;
    stripe_does(&app, &id, "cancel").await;
    app.settled().await;
    let ended = subscription(&app, &organization).await;
    assert_eq!(ended["status"], "canceled");
    assert!(end_of(&ended) < paid_until + TimeDelta::hours(1), "{ended}");
}

async fn change_price(app: &TestApp, lookup_key: &str) {
    let id = only_subscription(app).await;
    let found = |path: String| async move {
        let request = app.sandbox_request(Method::GET, &path);
        app.send(request.bearer_auth("sk_test_tenantry"))
            .await
            .json()
    };
    let current = found(format!("stripe/v1/subscriptions/{id}")).await;
    let prices = found(format!("stripe/v1/prices?lookup_keys[]={lookup_key}")).await;
    let item = text(&current["items"]["data"][0]["id"]);
    let price = text(&prices["data"][0]["id"]);
    let form = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", price.as_str()),
    ];
    change_at_stripe(app, &id, &form).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_another_plan_changes_nothing_and_is_set_aside() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let before = subscription(&app, &organization).await;
    change_price(&app, "tenantry_personal_year").await;
    assert!(quarantined(&app).await > 0);
    assert_eq!(subscription(&app, &organization).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_interval_of_the_same_plan_is_followed() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    change_price(&app, "tenantry_team_year").await;
    assert_eq!(quarantined(&app).await, 0);
    let changed = subscription(&app, &organization).await;
    assert_eq!(changed["interval"], "year");
    let stored: String =
        sqlx::query_scalar("select stripe_price from app.subscriptions where org_id = $1")
            .bind(&organization.id)
            .fetch_one(&mut app.database.admin().await)
            .await
            .expect("a row");
    assert_eq!(stored, "tenantry_team_year");
}
