//! One line of an invoice.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::account::Account;
use super::super::catalogue::Price;
use super::super::object_id;
use super::super::subscriptions::Subscription;
use super::Invoice;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    id: String,
    description: String,
    pub(crate) amount: i64,
    price: String,
    product: String,
    unit_amount: i64,
    quantity: i64,
    proration: bool,
    /// Start and end, Unix seconds.
    period: (i64, i64),
}

impl Line {
    fn new(price: &Price, quantity: i64, amount: i64, period: (i64, i64)) -> Self {
        Self {
            id: object_id::random("il_1", 23),
            description: format!("{quantity} × {}", price.interval.as_str()),
            amount,
            price: price.id.clone(),
            product: price.product.clone(),
            unit_amount: price.unit_amount,
            quantity,
            proration: false,
            period,
        }
    }

    pub(crate) fn proration(price: &Price, quantity: i64, amount: i64, period: (i64, i64)) -> Self {
        let what = if amount < 0 {
            "Unused time"
        } else {
            "Remaining time"
        };
        let description = format!("{what} on {quantity} × {}", price.interval.as_str());
        Self {
            proration: true,
            description,
            ..Self::new(price, quantity, amount, period)
        }
    }

    /// The whole of the subscription's current period.
    pub(crate) fn for_period(account: &Account, subscription: &Subscription) -> Self {
        let price = account.price(&subscription.price);
        let amount = price.unit_amount * subscription.quantity;
        Self::new(
            price,
            subscription.quantity,
            amount,
            (subscription.period_start, subscription.period_end),
        )
    }

    pub(super) fn json(&self, invoice: &Invoice) -> Value {
        json!({
            "id": self.id, "object": "line_item", "amount": self.amount, "currency": "usd",
            "description": self.description, "discount_amounts": [], "discountable": !self.proration,
            "discounts": [], "invoice": invoice.id, "livemode": false,
            "metadata": invoice.subscription_metadata,
            "parent": {
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null, "proration": self.proration,
                    "proration_details": {"credited_items": null},
                    "subscription": invoice.subscription, "subscription_item": invoice.item,
                },
                "type": "subscription_item_details",
            },
            "period": {"start": self.period.0, "end": self.period.1}, "pretax_credit_amounts": [],
            "pricing": {
                "price_details": {"price": self.price, "product": self.product}, "type": "price_details",
                "unit_amount_decimal": self.unit_amount.to_string(),
            },
            "quantity": self.quantity, "taxes": [],
        })
    }
}
