//! The customer portal, as a person with a browser uses it.

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::shop::Shop;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

struct Visit {
    url: String,
    token: String,
    http: Client,
}

impl Visit {
    /// A new session; `form` is what the merchant says beside the customer.
    async fn begin(shop: &Shop, subscription: &str, form: &[(&str, &str)]) -> Self {
        let customer = text(&shop.subscription(subscription).await["customer"]);
        let mut all = vec![
            ("customer", customer.as_str()),
            ("return_url", "http://localhost:4000/back"),
        ];
        all.extend(form);
        let session = shop.post("/v1/billing_portal/sessions", &all).await;
        let http = Client::builder().no_proxy().redirect(Policy::none());
        let mut visit = Self {
            url: text(&session["url"]),
            token: String::new(),
            http: http.build().unwrap(),
        };
        let page = visit.page().await;
        let token = page.split("name=\"token\" value=\"").nth(1);
        let token = token.map(|rest| rest.split('"').next().unwrap().to_owned());
        visit.token = token.unwrap_or_default();
        visit
    }

    async fn page(&self) -> String {
        let response = self.http.get(&self.url).send().await.unwrap();
        response.text().await.unwrap()
    }

    async fn send(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let mut all = vec![("token", self.token.as_str())];
        all.extend(form);
        let url = format!("{}/{path}", self.url);
        let response = self.http.post(url).form(&all).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

/// Lets customers change plan and seats.
async fn open_updates(shop: &Shop) {
    let configuration = shop.get("/v1/billing_portal/configurations").await["data"][0].clone();
    let price = shop.price("tenantry_enterprise_month").await;
    let product = text(&shop.get(&format!("/v1/prices/{price}")).await["product"]);
    let form = [
        ("features[subscription_update][enabled]", "true"),
        (
            "features[subscription_update][default_allowed_updates][]",
            "price",
        ),
        (
            "features[subscription_update][default_allowed_updates][1]",
            "quantity",
        ),
        (
            "features[subscription_update][proration_behavior]",
            "always_invoice",
        ),
        (
            "features[subscription_update][products][0][product]",
            &product,
        ),
        (
            "features[subscription_update][products][0][prices][0]",
            &price,
        ),
    ];
    let path = format!(
        "/v1/billing_portal/configurations/{}",
        text(&configuration["id"])
    );
    let changed = shop.post(&path, &form).await;
    assert_eq!(
        changed["features"]["subscription_update"]["enabled"], true,
        "{changed}"
    );
}

#[tokio::test]
async fn the_portal_cancels_and_resumes() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let visit = Visit::begin(&shop, &id, &[]).await;
    assert!(
        visit
            .page()
            .await
            .contains("Cancel at the end of the period")
    );
    for (wish, expected) in [("cancel", true), ("resume", false)] {
        let (status, _) = visit.send(&format!("{id}/{wish}"), &[]).await;
        assert_eq!(status, 303);
        assert_eq!(
            shop.subscription(&id).await["cancel_at_period_end"],
            expected
        );
    }
}

#[tokio::test]
async fn a_form_from_elsewhere_does_nothing() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let mut visit = Visit::begin(&shop, &id, &[]).await;
    visit.token = "of another page".to_owned();
    let (status, _) = visit.send(&format!("{id}/cancel"), &[]).await;
    assert_eq!(status, 403);
    assert_eq!(shop.subscription(&id).await["cancel_at_period_end"], false);
}

#[tokio::test]
async fn the_page_shows_plan_card_and_invoices() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let page = Visit::begin(&shop, &id, &[]).await.page().await;
    for text in [
        "Tenantry Team",
        "$87.00",
        "Visa ending in 4242",
        "-0001",
        "http://localhost:4000/back",
    ] {
        assert!(page.contains(text), "{text} is missing");
    }
    assert!(!page.contains("Change the plan"));
}

#[tokio::test]
async fn plan_and_seats_are_changed_where_the_configuration_says_so() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let enterprise = shop.price("tenantry_enterprise_month").await;
    let form = [("price", enterprise.as_str()), ("quantity", "4")];
    let closed = Visit::begin(&shop, &id, &[]).await;
    assert_eq!(closed.send(&format!("{id}/update"), &form).await.0, 410);
    open_updates(&shop).await;
    let visit = Visit::begin(&shop, &id, &[]).await;
    let (status, page) = visit.send(&format!("{id}/update"), &form).await;
    assert_eq!(status, 303, "{page}");
    let changed = shop.subscription(&id).await;
    assert_eq!(
        (
            &changed["quantity"],
            &changed["items"]["data"][0]["price"]["id"]
        ),
        (&json!(4), &json!(enterprise))
    );
    let other = shop.price("tenantry_personal_month").await;
    let (status, page) = visit
        .send(&format!("{id}/update"), &[("price", &other)])
        .await;
    assert_eq!(status, 402);
    assert!(page.contains("not offered"));
}

#[tokio::test]
async fn another_card_pays_what_is_open() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let visit = Visit::begin(&shop, &id, &[]).await;
    let card = async |number: &str| visit.send("card", &[("card", number)]).await;
    assert!(
        card("4000000000009995")
            .await
            .1
            .contains("insufficient funds")
    );
    assert_eq!(card("4000000000000341").await.0, 303);
    let end = shop.subscription(&id).await["items"]["data"][0]["current_period_end"].clone();
    shop.let_pass_until(&end, 2 * 3600);
    shop.settled().await;
    let failed = shop.subscription(&id).await;
    assert_eq!(failed["status"], "past_due");
    let visit = Visit::begin(&shop, &id, &[]).await;
    let pay = format!("invoice/{}/pay", text(&failed["latest_invoice"]));
    assert_eq!(visit.send(&pay, &[]).await.0, 402);
    let card = async |number: &str| visit.send("card", &[("card", number)]).await;
    assert_eq!(card("4242424242424242").await.0, 303);
    assert_eq!(visit.send(&pay, &[]).await.0, 303);
    assert_eq!(shop.subscription(&id).await["status"], "active");
}

#[tokio::test]
async fn a_flow_offers_only_what_it_is_about() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let flow = [
        ("flow_data[type]", "subscription_cancel"),
        ("flow_data[subscription_cancel][subscription]", id.as_str()),
    ];
    let visit = Visit::begin(&shop, &id, &flow).await;
    let page = visit.page().await;
    assert!(page.contains("Cancel at the end") && !page.contains("Replace the card"));
    let card = visit.send("card", &[("card", "4242424242424242")]).await;
    assert_eq!(card.0, 410);
}
