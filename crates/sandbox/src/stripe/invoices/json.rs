//! An invoice as Stripe writes it.

use serde_json::{Value, json};

use super::{Invoice, Status};

/// The members that are the same in every invoice of ours.
const CONSTANT: &str = r#"{
    "object": "invoice", "account_country": "US", "account_name": "Tenantry", "account_tax_ids": null,
    "amount_overpaid": 0, "amount_shipping": 0, "application": null,
    "automatic_tax": {
        "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null
    },
    "collection_method": "charge_automatically", "currency": "usd",
    "custom_fields": null, "customer_account": null, "customer_address": null, "customer_name": null,
    "customer_phone": null,
    "customer_shipping": null, "customer_tax_exempt": "none", "customer_tax_ids": [],
    "default_payment_method": null, "default_source": null, "default_tax_rates": [], "description": null,
    "discounts": [], "due_date": null, "footer": null, "from_invoice": null, "hosted_invoice_url": null,
    "invoice_pdf": null, "issuer": {"type": "self"}, "last_finalization_error": null,
    "latest_revision": null, "livemode": false, "metadata": {},
    "on_behalf_of": null,
    "payment_settings": {
        "default_mandate": null, "payment_method_options": null, "payment_method_types": null
    },
    "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "receipt_number": null,
    "rendering": null, "shipping_cost": null, "shipping_details": null,
    "statement_descriptor": null, "test_clock": null, "total_discount_amounts": [],
    "total_pretax_credit_amounts": [], "total_taxes": [], "webhooks_delivered_at": null
}"#;

impl Invoice {
    pub(crate) fn json(&self) -> Value {
        let (total, due) = (self.total(), self.due());
        let paid = if self.status == Status::Paid { due } else { 0 };
        let advances = match self.status {
            Status::Draft => self.charge_at.is_some(),
            Status::Open => self.next_attempt.is_some(),
            Status::Paid | Status::Void | Status::Uncollectible => false,
        };
        let mut object: Value = serde_json::from_str(CONSTANT).expect("it is JSON");
        for (name, value) in [
            ("id", json!(self.id)),
            ("amount_due", json!(due)),
            ("amount_paid", json!(paid)),
            ("amount_remaining", json!(due - paid)),
            ("attempt_count", json!(self.attempts)),
            ("attempted", json!(self.attempts > 0)),
            ("auto_advance", json!(advances)),
            ("automatically_finalizes_at", json!(self.charge_at)),
            ("billing_reason", json!(self.billing_reason)),
            ("created", json!(self.created)),
            ("customer", json!(self.customer)),
            ("customer_email", json!(self.customer_email)),
            ("effective_at", json!(self.finalized_at)),
            (
                "ending_balance",
                json!(self.balance.map(|(_, ending)| ending)),
            ),
            ("lines", self.lines_json()),
            (
                "next_payment_attempt",
                json!(self.next_attempt.or(self.charge_at)),
            ),
            ("number", json!(self.number)),
            ("parent", self.parent_json()),
            ("period_end", json!(self.period.1)),
            ("period_start", json!(self.period.0)),
            (
                "starting_balance",
                json!(self.balance.map_or(0, |(before, _)| before)),
            ),
            ("status", json!(self.status)),
            ("status_transitions", self.transitions_json()),
            ("subtotal", json!(total)),
            ("subtotal_excluding_tax", json!(total)),
            ("total", json!(total)),
            ("total_excluding_tax", json!(total)),
        ] {
            object[name] = value;
        }
        object
    }

    fn lines_json(&self) -> Value {
        let data: Vec<_> = self.lines.iter().map(|line| line.json(self)).collect();
        let url = format!("/v1/invoices/{}/lines", self.id);
        json!({"object": "list", "total_count": data.len(), "data": data, "has_more": false, "url": url})
    }

    pub(super) fn parent_json(&self) -> Value {
        json!({
            "quote_details": null,
            "subscription_details": {"metadata": self.subscription_metadata, "subscription": self.subscription},
            "type": "subscription_details",
        })
    }

    fn transitions_json(&self) -> Value {
        json!({
            "finalized_at": self.finalized_at, "marked_uncollectible_at": self.uncollectible_at,
            "paid_at": self.paid_at, "voided_at": self.voided_at,
        })
    }

    /// The `invoice_payment` that links it to its payment intent.
    pub(super) fn payment_json(&self) -> Option<Value> {
        let intent = self.payment_intent.as_ref()?;
        let (status, paid) = match self.status {
            Status::Paid => ("paid", Some(self.due())),
            Status::Void => ("canceled", None),
            Status::Draft | Status::Open | Status::Uncollectible => ("open", None),
        };
        Some(json!({
            "id": self.payment, "object": "invoice_payment", "amount_paid": paid, "amount_requested": self.due(),
            "created": self.finalized_at, "currency": "usd", "invoice": self.id, "is_default": true,
            "livemode": false, "payment": {"payment_intent": intent, "type": "payment_intent"}, "status": status,
            "status_transitions": {"canceled_at": self.voided_at, "paid_at": self.paid_at},
        }))
    }
}
