//! Renewal, failed payment, change of plan, cancellation.

use chrono::{DateTime, Months, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{BOUGHT, Shop};

fn item(subscription: &Value) -> &Value {
    &subscription["items"]["data"][0]
}

fn time(value: &Value) -> DateTime<Utc> {
    DateTime::from_timestamp(value.as_i64().unwrap(), 0).unwrap()
}

#[tokio::test]
async fn a_month_is_a_calendar_month_on_the_item() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let subscription = shop.subscription(&id).await;
    let item = item(&subscription);
    assert_eq!(subscription["status"], "active");
    assert_eq!(item["quantity"], 3);
    assert_eq!(item["price"]["lookup_key"], "tenantry_team_month");
    assert_eq!(
        time(&item["current_period_end"]),
        time(&item["current_period_start"]) + Months::new(1)
    );
}

#[tokio::test]
async fn a_subscription_renews_when_its_period_has_passed() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let end = item(&shop.subscription(&id).await)["current_period_end"].clone();
    shop.let_pass(32);
    let events = shop.receiver.wait_for(BOUGHT.len() + 7).await;
    let types = shop.receiver.types();
    assert_eq!(
        types[BOUGHT.len()..],
        [
            "invoice.upcoming",
            "customer.subscription.updated",
            "invoice.created",
            "invoice.finalized",
            "charge.succeeded",
            "invoice.paid",
            "invoice.payment_succeeded"
        ]
    );
    assert_eq!(
        item(&shop.subscription(&id).await)["current_period_start"],
        end
    );
    let [updated, paid] = [&events[BOUGHT.len() + 1], &events[BOUGHT.len() + 5]];
    assert_eq!(
        paid["data"]["object"]["billing_reason"],
        "subscription_cycle"
    );
    assert_eq!(
        item(&json!({"items": updated["data"]["previous_attributes"]["items"]}))["current_period_end"],
        end
    );
}

#[tokio::test]
async fn a_renewal_is_charged_an_hour_after_its_period_has_begun() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let path = format!("/v1/subscriptions/{id}?expand[]=latest_invoice");
    let end = item(&shop.subscription(&id).await)["current_period_end"].clone();
    shop.let_pass_until(&end, 60);
    let begun = shop
        .wait_until(&path, |found| item(found)["current_period_start"] == end)
        .await;
    assert_eq!(
        (&begun["status"], &begun["latest_invoice"]["status"]),
        (&json!("active"), &json!("draft"))
    );
    let charge = json!(end.as_i64().unwrap() + 3600);
    assert_eq!(
        begun["latest_invoice"]["automatically_finalizes_at"],
        charge
    );
    shop.let_pass_until(&charge, 1);
    shop.wait_until(&path, |found| found["latest_invoice"]["status"] == "paid")
        .await;
}

#[tokio::test]
async fn a_payment_that_is_given_up_is_unpaid_until_it_is_made() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let control = async |action: &str| {
        let path = format!("subscriptions/{id}/{action}");
        shop.control(&path, &json!({})).await["status"].clone()
    };
    assert_eq!(control("give_up_payment").await, "unpaid");
    assert_eq!(control("renew").await, "active");
}

#[tokio::test]
async fn renewal_can_be_left_to_the_test() {
    let shop = Shop::open().await;
    shop.control("renewals", &json!({"automatic": false})).await;
    let id = shop.subscribe().await;
    let end = item(&shop.subscription(&id).await)["current_period_end"].clone();
    shop.let_pass(40);
    let renewed = shop
        .control(&format!("subscriptions/{id}/renew"), &json!({}))
        .await;
    assert_eq!(item(&renewed)["current_period_start"], end);
    shop.receiver.wait_for(BOUGHT.len() + 6).await;
    assert_eq!(shop.receiver.types().len(), BOUGHT.len() + 6);
}

