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
    pub(crate) description: String,
    pub(crate) amount: i64,
    price: String,
    product: String,
    unit_amount: i64,
    quantity: i64,
    pub(crate) proration: bool,
    /// Start and end, Unix seconds.
    period: (i64, i64),
}

impl Line {
    /// So many of a price for a stretch of time.
    pub(crate) fn charge(
        account: &Account,
        price: &Price,
        quantity: i64,
        amount: i64,
        period: (i64, i64),
    ) -> Self {
        let name = account.product_name(price);
        let each = dollars(price.unit_amount);
        let interval = price.interval.as_str();
        Self {
            id: object_id::random("il_1", 23),
            description: format!("{quantity} × {name} (at {each} / {interval})"),
            amount,
            price: price.id.clone(),
            product: price.product.clone(),
            unit_amount: price.unit_amount,
            quantity,
            proration: false,
            period,
        }
    }

    /// Credit for what was paid and is not used, or the charge for the rest of a period.
    pub(crate) fn proration(self, name: &str) -> Self {
        let what = if self.amount < 0 {
            "Unused"
        } else {
            "Remaining"
        };
        let from = chrono::DateTime::from_timestamp(self.period.0, 0)
            .map(|from| from.format("%d %b %Y").to_string())
            .unwrap_or_default();
        let description = format!("{what} time on {} × {name} after {from}", self.quantity);
        Self {
            proration: true,
            description,
            ..self
        }
    }

    /// The whole of the subscription's current period; free while it is on trial.
    pub(crate) fn for_period(account: &Account, subscription: &Subscription) -> Self {
        let price = account.price(&subscription.price);
        let period = (subscription.period_start, subscription.period_end);
        if subscription.trial_end == Some(subscription.period_end) {
            let line = Self::charge(account, price, subscription.quantity, 0, period);
            let description = format!(
                "Trial period for {}",
                account.product_name(account.price(&subscription.price))
            );
            return Self {
                description,
                ..line
            };
        }
        let amount = price.unit_amount * subscription.quantity;
        Self::charge(account, price, subscription.quantity, amount, period)
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
            "quantity": self.quantity, "subtotal": self.amount, "taxes": [],
        })
    }
}

fn dollars(cents: i64) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}
