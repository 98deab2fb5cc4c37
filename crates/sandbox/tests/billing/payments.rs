//! Cards that fail, retries by the clock, and the ways back.

use serde_json::{Value, json};

use crate::shop::{GOOD_CARD, Shop};

const FAILS_LATER: &str = "pm_card_chargeCustomerFail";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Puts another card in place of the customer's.
async fn use_card(shop: &Shop, subscription: &str, token: &str) -> Value {
    let path = format!("/v1/subscriptions/{subscription}");
    shop.post(&path, &[("default_payment_method", token)]).await
}

/// Two hours into the next period: its charge was tried once.
async fn into_the_next_period(shop: &Shop, id: &str) -> Value {
    let subscription = shop.subscription(id).await;
    shop.let_pass_until(
        &subscription["items"]["data"][0]["current_period_end"],
        2 * 3600,
    );
    shop.settled().await;
    shop.get(&format!("/v1/subscriptions/{id}?expand[]=latest_invoice"))
        .await
}

#[tokio::test]
async fn a_failed_renewal_is_tried_again_four_times_and_left_unpaid() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    use_card(&shop, &id, FAILS_LATER).await;
    let failed = into_the_next_period(&shop, &id).await;
    assert_eq!(
        (&failed["status"], &failed["latest_invoice"]["status"]),
        (&json!("past_due"), &json!("open"))
    );
    for attempts in 2..=5 {
        assert_eq!(shop.subscription(&id).await["status"], "past_due");
        shop.days_later(if attempts == 2 { 1 } else { 2 }).await;
        let invoice = format!("/v1/invoices/{}", text(&failed["latest_invoice"]["id"]));
        assert_eq!(shop.get(&invoice).await["attempt_count"], attempts);
    }
    assert_eq!(shop.subscription(&id).await["status"], "unpaid");
    assert_eq!(shop.events("invoice.payment_failed").await.len(), 5);
    shop.days_later(60).await;
    assert_eq!(shop.events("invoice.payment_failed").await.len(), 0);
    assert_eq!(shop.subscription(&id).await["status"], "unpaid");
}

#[tokio::test]
async fn a_setting_cancels_after_the_last_retry() {
    let shop = Shop::open().await;
    let settings = json!({"after_retries": "cancel"});
    shop.control("renewals", &settings).await;
    let id = shop.subscribe().await;
    use_card(&shop, &id, FAILS_LATER).await;
    into_the_next_period(&shop, &id).await;
    shop.days_later(8).await;
    let over = shop.subscription(&id).await;
    assert_eq!(
        (&over["status"], &over["cancellation_details"]["reason"]),
        (&json!("canceled"), &json!("payment_failed"))
    );
}

#[tokio::test]
async fn another_card_and_the_open_invoice_bring_it_back() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    use_card(&shop, &id, FAILS_LATER).await;
    let failed = into_the_next_period(&shop, &id).await;
    let invoice = format!("/v1/invoices/{}", text(&failed["latest_invoice"]["id"]));
    let pay = format!("{invoice}/pay");
    let (status, refused) = shop.try_post(&pay, &[]).await;
    assert_eq!(
        (
            status,
            &refused["error"]["type"],
            &refused["error"]["decline_code"]
        ),
        (402, &json!("card_error"), &json!("generic_decline"))
    );
    use_card(&shop, &id, "pm_card_visa").await;
    assert_eq!(shop.post(&pay, &[]).await["status"], "paid");
    assert_eq!(shop.subscription(&id).await["status"], "active");
    assert_eq!(
        shop.post(&pay, &[]).await["error"]["code"],
        "invoice_already_paid"
    );
}

#[tokio::test]
async fn a_new_card_is_found_by_the_next_retry() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    use_card(&shop, &id, FAILS_LATER).await;
    into_the_next_period(&shop, &id).await;
    use_card(&shop, &id, "pm_card_visa").await;
    shop.days_later(1).await;
    assert_eq!(shop.subscription(&id).await["status"], "active");
}

#[tokio::test]
async fn a_change_that_cannot_be_paid_is_refused_kept_waiting_or_past_due() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let item = text(&shop.subscription(&id).await["items"]["data"][0]["id"]);
    use_card(&shop, &id, FAILS_LATER).await;
    let change = async |behavior: &str| {
        let form = [
            ("items[0][id]", item.as_str()),
            ("items[0][quantity]", "8"),
            ("proration_behavior", "always_invoice"),
            ("payment_behavior", behavior),
        ];
        shop.try_post(&format!("/v1/subscriptions/{id}"), &form)
            .await
    };
    let (status, refused) = change("error_if_incomplete").await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (402, &json!("card_declined"))
    );
    assert_eq!(shop.subscription(&id).await["quantity"], 3);
    let (status, waiting) = change("pending_if_incomplete").await;
    assert_eq!(
        (status, &waiting["quantity"], &waiting["status"]),
        (200, &json!(3), &json!("active"))
    );
    assert_eq!(
        waiting["pending_update"]["subscription_items"][0]["quantity"],
        8
    );
    shop.days_later(1).await;
    assert_eq!(shop.subscription(&id).await["pending_update"], json!(null));
    let (_, applied) = change("allow_incomplete").await;
    assert_eq!(
        (&applied["quantity"], &applied["status"]),
        (&json!(8), &json!("past_due"))
    );
}

