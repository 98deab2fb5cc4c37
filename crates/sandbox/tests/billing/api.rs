//! Keys, parameters, errors, idempotency and lists.

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::Shop;

async fn refusal(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"].clone())
}

#[tokio::test]
async fn only_a_known_secret_key_is_let_in() {
    let shop = Shop::open().await;
    let (status, error) = refusal(
        shop.request(Method::GET, "/v1/prices")
            .bearer_auth("sk_test_other"),
    )
    .await;
    assert_eq!(
        (status, &error["type"]),
        (401, &json!("invalid_request_error"))
    );
    assert!(!error.to_string().contains("sk_test_other"));
    assert_eq!(
        refusal(shop.request(Method::GET, "/v1/prices")).await.0,
        401
    );
}

#[tokio::test]
async fn prices_are_found_by_lookup_key_in_cents() {
    let shop = Shop::open().await;
    let found = shop
        .get("/v1/prices?lookup_keys[]=tenantry_team_year&active=true&limit=1")
        .await;
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let price = &found["data"][0];
    assert_eq!(
        (&price["unit_amount"], &price["currency"]),
        (&json!(29_000), &json!("usd"))
    );
    assert_eq!(price["recurring"]["interval"], "year");
    let product = shop
        .get(&format!(
            "/v1/products/{}",
            price["product"].as_str().unwrap()
        ))
        .await;
    assert_eq!(product["name"], "Tenantry Team");
}

#[tokio::test]
async fn misspelt_missing_and_unknown_are_told_apart() {
    let shop = Shop::open().await;
    let post = |path: &str| shop.api(Method::POST, path);
    let (status, error) = refusal(post("/v1/customers").form(&[("emial", "a@example.com")])).await;
    assert_eq!(
        (status, &error["code"], &error["param"]),
        (400, &json!("parameter_unknown"), &json!("emial"))
    );
    let (status, error) =
        refusal(post("/v1/checkout/sessions").form(&[("success_url", "http://x/")])).await;
    assert_eq!(
        (status, &error["code"], &error["param"]),
        (400, &json!("parameter_missing"), &json!("mode"))
    );
    let (status, error) = refusal(shop.api(Method::GET, "/v1/subscriptions/sub_none")).await;
    assert_eq!((status, &error["code"]), (404, &json!("resource_missing")));
    assert_eq!(refusal(shop.api(Method::GET, "/v1/nonsense")).await.0, 404);
}

#[tokio::test]
async fn the_same_key_and_parameters_give_the_first_answer_again() {
    let shop = Shop::open().await;
    let create = || {
        let request = shop
            .api(Method::POST, "/v1/customers")
            .header("Idempotency-Key", "key-1");
        request.form(&[("email", "ada@example.com")]).send()
    };
    let first = create().await.unwrap();
    assert!(first.headers().get("Idempotent-Replayed").is_none());
    let second = create().await.unwrap();
    assert_eq!(second.headers()["Idempotent-Replayed"], "true");
    let bodies: [Value; 2] = [first.json().await.unwrap(), second.json().await.unwrap()];
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(
        shop.get("/v1/customers").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_key_cannot_be_used_for_another_request_until_a_day_has_passed() {
    let shop = Shop::open().await;
    let create = |email: &'static str| {
        shop.api(Method::POST, "/v1/customers")
            .header("Idempotency-Key", "key-1")
            .form(&[("email", email)])
    };
    create("ada@example.com").send().await.unwrap();
    let (status, error) = refusal(create("ben@example.com")).await;
    assert_eq!((status, &error["type"]), (400, &json!("idempotency_error")));
    shop.let_pass(1);
    assert_eq!(
        create("ben@example.com").send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn a_list_is_walked_newest_first_without_gaps() {
    let shop = Shop::open().await;
    for n in 0..5 {
        shop.post("/v1/customers", &[("name", &n.to_string())])
            .await;
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = shop.get(&format!("/v1/customers?limit=2{after}")).await;
        let data = page["data"].as_array().unwrap();
        seen.extend(
            data.iter()
                .map(|customer| customer["name"].as_str().unwrap().to_owned()),
        );
        if page["has_more"] == false {
            break;
        }
        after = format!(
            "&starting_after={}",
            data.last().unwrap()["id"].as_str().unwrap()
        );
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn ids_in_an_answer_expand_on_request() {
    let shop = Shop::open().await;
    let id = shop.subscribe().await;
    let expanded = shop
        .get(&format!(
            "/v1/subscriptions/{id}?expand[]=customer&expand[]=latest_invoice"
        ))
        .await;
    assert_eq!(expanded["customer"]["email"], "ada@example.com");
    assert_eq!(expanded["latest_invoice"]["amount_paid"], 8_700);
}

#[tokio::test]
async fn what_costs_a_million_is_not_sold_at_once() {
    let shop = Shop::open().await;
    let price = shop.price("tenantry_enterprise_year").await;
    let session = async |quantity: &str| {
        let form = [
            ("mode", "subscription"),
            ("line_items[0][price]", price.as_str()),
            ("line_items[0][quantity]", quantity),
            ("success_url", "http://localhost:4000/paid"),
        ];
        shop.post("/v1/checkout/sessions", &form).await
    };
    assert_eq!(session("1694").await["status"], "open");
    assert_eq!(session("1695").await["error"]["code"], "amount_too_large");
}
