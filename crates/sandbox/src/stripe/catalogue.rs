//! Products and prices: the seeded catalogue, and the end points that read it.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::call::{Ask, Call};
use super::error::StripeError;
use super::object_id;
use super::pages;
use super::period::Interval;
use super::shelf::Shelf;

/// 2026-01-01T00:00:00Z: seeds are older than anything that a clock in use could make.
const SEEDED_AT: i64 = 1_767_225_600;

/// Plan, monthly and yearly price in cents.
const PLANS: [(&str, i64, i64); 3] = [
    ("personal", 1_200, 12_000),
    ("team", 2_900, 29_000),
    ("enterprise", 5_900, 59_000),
];

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Product {
    id: String,
    pub(crate) name: String,
    default_price: String,
    created: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Price {
    pub(crate) id: String,
    pub(crate) product: String,
    lookup_key: String,
    pub(crate) interval: Interval,
    /// US cents.
    pub(crate) unit_amount: i64,
    created: i64,
}

pub(crate) fn seeds() -> (Shelf<Product>, Shelf<Price>) {
    let (mut products, mut prices) = (Shelf::default(), Shelf::default());
    for (plan, month, year) in PLANS {
        let product = object_id::random("prod_", 14);
        let mut price = |interval: Interval, unit_amount| {
            let id = object_id::random("price_", 24);
            let lookup_key = format!("tenantry_{plan}_{}", interval.as_str());
            let (product, created) = (product.clone(), SEEDED_AT);
            prices.insert(
                &id,
                Price {
                    id: id.clone(),
                    product,
                    lookup_key,
                    interval,
                    unit_amount,
                    created,
                },
            );
            id
        };
        let default_price = price(Interval::Month, month);
        price(Interval::Year, year);
        let name = format!("Tenantry {}{}", plan[..1].to_uppercase(), &plan[1..]);
        products.insert(
            &product,
            Product {
                id: product.clone(),
                name,
                default_price,
                created: SEEDED_AT,
            },
        );
    }
    (products, prices)
}

impl Product {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "product", "active": true, "created": self.created, "updated": self.created,
            "default_price": self.default_price, "description": null, "images": [], "livemode": false,
            "marketing_features": [], "metadata": {}, "name": self.name, "package_dimensions": null,
            "shippable": null, "statement_descriptor": null, "tax_code": null, "type": "service",
            "unit_label": "seat", "url": null,
        })
    }
}

impl Price {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "price", "active": true, "billing_scheme": "per_unit",
            "created": self.created, "currency": "usd", "custom_unit_amount": null, "livemode": false,
            "lookup_key": self.lookup_key, "metadata": {}, "nickname": null, "product": self.product,
            "recurring": {
                "interval": self.interval.as_str(), "interval_count": 1, "meter": null,
                "trial_period_days": null, "usage_type": "licensed",
            },
            "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null, "type": "recurring",
            "unit_amount": self.unit_amount, "unit_amount_decimal": self.unit_amount.to_string(),
        })
    }

    /// The older `plan` object, which Stripe still sends beside the price.
    pub(crate) fn plan_json(&self) -> Value {
        json!({
            "id": self.id, "object": "plan", "active": true, "amount": self.unit_amount,
            "amount_decimal": self.unit_amount.to_string(), "billing_scheme": "per_unit", "created": self.created,
            "currency": "usd", "interval": self.interval.as_str(), "interval_count": 1, "livemode": false,
            "metadata": {}, "meter": null, "nickname": null, "product": self.product, "tiers_mode": null,
            "transform_usage": null, "trial_period_days": null, "usage_type": "licensed",
        })
    }
}

#[get("/v1/prices")]
pub(crate) async fn list_prices(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "active",
            "created",
            "currency",
            "ending_before",
            "limit",
            "lookup_keys",
            "product",
            "recurring",
            "starting_after",
            "type",
        ])?;
        let keys = ask.params.texts("lookup_keys")?;
        let product = ask.params.text("product")?;
        let active = ask.params.boolean("active")?.unwrap_or(true);
        let matching = account.prices.newest_first().filter(|(_, price)| {
            active
                && (keys.is_empty() || keys.contains(&price.lookup_key.as_str()))
                && product.is_none_or(|product| product == price.product)
        });
        pages::list(matching, ask, "/v1/prices", |price| price.json())
    })
}

#[get("/v1/prices/{id}")]
pub(crate) async fn show_price(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| price(account, ask, &id))
}

fn price(account: &Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&[])?;
    Ok(account
        .prices
        .get(id)
        .ok_or_else(|| StripeError::no_such("price", id))?
        .json())
}

#[get("/v1/products")]
pub(crate) async fn list_products(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "active",
            "ending_before",
            "ids",
            "limit",
            "starting_after",
        ])?;
        let ids = ask.params.texts("ids")?;
        let active = ask.params.boolean("active")?.unwrap_or(true);
        let matching = account
            .products
            .newest_first()
            .filter(|(id, _)| active && (ids.is_empty() || ids.contains(id)));
        pages::list(matching, ask, "/v1/products", Product::json)
    })
}

#[get("/v1/products/{id}")]
pub(crate) async fn show_product(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account
            .products
            .get(&id)
            .ok_or_else(|| StripeError::no_such("product", &id))?
            .json())
    })
}
