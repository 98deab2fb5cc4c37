//! The hosted payment page and the portal.

use serde_json::json;

use crate::shop::{BOUGHT, DECLINED_CARD, GOOD_CARD, Shop};

#[tokio::test]
async fn the_payment_page_says_what_is_bought_and_can_be_left() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    let page = reqwest::get(session["url"].as_str().unwrap())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for text in [
        "Tenantry Team",
        "$29.00",
        "$87.00",
        GOOD_CARD,
        "http://localhost:4000/cancelled",
        "lang=\"en\"",
    ] {
        assert!(page.contains(text), "{text} is missing");
    }
}

#[tokio::test]
async fn paying_leads_back_and_tells_the_shop_in_order() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    let response = shop.pay(&session, GOOD_CARD).await;
    let id = session["id"].as_str().unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(
        response.headers()["Location"],
        format!("http://localhost:4000/paid?session={id}")
    );
    let events = shop.receiver.wait_for(BOUGHT.len()).await;
    assert_eq!(shop.receiver.types(), BOUGHT);
    let completed = &events[8]["data"]["object"];
    assert_eq!(completed["client_reference_id"], "conv-1");
    assert_eq!(
        (&completed["payment_status"], &completed["status"]),
        (&json!("paid"), &json!("complete"))
    );
    assert_eq!(events[2]["data"]["object"]["id"], completed["subscription"]);
    assert_eq!(
        events[2]["data"]["object"]["metadata"]["conversion_id"],
        "conv-1"
    );
    assert_eq!(
        events[6]["data"]["object"]["parent"]["subscription_details"]["subscription"],
        completed["subscription"]
    );
}

#[tokio::test]
async fn a_declined_card_says_so_and_changes_nothing() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    for (card, reason) in [
        (DECLINED_CARD, "Your card was declined."),
        ("1234", "Your card number is invalid."),
    ] {
        let response = shop.pay(&session, card).await;
        assert_eq!(response.status(), 402);
        assert!(response.text().await.unwrap().contains(reason));
    }
    assert_eq!(shop.pay(&session, GOOD_CARD).await.status(), 303);
}

#[tokio::test]
async fn a_session_is_paid_once() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    let (one, two) = tokio::join!(shop.pay(&session, GOOD_CARD), shop.pay(&session, GOOD_CARD));
    let mut statuses = [one.status().as_u16(), two.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    assert_eq!(
        shop.get("/v1/subscriptions").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_session_that_nobody_pays_expires() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    shop.let_pass(1);
    let events = shop.receiver.wait_for(1).await;
    assert_eq!(events[0]["type"], "checkout.session.expired");
    assert_eq!(shop.pay(&session, GOOD_CARD).await.status(), 410);
    let session = shop
        .get(&format!(
            "/v1/checkout/sessions/{}",
            session["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (&session["status"], &session["url"]),
        (&json!("expired"), &json!(null))
    );
}

#[tokio::test]
async fn the_shop_can_expire_a_session() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    let path = format!(
        "/v1/checkout/sessions/{}/expire",
        session["id"].as_str().unwrap()
    );
    assert_eq!(shop.post(&path, &[]).await["status"], "expired");
    assert_eq!(shop.pay(&session, GOOD_CARD).await.status(), 410);
}
