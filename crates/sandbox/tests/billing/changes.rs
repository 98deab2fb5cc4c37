//! Changes in the middle of a period: what they cost, to the second, and what a preview says before.

use serde_json::{Value, json};

use crate::shop::Shop;

const DAY: i64 = 24 * 3600;

fn item(subscription: &Value) -> &Value {
    &subscription["items"]["data"][0]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A clock that stands still but for its advances would be exact; ours runs, so the test names its instant.
async fn ten_days_in(shop: &Shop, id: &str) -> (String, i64, i64, i64) {
    let subscription = shop.subscription(id).await;
    let start = item(&subscription)["current_period_start"]
        .as_i64()
        .unwrap();
    let end = item(&subscription)["current_period_end"].as_i64().unwrap();
    shop.let_pass_until(&item(&subscription)["current_period_start"], 10 * DAY);
    (
        text(&item(&subscription)["id"]).to_owned(),
        start,
        end,
        start + 10 * DAY,
    )
}

fn share(cents: i64, start: i64, end: i64, at: i64) -> i64 {
    let exact = cents as f64 * (end - at) as f64 / (end - start) as f64;
    exact.round() as i64
}

fn prorations(invoice: &Value) -> Vec<i64> {
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let proration =
        |line: &&Value| line["parent"]["subscription_item_details"]["proration"] == true;
    let amounts = lines.iter().filter(proration);
    amounts
        .map(|line| line["amount"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_preview_and_the_change_agree_to_the_cent() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let (item_id, start, end, at) = ten_days_in(&shop, &id).await;
    let enterprise = shop.price("tenantry_enterprise_month").await;
    let date = at.to_string();
    let expected = [
        -share(3 * 2_900, start, end, at),
        share(5 * 5_900, start, end, at),
    ];
    let preview = shop
        .post(
            "/v1/invoices/create_preview",
            &[
                ("subscription", id.as_str()),
                ("subscription_details[items][0][id]", &item_id),
                ("subscription_details[items][0][price]", &enterprise),
                ("subscription_details[items][0][quantity]", "5"),
                ("subscription_details[proration_behavior]", "always_invoice"),
                ("subscription_details[proration_date]", &date),
            ],
        )
        .await;
    assert_eq!(prorations(&preview), expected);
    assert_eq!(preview["amount_due"], expected.iter().sum::<i64>());
    assert_eq!(
        shop.get("/v1/invoices").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][price]", &enterprise),
        ("items[0][quantity]", "5"),
        ("proration_behavior", "always_invoice"),
        ("proration_date", &date),
        ("expand[]", "latest_invoice"),
    ];
    let changed = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    let invoice = &changed["latest_invoice"];
    assert_eq!(prorations(invoice), expected);
    assert_eq!(
        (&invoice["status"], &invoice["amount_paid"]),
        (&json!("paid"), &preview["amount_due"])
    );
    assert_eq!(item(&changed)["current_period_end"], end);
}

#[tokio::test]
async fn a_default_proration_waits_for_the_next_invoice() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let (item_id, start, end, at) = ten_days_in(&shop, &id).await;
    let date = at.to_string();
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][quantity]", "4"),
        ("proration_date", &date),
    ];
    let changed = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    assert_eq!(
        shop.get("/v1/invoices").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let expected = [
        -share(3 * 2_900, start, end, at),
        share(4 * 2_900, start, end, at),
    ];
    let upcoming = shop
        .post("/v1/invoices/create_preview", &[("subscription", &id)])
        .await;
    assert_eq!(prorations(&upcoming), expected);
    assert_eq!(upcoming["total"], expected.iter().sum::<i64>() + 4 * 2_900);
    shop.let_pass_until(&item(&changed)["current_period_end"], 2 * 3600);
    shop.settled().await;
    let renewed = shop
        .get(&format!("/v1/subscriptions/{id}?expand[]=latest_invoice"))
        .await;
    assert_eq!(renewed["latest_invoice"]["total"], upcoming["total"]);
}

#[tokio::test]
async fn without_prorations_nothing_is_charged_until_the_period_ends() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let (item_id, ..) = ten_days_in(&shop, &id).await;
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][quantity]", "9"),
        ("proration_behavior", "none"),
    ];
    shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    let upcoming = shop
        .post("/v1/invoices/create_preview", &[("subscription", &id)])
        .await;
    assert_eq!(upcoming["total"], 9 * 2_900);
    assert_eq!(prorations(&upcoming), [0; 0]);
}

