//! Webhooks: repeats, restarts, and the switches that make delivery worse than Stripe's.

use sandbox::SandboxConfig;
use serde_json::{Value, json};

use crate::receiver::{Receiver, SECRET};
use crate::shop::{BOUGHT, Shop};

fn ids(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_delivery_is_repeated_with_a_fresh_signature_until_it_is_accepted() {
    let shop = Shop::open().await;
    shop.receiver.answer(&[500, 302]);
    shop.post("/v1/customers", &[]).await;
    for tries in 1..=3 {
        shop.receiver.wait_for(tries).await;
        shop.sandbox.clock().advance(chrono::TimeDelta::minutes(2));
    }
    let events = shop.receiver.received();
    assert!(ids(&events).iter().all(|id| *id == events[0]["id"]));
    let signatures = shop.receiver.signatures();
    assert_ne!(signatures[0], signatures[1]);
    let path = format!("/v1/events/{}", ids(&events)[0]);
    shop.wait_until(&path, |event| event["pending_webhooks"] == 0)
        .await;
}

#[tokio::test]
async fn what_is_never_accepted_is_given_up_after_three_days() {
    let shop = Shop::open().await;
    shop.receiver.answer(&[500; 50]);
    shop.post("/v1/customers", &[]).await;
    shop.receiver.wait_for(1).await;
    // The failure is noted before the days pass: noted after them, it would be the last one.
    shop.wait_until("/sandbox/deliveries", |deliveries| {
        deliveries["waiting"][0]["attempts"] == 1
    })
    .await;
    shop.let_pass(4);
    shop.receiver.wait_for(2).await;
    let waiting = || async { shop.get("/sandbox/deliveries").await["waiting"].clone() };
    shop.wait_until("/sandbox/deliveries", |deliveries| {
        deliveries["waiting"] == json!([])
    })
    .await;
    assert_eq!(waiting().await, json!([]));
    assert_eq!(
        shop.get("/v1/events").await["data"][0]["pending_webhooks"],
        1
    );
}

#[tokio::test]
async fn undelivered_events_survive_a_restart() {
    let folder = std::env::temp_dir().join(format!("sandbox-billing-{:x}", rand::random::<u64>()));
    let config = || SandboxConfig {
        data_dir: Some(folder.clone()),
        ..SandboxConfig::default()
    };
    let shop = Shop::open_with(Receiver::start(), config()).await;
    shop.hold().await;
    shop.buy().await;
    shop.sandbox.stop().await.unwrap();
    let shop = Shop::open_with(Receiver::start(), config()).await;
    shop.control("deliveries/release", &json!({})).await;
    shop.receiver.wait_for(BOUGHT.len()).await;
    assert_eq!(shop.receiver.types(), BOUGHT);
    shop.sandbox.stop().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn held_deliveries_are_released_in_the_order_asked_for() {
    let shop = Shop::open().await;
    shop.hold().await;
    shop.buy().await;
    let order = [
        "checkout.session.completed",
        "invoice.paid",
        "customer.subscription.created",
    ];
    shop.control("deliveries/release", &json!({"order": order}))
        .await;
    shop.receiver.wait_for(BOUGHT.len()).await;
    assert_eq!(shop.receiver.types()[..3], order);
}

#[tokio::test]
async fn a_shuffled_release_loses_nothing() {
    let shop = Shop::open().await;
    shop.hold().await;
    shop.buy().await;
    let released = shop
        .control("deliveries/release", &json!({"shuffle": true}))
        .await;
    shop.receiver.wait_for(BOUGHT.len()).await;
    assert_eq!(json!(ids(&shop.receiver.received())), released["released"]);
}

#[tokio::test]
async fn dropped_events_are_found_in_the_list() {
    let shop = Shop::open().await;
    let since = shop.sandbox.clock().now().timestamp();
    shop.control("deliveries/switches", &json!({"drop": true}))
        .await;
    shop.buy().await;
    shop.control("deliveries/switches", &json!({})).await;
    shop.post("/v1/customers", &[]).await;
    assert_eq!(
        shop.receiver.wait_for(1).await[0]["type"],
        "customer.created"
    );
    let listed = shop
        .get(&format!(
            "/v1/events?created[gte]={since}&types[]=checkout.session.completed"
        ))
        .await;
    assert_eq!(
        listed["data"][0]["data"]["object"]["client_reference_id"],
        "conv-1"
    );
}

#[tokio::test]
async fn every_event_can_come_twice() {
    let shop = Shop::open().await;
    shop.control(
        "deliveries/switches",
        &json!({"copies": 2, "concurrency": 4}),
    )
    .await;
    shop.buy().await;
    let events = shop.receiver.wait_for(2 * BOUGHT.len()).await;
    let mut ids = ids(&events);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), BOUGHT.len());
}

#[tokio::test]
async fn one_event_can_be_sent_many_times_at_once() {
    let shop = Shop::open().await;
    shop.post("/v1/customers", &[]).await;
    let event = shop.receiver.wait_for(1).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = shop
        .control(
            &format!("events/{event}/resend"),
            &json!({"times": 20, "concurrent": true}),
        )
        .await;
    assert_eq!(answer["statuses"], json!(vec![200; 20]));
    assert!(ids(&shop.receiver.received()).iter().all(|id| *id == event));
    assert_eq!(shop.receiver.received().len(), 21);
}

#[tokio::test]
async fn both_secrets_sign_while_one_is_rolled() {
    let shop = Shop::open().await;
    let endpoint =
        json!({"url": shop.receiver.url(), "secret": "whsec_next", "previous_secret": SECRET});
    shop.control("webhook_endpoint", &endpoint).await;
    shop.post("/v1/customers", &[]).await;
    shop.receiver.wait_for(1).await;
    assert_eq!(shop.receiver.signatures()[0].matches("v1=").count(), 2);
}

async fn plan_fault(shop: &Shop, kind: &str, event_type: &str) {
    let url = format!("{}sandbox/faults", shop.sandbox.base_url());
    let fault = json!({"kind": kind, "path": event_type, "times": 1});
    let response = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(url)
        .json(&fault)
        .send()
        .await
        .unwrap();
    assert!(response.status().is_success());
}

#[tokio::test]
async fn planned_faults_lose_double_and_reorder_single_events() {
    let shop = Shop::open().await;
    plan_fault(&shop, "drop_event", "customer.created").await;
    plan_fault(&shop, "reorder_event", "customer.subscription.created").await;
    plan_fault(&shop, "duplicate_event", "checkout.session.completed").await;
    shop.buy().await;
    shop.receiver.wait_for(9).await;
    let expected = [
        "payment_method.attached",
        "invoice.created",
        "customer.subscription.created",
        "invoice.finalized",
        "charge.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
        "checkout.session.completed",
    ];
    assert_eq!(shop.receiver.types(), expected);
}
