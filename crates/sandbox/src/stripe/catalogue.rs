//! Products and prices, and the catalogue that is there from the start.

pub(crate) mod prices;
pub(crate) mod products;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::object_id;
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
    pub(crate) id: String,
    pub(crate) name: String,
    default_price: Option<String>,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    unit_label: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    created: i64,
    #[serde(default)]
    updated: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Price {
    pub(crate) id: String,
    pub(crate) product: String,
    pub(crate) lookup_key: Option<String>,
    pub(crate) interval: Interval,
    /// US cents.
    pub(crate) unit_amount: i64,
    #[serde(default = "yes")]
    pub(crate) active: bool,
    #[serde(default)]
    nickname: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    created: i64,
}

fn yes() -> bool {
    true
}

/// What a product and its monthly and yearly price are named after.
pub(crate) fn seeds() -> (Shelf<Product>, Shelf<Price>) {
    let (mut products, mut prices) = (Shelf::default(), Shelf::default());
    for (plan, month, year) in PLANS {
        let product = object_id::random("prod_", 14);
        let monthly = seeded_price(plan, &product, Interval::Month, month);
        let yearly = seeded_price(plan, &product, Interval::Year, year);
        let default_price = Some(monthly.id.clone());
        for price in [monthly, yearly] {
            prices.insert(&price.id.clone(), price);
        }
        let seeded = Product {
            id: product.clone(),
            name: format!("Tenantry {}{}", plan[..1].to_uppercase(), &plan[1..]),
            default_price,
            active: true,
            description: None,
            unit_label: Some("seat".to_owned()),
            metadata: BTreeMap::from([("plan".to_owned(), plan.to_owned())]),
            created: SEEDED_AT,
            updated: SEEDED_AT,
        };
        products.insert(&product, seeded);
    }
    (products, prices)
}

fn seeded_price(plan: &str, product: &str, interval: Interval, unit_amount: i64) -> Price {
    Price {
        id: object_id::random("price_", 24),
        product: product.to_owned(),
        lookup_key: Some(format!("tenantry_{plan}_{}", interval.as_str())),
        interval,
        unit_amount,
        active: true,
        nickname: None,
        metadata: BTreeMap::new(),
        created: SEEDED_AT,
    }
}

impl Product {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "product", "active": self.active, "created": self.created,
            "updated": self.updated, "default_price": self.default_price, "description": self.description,
            "images": [], "livemode": false, "marketing_features": [], "metadata": self.metadata, "name": self.name,
            "package_dimensions": null, "shippable": null, "statement_descriptor": null, "tax_code": null,
            "type": "service", "unit_label": self.unit_label, "url": null,
        })
    }
}

impl Price {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "price", "active": self.active, "billing_scheme": "per_unit",
            "created": self.created, "currency": "usd", "custom_unit_amount": null, "livemode": false,
            "lookup_key": self.lookup_key, "metadata": self.metadata, "nickname": self.nickname,
            "product": self.product,
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
            "id": self.id, "object": "plan", "active": self.active, "amount": self.unit_amount,
            "amount_decimal": self.unit_amount.to_string(), "billing_scheme": "per_unit", "created": self.created,
            "currency": "usd", "interval": self.interval.as_str(), "interval_count": 1, "livemode": false,
            "metadata": self.metadata, "meter": null, "nickname": self.nickname, "product": self.product,
            "tiers_mode": null, "transform_usage": null, "trial_period_days": null, "usage_type": "licensed",
        })
    }
}