#[tokio::test]
async fn what_a_cheaper_plan_leaves_becomes_credit_that_the_next_invoice_uses() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let (item_id, start, end, at) = ten_days_in(&shop, &id).await;
    let date = at.to_string();
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][quantity]", "2"),
        ("proration_behavior", "always_invoice"),
        ("proration_date", &date),
        ("expand[]", "latest_invoice"),
    ];
    let changed = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    let credit = share(2 * 2_900, start, end, at) - share(3 * 2_900, start, end, at);
    let invoice = &changed["latest_invoice"];
    assert_eq!(
        (
            &invoice["total"],
            &invoice["amount_due"],
            &invoice["ending_balance"]
        ),
        (&json!(credit), &json!(0), &json!(credit))
    );
    let customer = format!("/v1/customers/{}", text(&changed["customer"]));
    assert_eq!(shop.get(&customer).await["balance"], credit);
    shop.let_pass_until(&item(&changed)["current_period_end"], 2 * 3600);
    shop.settled().await;
    let renewed = shop
        .get(&format!("/v1/subscriptions/{id}?expand[]=latest_invoice"))
        .await;
    assert_eq!(renewed["latest_invoice"]["amount_paid"], 2 * 2_900 + credit);
    assert_eq!(shop.get(&customer).await["balance"], 0);
}

#[tokio::test]
async fn a_yearly_plan_credits_the_month_and_begins_at_once() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let (item_id, start, end, at) = ten_days_in(&shop, &id).await;
    let yearly = shop.price("tenantry_team_year").await;
    let date = at.to_string();
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][price]", &yearly),
        ("proration_date", &date),
        ("expand[]", "latest_invoice"),
    ];
    let changed = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    let credit = share(3 * 2_900, start, end, at);
    assert_eq!(changed["latest_invoice"]["total"], 3 * 29_000 - credit);
    assert_eq!(
        changed["billing_cycle_anchor"],
        item(&changed)["current_period_start"]
    );
}

#[tokio::test]
async fn a_scheduled_end_is_previewed_made_and_taken_back() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let path = format!("/v1/subscriptions/{id}");
    let form = [
        ("cancel_at_period_end", "true"),
        ("cancellation_details[feedback]", "too_expensive"),
    ];
    let cancelled = shop.post(&path, &form).await;
    assert_eq!(
        cancelled["cancellation_details"]["feedback"],
        "too_expensive"
    );
    let preview = shop
        .post("/v1/invoices/create_preview", &[("subscription", &id)])
        .await;
    assert_eq!(preview["error"]["code"], "invoice_upcoming_none");
    let resumed = shop.post(&path, &[("cancel_at_period_end", "false")]).await;
    assert_eq!(
        (&resumed["canceled_at"], &resumed["cancel_at"]),
        (&json!(null), &json!(null))
    );
    let end = shop.sandbox.clock().now().timestamp() + 45 * DAY;
    let ends = shop.post(&path, &[("cancel_at", &end.to_string())]).await;
    assert_eq!(ends["cancel_at"], end);
    shop.days_later(46).await;
    let over = shop.subscription(&id).await;
    assert_eq!(
        (&over["status"], &over["ended_at"]),
        (&json!("canceled"), &json!(end))
    );
}

#[tokio::test]
async fn a_cancellation_now_gives_back_what_is_unused_when_asked() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    ten_days_in(&shop, &id).await;
    let over = shop
        .delete(&format!(
            "/v1/subscriptions/{id}?prorate=true&invoice_now=true"
        ))
        .await;
    assert_eq!(over["status"], "canceled");
    let customer = format!("/v1/customers/{}", text(&over["customer"]));
    let balance = shop.get(&customer).await["balance"].as_i64().unwrap();
    assert!((-6_300..=-5_600).contains(&balance), "{balance}");
    let moved = shop.get(&format!("{customer}/balance_transactions")).await;
    assert_eq!(moved["data"][0]["amount"], balance);
}

#[tokio::test]
async fn previous_attributes_say_only_what_changed() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    shop.post(&format!("/v1/subscriptions/{id}"), &[("metadata[a]", "1")])
        .await;
    let updated = shop.events("customer.subscription.updated").await;
    let [event] = updated.as_slice() else {
        panic!("{updated:?}");
    };
    assert_eq!(
        event["data"]["previous_attributes"],
        json!({"metadata": {"a": null}})
    );
    assert_eq!(event["api_version"], "2025-09-30.clover");
    assert!(text(&event["request"]["id"]).starts_with("req_"));
}

#[tokio::test]
async fn another_interval_behind_a_trial_is_charged_when_the_trial_ends() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let (item_id, _, end, _) = ten_days_in(&shop, &id).await;
    let year = shop.price("tenantry_team_year").await;
    let form = [
        ("items[0][id]", item_id.as_str()),
        ("items[0][price]", &year),
        ("proration_behavior", "none"),
        ("trial_end", &end.to_string()),
    ];
    let path = format!("/v1/subscriptions/{id}");
    let before = shop.get("/v1/charges").await["data"].clone();
    let changed = shop.post(&path, &form).await;
    assert_eq!(changed["status"], "trialing");
    assert_eq!(item(&changed)["current_period_end"], end);
    assert_eq!(shop.get("/v1/charges").await["data"], before);
    shop.let_pass_until(&json!(end), 3_700);
    let charged = |found: &Value| found["data"] != before;
    let charges = shop.wait_until("/v1/charges", charged).await;
    let renewed = shop.subscription(&id).await;
    assert_eq!(renewed["status"], "active");
    assert_eq!(item(&renewed)["current_period_start"], end);
    assert_eq!(charges["data"][0]["amount"], 3 * 29_000);
}
