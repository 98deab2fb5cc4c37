//! Money that goes back: refunds, disputes; and customers who go.

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::Shop;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A paid subscription's charge.
async fn charge(shop: &Shop) -> Value {
    shop.subscribe().await;
    shop.get("/v1/charges").await["data"][0].clone()
}

#[tokio::test]
async fn a_charge_is_refunded_in_parts_and_never_beyond_itself() {
    let shop = Shop::open().await;
    let charge = charge(&shop).await;
    let id = text(&charge["id"]);
    let part = [("charge", id.as_str()), ("amount", "3000")];
    assert_eq!(shop.post("/v1/refunds", &part).await["status"], "succeeded");
    let (status, refused) = shop
        .try_post("/v1/refunds", &[("charge", &id), ("amount", "6000")])
        .await;
    assert_eq!(
        (status, &refused["error"]["param"]),
        (400, &json!("amount"))
    );
    let rest = shop.post("/v1/refunds", &[("charge", &id)]).await;
    assert_eq!(rest["amount"], 5_700);
    let (_, refused) = shop.try_post("/v1/refunds", &[("charge", &id)]).await;
    assert_eq!(refused["error"]["code"], "charge_already_refunded");
    let events = shop.events("charge.refunded").await;
    let refunded: Vec<_> = events
        .iter()
        .map(|event| &event["data"]["object"]["refunded"])
        .collect();
    assert_eq!(refunded, [&json!(false), &json!(true)]);
    assert_eq!(
        events[1]["data"]["previous_attributes"]["amount_refunded"],
        3_000
    );
}

#[tokio::test]
async fn the_same_key_refunds_once() {
    let shop = Shop::open().await;
    let intent = text(&charge(&shop).await["payment_intent"]);
    let refund = || {
        let request = shop.api(Method::POST, "/v1/refunds");
        let request = request.header("Idempotency-Key", "refund-1");
        request
            .form(&[("payment_intent", intent.as_str()), ("amount", "100")])
            .send()
    };
    let first: Value = refund().await.unwrap().json().await.unwrap();
    let second: Value = refund().await.unwrap().json().await.unwrap();
    assert_eq!(first, second);
    assert_eq!(
        shop.get("/v1/refunds").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_intent_leads_to_the_invoice_that_it_paid() {
    let shop = Shop::open().await;
    let charge = charge(&shop).await;
    let path = format!(
        "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]={}",
        text(&charge["payment_intent"])
    );
    let found = shop.get(&path).await;
    assert_eq!(found["data"][0]["status"], "paid");
    let invoice = format!(
        "/v1/invoices/{}?expand[]=payments",
        text(&found["data"][0]["invoice"])
    );
    let invoice = shop.get(&invoice).await;
    assert_eq!(
        invoice["payments"]["data"][0]["payment"]["payment_intent"],
        charge["payment_intent"]
    );
}

#[tokio::test]
async fn a_dispute_is_opened_and_closed_by_the_test() {
    let shop = Shop::open().await;
    let charge = text(&charge(&shop).await["id"]);
    let opened = shop
        .control(&format!("charges/{charge}/dispute"), &json!({}))
        .await;
    assert_eq!(opened["status"], "needs_response");
    let (_, refused) = shop.try_post("/v1/refunds", &[("charge", &charge)]).await;
    assert_eq!(refused["error"]["code"], "charge_disputed");
    let close = format!("disputes/{}/close", text(&opened["id"]));
    let closed = shop.control(&close, &json!({"won": false})).await;
    assert_eq!(closed["status"], "lost");
    for kind in ["charge.dispute.created", "charge.dispute.closed"] {
        assert_eq!(
            shop.events(kind).await[0]["data"]["object"]["charge"],
            charge
        );
    }
}

#[tokio::test]
async fn a_deleted_customer_takes_their_subscriptions_along() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let customer = text(&shop.subscription(&id).await["customer"]);
    let path = format!("/v1/customers/{customer}");
    assert_eq!(shop.delete(&path).await["deleted"], true);
    assert_eq!(
        shop.get(&path).await,
        json!({"id": customer, "object": "customer", "deleted": true})
    );
    assert_eq!(shop.subscription(&id).await["status"], "canceled");
    assert_eq!(
        shop.events("customer.deleted").await[0]["data"]["object"]["email"],
        "ada@example.com"
    );
    assert_eq!(shop.get("/v1/customers").await["data"], json!([]));
}