#[tokio::test]
async fn a_pending_update_takes_effect_when_its_invoice_is_paid() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let item = text(&shop.subscription(&id).await["items"]["data"][0]["id"]);
    use_card(&shop, &id, "pm_card_authenticationRequired").await;
    let form = [
        ("items[0][id]", item.as_str()),
        ("items[0][quantity]", "8"),
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "pending_if_incomplete"),
    ];
    let waiting = shop.post(&format!("/v1/subscriptions/{id}"), &form).await;
    let invoice = text(&waiting["latest_invoice"]);
    let needs = shop.events("invoice.payment_action_required").await;
    assert_eq!(needs[0]["data"]["object"]["id"], invoice);
    let pay = format!("/v1/invoices/{invoice}/pay");
    shop.post(&pay, &[("payment_method", "pm_card_visa")]).await;
    let applied = shop.subscription(&id).await;
    assert_eq!(
        (&applied["quantity"], &applied["pending_update"]),
        (&json!(8), &json!(null))
    );
}

#[tokio::test]
async fn the_page_asks_the_owner_of_a_card_that_needs_it() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    let asked = shop.pay(&session, "4000 0025 0000 3155").await;
    assert_eq!(asked.status(), 200);
    let page = asked.text().await.unwrap();
    let method = page.split("name=\"method\" value=\"").nth(1).unwrap();
    let method = method.split('"').next().unwrap();
    let prove = async |complete: &str| {
        let url = format!("{}/proof", text(&session["url"]));
        let form = [("method", method), ("complete", complete)];
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        client
            .build()
            .unwrap()
            .post(url)
            .form(&form)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(prove("false").await.status(), 402);
    assert_eq!(prove("true").await.status(), 303);
    let paid = shop
        .get(&format!("/v1/checkout/sessions/{}", text(&session["id"])))
        .await;
    let renewed = into_the_next_period(&shop, &text(&paid["subscription"])).await;
    assert_eq!(renewed["latest_invoice"]["status"], "paid");
}

#[tokio::test]
async fn cards_that_cannot_pay_buy_nothing() {
    let shop = Shop::open().await;
    let session = shop.checkout().await;
    for card in ["4000000000009995", "4000000000000341", "4000000000000069"] {
        assert_eq!(shop.pay(&session, card).await.status(), 402, "{card}");
    }
    assert_eq!(shop.get("/v1/subscriptions").await["data"], json!([]));
    assert_eq!(shop.pay(&session, GOOD_CARD).await.status(), 303);
}

async fn customer(shop: &Shop, card: &str) -> String {
    let customer = text(&shop.post("/v1/customers", &[]).await["id"]);
    let form = [("customer", customer.as_str())];
    let attached = shop
        .post(&format!("/v1/payment_methods/{card}/attach"), &form)
        .await;
    let form = [(
        "invoice_settings[default_payment_method]",
        attached["id"].as_str().unwrap(),
    )];
    shop.post(&format!("/v1/customers/{customer}"), &form).await;
    customer
}

#[tokio::test]
async fn a_trial_is_announced_and_then_charged() {
    let shop = Shop::open().await;
    let customer = customer(&shop, "pm_card_visa").await;
    let price = shop.price("tenantry_team_month").await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", &price),
        ("trial_period_days", "14"),
    ];
    let trial = shop.post("/v1/subscriptions", &form).await;
    assert_eq!(trial["status"], "trialing");
    shop.days_later(12).await;
    assert_eq!(
        shop.events("customer.subscription.trial_will_end")
            .await
            .len(),
        1
    );
    shop.days_later(3).await;
    let begun = shop.subscription(&text(&trial["id"])).await;
    assert_eq!(begun["status"], "active");
    let paid = shop.events("invoice.paid").await;
    let amounts: Vec<_> = paid
        .iter()
        .map(|event| &event["data"]["object"]["amount_paid"])
        .collect();
    assert_eq!(amounts, [&json!(0), &json!(2_900)]);
}

#[tokio::test]
async fn a_first_invoice_that_nobody_pays_expires_within_a_day() {
    let shop = Shop::open().await;
    let customer = customer(&shop, FAILS_LATER).await;
    let price = shop.price("tenantry_team_month").await;
    let form = [("customer", customer.as_str()), ("items[0][price]", &price)];
    let begun = shop.post("/v1/subscriptions", &form).await;
    assert_eq!(begun["status"], "incomplete");
    shop.days_later(1).await;
    let id = text(&begun["id"]);
    assert_eq!(shop.subscription(&id).await["status"], "incomplete_expired");
    let invoice = format!("/v1/invoices/{}", text(&begun["latest_invoice"]));
    assert_eq!(shop.get(&invoice).await["status"], "void");
}
