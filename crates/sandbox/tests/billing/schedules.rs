//! What a subscription becomes at the end of its period.

use serde_json::{Value, json};

use crate::shop::Shop;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A schedule that makes one seat of the three once the period has ended.
async fn downgrade(shop: &Shop, id: &str) -> Value {
    let schedule = shop
        .post("/v1/subscription_schedules", &[("from_subscription", id)])
        .await;
    let phase = &schedule["phases"][0];
    let (start, end) = (
        phase["start_date"].to_string(),
        phase["end_date"].to_string(),
    );
    let price = text(&phase["items"][0]["price"]);
    let form = [
        ("phases[0][items][0][price]", price.as_str()),
        ("phases[0][items][0][quantity]", "3"),
        ("phases[0][start_date]", &start),
        ("phases[0][end_date]", &end),
        ("phases[1][items][0][price]", &price),
        ("phases[1][items][0][quantity]", "1"),
        ("phases[1][proration_behavior]", "none"),
        ("end_behavior", "release"),
    ];
    let path = format!("/v1/subscription_schedules/{}", text(&schedule["id"]));
    shop.post(&path, &form).await
}

#[tokio::test]
async fn a_downgrade_waits_for_the_end_of_the_period() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let schedule = downgrade(&shop, &id).await;
    assert_eq!(schedule["status"], "active");
    let before = shop.subscription(&id).await;
    assert_eq!(
        (&before["quantity"], &before["schedule"]),
        (&json!(3), &schedule["id"])
    );
    shop.days_later(32).await;
    let after = shop
        .get(&format!("/v1/subscriptions/{id}?expand[]=latest_invoice"))
        .await;
    assert_eq!(after["quantity"], 1);
    let invoice = &after["latest_invoice"];
    assert_eq!(
        (&invoice["status"], &invoice["total"]),
        (&json!("paid"), &json!(2_900))
    );
    shop.days_later(32).await;
    let released = shop.subscription(&id).await;
    assert_eq!(
        (&released["schedule"], &released["status"]),
        (&json!(null), &json!("active"))
    );
    assert_eq!(shop.events("subscription_schedule.released").await.len(), 1);
}

#[tokio::test]
async fn a_released_schedule_changes_nothing() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let schedule = text(&downgrade(&shop, &id).await["id"]);
    let (status, refused) = shop
        .try_post(
            &format!("/v1/subscriptions/{id}"),
            &[("cancel_at_period_end", "true")],
        )
        .await;
    assert_eq!(status, 400, "{refused}");
    let path = format!("/v1/subscription_schedules/{schedule}/release");
    let released = shop.post(&path, &[]).await;
    assert_eq!(
        (&released["status"], &released["released_subscription"]),
        (&json!("released"), &json!(id))
    );
    shop.days_later(32).await;
    assert_eq!(shop.subscription(&id).await["quantity"], 3);
}

#[tokio::test]
async fn a_subscription_has_one_schedule_and_takes_it_along() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let schedule = text(&downgrade(&shop, &id).await["id"]);
    let form = [("from_subscription", id.as_str())];
    assert_eq!(
        shop.try_post("/v1/subscription_schedules", &form).await.0,
        400
    );
    shop.delete(&format!("/v1/subscriptions/{id}")).await;
    let path = format!("/v1/subscription_schedules/{schedule}");
    assert_eq!(shop.get(&path).await["status"], "canceled");
}
