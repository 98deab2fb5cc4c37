//! Invoices: made by the stand-in itself when a subscription starts, renews or changes; only read through the API.

mod line;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

pub(crate) use line::Line;

/// The members that are the same in every invoice of ours.
const CONSTANT: &str = r#"{
    "object": "invoice", "account_country": "US", "account_name": "Tenantry", "account_tax_ids": null,
    "amount_overpaid": 0, "amount_shipping": 0, "application": null,
    "automatic_tax": {
        "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null
    },
    "collection_method": "charge_automatically", "currency": "usd",
    "custom_fields": null, "customer_address": null, "customer_name": null, "customer_phone": null,
    "customer_shipping": null, "customer_tax_exempt": "none", "customer_tax_ids": [],
    "default_payment_method": null, "default_source": null, "default_tax_rates": [], "description": null,
    "discounts": [], "due_date": null, "footer": null, "from_invoice": null, "hosted_invoice_url": null,
    "invoice_pdf": null, "issuer": {"type": "self"}, "last_finalization_error": null,
    "latest_revision": null, "livemode": false, "metadata": {}, "next_payment_attempt": null,
    "on_behalf_of": null,
    "payment_settings": {
        "default_mandate": null, "payment_method_options": null, "payment_method_types": null
    },
    "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "receipt_number": null,
    "rendering": null, "shipping_cost": null, "shipping_details": null, "starting_balance": 0,
    "statement_descriptor": null, "test_clock": null, "total_discount_amounts": [],
    "total_pretax_credit_amounts": [], "total_taxes": [], "webhooks_delivered_at": null
}"#;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BillingReason {
    #[serde(rename = "subscription_create")]
    Start,
    #[serde(rename = "subscription_cycle")]
    Renewal,
    #[serde(rename = "subscription_update")]
    Change,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Of a renewal, until it is charged.
    Draft,
    Open,
    Paid,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    customer: String,
    customer_email: Option<String>,
    pub(crate) subscription: String,
    item: String,
    subscription_metadata: BTreeMap<String, String>,
    billing_reason: BillingReason,
    status: Status,
    lines: Vec<Line>,
    created: i64,
    period: (i64, i64),
    attempts: u32,
    paid_at: Option<i64>,
    /// When a draft is finalized and charged by itself.
    charge_at: Option<i64>,
}

impl Invoice {
    fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    pub(crate) fn json(&self) -> Value {
        let (total, due) = (self.total(), self.total().max(0));
        let paid = self.status == Status::Paid;
        let mut object = Self::constant_json();
        for (name, value) in [
            ("id", json!(self.id)),
            ("amount_due", json!(due)),
            ("amount_paid", json!(if paid { due } else { 0 })),
            ("amount_remaining", json!(if paid { 0 } else { due })),
            ("attempt_count", json!(self.attempts)),
            ("attempted", json!(self.attempts > 0)),
            ("auto_advance", json!(!paid)),
            ("automatically_finalizes_at", json!(self.charge_at)),
            ("billing_reason", json!(self.billing_reason)),
            ("created", json!(self.created)),
            ("customer", json!(self.customer)),
            ("customer_email", json!(self.customer_email)),
            ("effective_at", json!(self.created)),
            ("ending_balance", json!(total.min(0))),
            ("lines", self.lines_json()),
            (
                "number",
                json!(format!("{}-0001", self.id[4..12].to_uppercase())),
            ),
            ("parent", self.parent_json()),
            ("period_end", json!(self.period.1)),
            ("period_start", json!(self.period.0)),
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

    fn constant_json() -> Value {
        serde_json::from_str(CONSTANT).expect("it is JSON")
    }

    fn lines_json(&self) -> Value {
        let data: Vec<_> = self.lines.iter().map(|line| line.json(self)).collect();
        let url = format!("/v1/invoices/{}/lines", self.id);
        json!({"object": "list", "total_count": data.len(), "data": data, "has_more": false, "url": url})
    }

    fn parent_json(&self) -> Value {
        json!({
            "quote_details": null,
            "subscription_details": {"metadata": self.subscription_metadata, "subscription": self.subscription},
            "type": "subscription_details",
        })
    }

    fn transitions_json(&self) -> Value {
        let finalized_at = (self.status != Status::Draft).then_some(self.created);
        json!({
            "finalized_at": finalized_at, "marked_uncollectible_at": null, "paid_at": self.paid_at, "voided_at": null,
        })
    }
}

impl Account {
    /// An open invoice for the subscription's current state, recorded as its latest. No charge, no event.
    pub(crate) fn insert_invoice(
        &mut self,
        subscription: &str,
        billing_reason: BillingReason,
        lines: Vec<Line>,
        now: i64,
    ) -> Result<String, StripeError> {
        let id = object_id::random("in_1", 23);
        let subscription = self.subscription_mut(subscription)?;
        subscription.latest_invoice.clone_from(&id);
        let subscription = subscription.clone();
        let customer_email = self.customer(&subscription.customer)?.email.clone();
        let invoice = Invoice {
            id: id.clone(),
            customer: subscription.customer,
            customer_email,
            subscription: subscription.id,
            item: subscription.item,
            subscription_metadata: subscription.metadata,
            billing_reason,
            status: Status::Open,
            lines,
            created: now,
            period: (subscription.period_start, subscription.period_end),
            attempts: 0,
            paid_at: None,
            charge_at: None,
        };
        self.invoices.insert(&id, invoice);
        Ok(id)
    }

    /// Makes a draft of an invoice that was just inserted: it is charged at that time.
    pub(crate) fn charge_later(&mut self, id: &str, at: i64) {
        if let Some(invoice) = self.invoices.get_mut(id) {
            invoice.status = Status::Draft;
            invoice.charge_at = Some(at);
        }
    }

    /// When the invoice is to be charged; none once it was tried.
    pub(crate) fn charge_due(&self, id: &str) -> Option<i64> {
        self.invoices.get(id)?.charge_at
    }

    /// Charges an open invoice or a draft and emits what Stripe emits for the outcome. Whether it was paid.
    pub(crate) fn charge_invoice(&mut self, id: &str, declined: bool, cause: &Cause) -> bool {
        let invoice = self
            .invoices
            .get_mut(id)
            .expect("invoices are never deleted");
        if invoice.status == Status::Paid {
            return true;
        }
        invoice.attempts += 1;
        invoice.charge_at = None;
        invoice.status = Status::Open;
        if !declined {
            invoice.status = Status::Paid;
            invoice.paid_at = Some(cause.now);
        }
        let object = invoice.json();
        let kinds: &[&str] = if declined {
            &["invoice.payment_failed"]
        } else {
            &["invoice.paid", "invoice.payment_succeeded"]
        };
        for kind in kinds {
            self.emit(kind, object.clone(), None, cause);
        }
        !declined
    }
}

#[get("/v1/invoices")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "created",
            "customer",
            "ending_before",
            "limit",
            "starting_after",
            "subscription",
        ])?;
        let (customer, subscription) = (
            ask.params.text("customer")?,
            ask.params.text("subscription")?,
        );
        let created = pages::created_filter(ask)?;
        let matching = account.invoices.newest_first().filter(|(_, invoice)| {
            created(invoice.created)
                && customer.is_none_or(|customer| customer == invoice.customer)
                && subscription.is_none_or(|subscription| subscription == invoice.subscription)
        });
        pages::list(matching, ask, "/v1/invoices", Invoice::json)
    })
}

#[get("/v1/invoices/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account
            .invoices
            .get(&id)
            .ok_or_else(|| StripeError::no_such("invoice", &id))?
            .json())
    })
}
