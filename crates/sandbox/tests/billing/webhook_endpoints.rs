//! End points beside each other, the roll of a secret, and chance by a seed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::SECRET;
use crate::shop::{BOUGHT, Shop};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let shop = Shop::open().await;
    let form = [
        ("url", "http://127.0.0.1:9/hooks"),
        ("enabled_events[]", "invoice.paid"),
    ];
    let made = shop.post("/v1/webhook_endpoints", &form).await;
    assert!(text(&made["secret"]).starts_with("whsec_"));
    let path = format!("/v1/webhook_endpoints/{}", text(&made["id"]));
    assert_eq!(shop.get(&path).await["secret"], json!(null));
    assert_eq!(
        shop.get("/v1/webhook_endpoints").await["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let changed = shop.post(&path, &[("disabled", "true")]).await;
    assert_eq!(changed["status"], "disabled");
    assert_eq!(shop.delete(&path).await["deleted"], true);
    assert_eq!(
        shop.api(Method::GET, &path).send().await.unwrap().status(),
        404
    );
}

#[tokio::test]
async fn each_end_point_gets_what_it_asked_for() {
    let shop = Shop::open().await;
    let second = format!("{}/second", shop.receiver.url());
    let form = [
        ("url", second.as_str()),
        ("enabled_events[]", "customer.updated"),
    ];
    let made = shop.post("/v1/webhook_endpoints", &form).await;
    let customer = text(&shop.post("/v1/customers", &[]).await["id"]);
    shop.receiver.wait_for(1).await;
    // Held, because the receiver knows the first end point's secret only.
    shop.hold().await;
    shop.post(&format!("/v1/customers/{customer}"), &[("name", "Ada")])
        .await;
    let waiting = shop.get("/sandbox/deliveries").await["waiting"].clone();
    assert_eq!(waiting.as_array().unwrap().len(), 2, "{waiting}");
    assert_eq!(
        shop.events("customer.updated").await[0]["pending_webhooks"],
        2
    );
    shop.delete(&format!("/v1/webhook_endpoints/{}", text(&made["id"])))
        .await;
}

#[tokio::test]
async fn a_rolled_secret_signs_beside_the_new_one_for_a_while() {
    let shop = Shop::open().await;
    let endpoint = text(&shop.get("/v1/webhook_endpoints").await["data"][0]["id"]);
    let roll = format!("webhook_endpoints/{endpoint}/roll");
    let rolled = shop.control(&roll, &json!({"keep_seconds": 86_400})).await;
    assert_ne!(text(&rolled["secret"]), SECRET);
    shop.post("/v1/customers", &[]).await;
    shop.receiver.wait_for(1).await;
    assert_eq!(shop.receiver.signatures()[0].matches("v1=").count(), 2);
}

async fn order_by(seed: u64) -> Vec<String> {
    let shop = Shop::open().await;
    let switches = json!({
        "hold": true, "seed": seed, "disorder": true, "drop_percent": 20, "duplicate_percent": 30,
    });
    shop.control("deliveries/switches", &switches).await;
    shop.buy().await;
    let waiting = shop.get("/sandbox/deliveries").await["waiting"].clone();
    let waiting = waiting.as_array().unwrap();
    waiting
        .iter()
        .map(|delivery| text(&delivery["type"]))
        .collect()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_disorder() {
    let first = order_by(5).await;
    assert_eq!(first, order_by(5).await);
    assert_ne!(first, order_by(6).await);
    assert_ne!(first, BOUGHT);
}

#[tokio::test]
async fn a_delayed_delivery_waits_for_the_clock() {
    let shop = Shop::open().await;
    let switches = json!({"seed": 1, "delay_seconds": 86_400});
    shop.control("deliveries/switches", &switches).await;
    shop.buy().await;
    let early = shop.receiver.received().len();
    shop.days_later(2).await;
    assert!(early < BOUGHT.len());
    assert!(shop.receiver.received().len() >= BOUGHT.len());
}