#[tokio::test]
async fn a_failed_payment_leaves_it_past_due_until_it_is_paid() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let failed = shop
        .control(&format!("subscriptions/{id}/fail_payment"), &json!({}))
        .await;
    assert_eq!(failed["status"], "past_due");
    let invoice = shop
        .get(&format!(
            "/v1/invoices/{}",
            failed["latest_invoice"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (&invoice["status"], &invoice["amount_remaining"]),
        (&json!("open"), &json!(8_700))
    );
    let paid = shop
        .control(&format!("subscriptions/{id}/renew"), &json!({}))
        .await;
    assert_eq!(paid["status"], "active");
    assert_eq!(
        item(&paid)["current_period_end"],
        item(&failed)["current_period_end"]
    );
    shop.receiver.wait_for(BOUGHT.len() + 10).await;
    assert_eq!(
        shop.receiver.types()[BOUGHT.len() + 1..],
        [
            "invoice.created",
            "invoice.finalized",
            "charge.failed",
            "invoice.payment_failed",
            "customer.subscription.updated",
            "charge.succeeded",
            "invoice.paid",
            "invoice.payment_succeeded",
            "customer.subscription.updated"
        ]
    );
}

#[tokio::test]
async fn a_cancellation_takes_effect_at_the_end_of_the_period() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let path = format!("/v1/subscriptions/{id}");
    let changed = shop.post(&path, &[("cancel_at_period_end", "true")]).await;
    assert_eq!(
        (&changed["status"], &changed["cancel_at_period_end"]),
        (&json!("active"), &json!(true))
    );
    assert_eq!(changed["cancel_at"], item(&changed)["current_period_end"]);
    shop.let_pass(32);
    shop.receiver.wait_for(BOUGHT.len() + 2).await;
    assert_eq!(
        shop.receiver.types()[BOUGHT.len()..],
        [
            "customer.subscription.updated",
            "customer.subscription.deleted"
        ]
    );
    assert_eq!(shop.subscription(&id).await["status"], "canceled");
    assert_eq!(shop.get("/v1/subscriptions").await["data"], json!([]));
    assert_eq!(
        shop.get("/v1/subscriptions?status=all").await["data"][0]["id"],
        id
    );
}

#[tokio::test]
async fn a_deleted_subscription_is_over_at_once() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let path = format!("/v1/subscriptions/{id}");
    let response = shop.api(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(
        response.json::<Value>().await.unwrap()["status"],
        "canceled"
    );
    assert_eq!(
        shop.receiver.wait_for(BOUGHT.len() + 1).await[BOUGHT.len()]["type"],
        "customer.subscription.deleted"
    );
    assert_eq!(
        shop.api(Method::DELETE, &path)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}

#[tokio::test]
async fn more_seats_are_prorated_at_once_when_asked() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let item_id = item(&shop.subscription(&id).await)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][quantity]", "5"),
        ("proration_behavior", "always_invoice"),
    ];
    let changed = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    assert_eq!(item(&changed)["quantity"], 5);
    let invoice = shop
        .get(&format!(
            "/v1/invoices/{}",
            changed["latest_invoice"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (&invoice["billing_reason"], &invoice["status"]),
        (&json!("subscription_update"), &json!("paid"))
    );
    // Two more seats for nearly the whole month.
    assert!(
        (5_700..=5_800).contains(&invoice["total"].as_i64().unwrap()),
        "{}",
        invoice["total"]
    );
}

#[tokio::test]
async fn another_interval_starts_a_new_period() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let item_id = item(&shop.subscription(&id).await)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let yearly = shop.price("tenantry_team_year").await;
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][price]", &yearly),
    ];
    let changed = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    let item = item(&changed);
    assert_eq!(
        time(&item["current_period_end"]),
        time(&item["current_period_start"]) + Months::new(12)
    );
}

#[tokio::test]
async fn a_change_without_the_items_id_is_refused() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let answer = shop
        .post(
            &format!("/v1/subscriptions/{id}"),
            &[("items[0][quantity]", "5")],
        )
        .await;
    assert_eq!(answer["error"]["param"], "items[0][id]");
}
