//! A subscription as Stripe writes it.

use serde_json::{Value, json};

use super::super::account::Account;
use super::Subscription;

impl Subscription {
    pub(crate) fn json(&self, account: &Account) -> Value {
        let mut object = constant_json();
        for (name, value) in [
            ("id", json!(self.id)),
            ("billing_cycle_anchor", json!(self.anchor)),
            ("cancel_at", json!(self.ends_at())),
            ("cancel_at_period_end", json!(self.cancel_at_period_end)),
            ("canceled_at", json!(self.canceled_at)),
            ("cancellation_details", self.cancellation_json()),
            ("created", json!(self.created)),
            ("customer", json!(self.customer)),
            ("default_payment_method", json!(self.payment_method)),
            ("description", json!(self.description)),
            ("ended_at", json!(self.ended_at)),
            ("items", self.items_json(account)),
            ("latest_invoice", json!(self.latest_invoice)),
            ("metadata", json!(self.metadata)),
            ("pending_update", self.pending_update_json(account)),
            ("plan", account.price(&self.price).plan_json()),
            ("quantity", json!(self.quantity)),
            ("schedule", json!(self.schedule)),
            ("start_date", json!(self.created)),
            ("status", json!(self.status.as_str())),
            ("trial_end", json!(self.trial_end)),
            ("trial_start", json!(self.trial_start)),
        ] {
            object[name] = value;
        }
        object
    }

    fn cancellation_json(&self) -> Value {
        let asked = self.canceled_at.map(|_| "cancellation_requested");
        let said = &self.cancellation;
        json!({
            "comment": said.comment, "feedback": said.feedback, "reason": said.reason.as_deref().or(asked),
        })
    }

    fn items_json(&self, account: &Account) -> Value {
        let price = account.price(&self.price);
        json!({
            "object": "list",
            "data": [{
                "id": self.item, "object": "subscription_item", "billing_thresholds": null, "created": self.created,
                "current_period_end": self.period_end, "current_period_start": self.period_start, "discounts": [],
                "metadata": {}, "plan": price.plan_json(), "price": price.json(), "quantity": self.quantity,
                "subscription": self.id, "tax_rates": [],
            }],
            "has_more": false, "total_count": 1,
            "url": format!("/v1/subscription_items?subscription={}", self.id),
        })
    }

    fn pending_update_json(&self, account: &Account) -> Value {
        let Some(pending) = &self.pending_update else {
            return Value::Null;
        };
        json!({
            "billing_cycle_anchor": null, "expires_at": pending.expires_at,
            "subscription_items": [{
                "id": self.item, "object": "subscription_item", "billing_thresholds": null, "created": self.created,
                "discounts": [], "metadata": {}, "price": account.price(&pending.price).json(),
                "quantity": pending.quantity, "subscription": self.id, "tax_rates": [],
            }],
            "trial_end": null, "trial_from_plan": null,
        })
    }
}

fn constant_json() -> Value {
    json!({
        "object": "subscription", "application": null, "application_fee_percent": null,
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
        "billing_cycle_anchor_config": null,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_thresholds": null,
        "collection_method": "charge_automatically", "currency": "usd", "customer_account": null,
        "days_until_due": null, "default_source": null, "default_tax_rates": [],
        "discounts": [], "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
        "livemode": false, "next_pending_invoice_item_invoice": null, "on_behalf_of": null,
        "pause_collection": null,
        "payment_settings": {
            "payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": null, "pending_setup_intent": null,
        "test_clock": null, "transfer_data": null,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    })
}
