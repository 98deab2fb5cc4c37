//! Products and prices as `tenantry billing` writes them.

use serde_json::{Value, json};

use crate::shop::Shop;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn new_price(shop: &Shop, product: &str, key: &str, transfer: &str) -> (u16, Value) {
    let form = [
        ("product", product),
        ("currency", "usd"),
        ("unit_amount", "3100"),
        ("recurring[interval]", "month"),
        ("lookup_key", key),
        ("transfer_lookup_key", transfer),
    ];
    shop.try_post("/v1/prices", &form).await
}

#[tokio::test]
async fn a_lookup_key_moves_only_when_asked() {
    let shop = Shop::open().await;
    let old = shop.price("tenantry_team_month").await;
    let product = text(&shop.get(&format!("/v1/prices/{old}")).await["product"]);
    let (status, refused) = new_price(&shop, &product, "tenantry_team_month", "false").await;
    assert_eq!(
        (status, &refused["error"]["param"]),
        (400, &json!("lookup_key"))
    );
    let (status, new) = new_price(&shop, &product, "tenantry_team_month", "true").await;
    assert_eq!((status, &new["unit_amount"]), (200, &json!(3_100)));
    assert_eq!(json!(shop.price("tenantry_team_month").await), new["id"]);
    let old = shop.get(&format!("/v1/prices/{old}")).await;
    assert_eq!(
        (&old["lookup_key"], &old["unit_amount"]),
        (&json!(null), &json!(2_900))
    );
}

#[tokio::test]
async fn an_archived_price_leaves_the_list_of_active_ones() {
    let shop = Shop::open().await;
    let price = shop.price("tenantry_team_month").await;
    let path = format!("/v1/prices/{price}");
    assert_eq!(
        shop.post(&path, &[("active", "false")]).await["active"],
        false
    );
    let count = async |query: &str| {
        let found = shop.get(&format!("/v1/prices?limit=100{query}")).await;
        found["data"].as_array().unwrap().len()
    };
    assert_eq!(
        (
            count("").await,
            count("&active=true").await,
            count("&active=false").await
        ),
        (6, 5, 1)
    );
}

#[tokio::test]
async fn a_product_is_made_and_changed_with_its_events() {
    let shop = Shop::open().await;
    let form = [("name", "Add-on"), ("metadata[plan]", "addon")];
    let product = shop.post("/v1/products", &form).await;
    let path = format!("/v1/products/{}", text(&product["id"]));
    shop.post(&path, &[("name", "Extra"), ("active", "false")])
        .await;
    let updated = shop.events("product.updated").await;
    assert_eq!(updated[0]["data"]["previous_attributes"]["name"], "Add-on");
    assert_eq!(
        shop.get("/v1/products?active=true").await["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}
