//! Invoices: made by the stand-in itself when a subscription starts, renews or changes.

mod collection;
mod json;
mod line;
pub(crate) mod operations;
pub(crate) mod payments;
pub(crate) mod preview;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

pub(crate) use line::Line;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BillingReason {
    #[serde(rename = "subscription_create")]
    Start,
    #[serde(rename = "subscription_cycle")]
    Renewal,
    #[serde(rename = "subscription_update")]
    Change,
    /// Of a preview only.
    #[serde(rename = "upcoming")]
    Upcoming,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Of a renewal, until it is charged.
    Draft,
    Open,
    Paid,
    Void,
    Uncollectible,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Void => "void",
            Self::Uncollectible => "uncollectible",
        }
    }
}

/// Times are Unix seconds on the sandbox clock.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) customer: String,
    customer_email: Option<String>,
    pub(crate) subscription: String,
    item: String,
    subscription_metadata: BTreeMap<String, String>,
    pub(crate) billing_reason: BillingReason,
    pub(crate) status: Status,
    lines: Vec<Line>,
    pub(crate) created: i64,
    period: (i64, i64),
    attempts: u32,
    pub(crate) paid_at: Option<i64>,
    /// When a draft is finalized and charged by itself.
    pub(crate) charge_at: Option<i64>,
    #[serde(default)]
    pub(crate) number: Option<String>,
    #[serde(default)]
    finalized_at: Option<i64>,
    #[serde(default)]
    voided_at: Option<i64>,
    #[serde(default)]
    uncollectible_at: Option<i64>,
    /// The customer's balance before and after it was finalized.
    #[serde(default)]
    balance: Option<(i64, i64)>,
    #[serde(default)]
    pub(crate) payment_intent: Option<String>,
    #[serde(default)]
    payment: String,
    /// When a failed charge is tried again.
    #[serde(default)]
    pub(crate) next_attempt: Option<i64>,
    #[serde(default)]
    first_failed_at: Option<i64>,
    /// The card's owner has to prove themselves.
    #[serde(default)]
    pub(crate) needs_action: bool,
}

impl Invoice {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// What is charged, after the customer's balance.
    pub(crate) fn due(&self) -> i64 {
        let before = self.balance.map_or(0, |(before, _)| before);
        (self.total() + before).max(0)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.status == Status::Open
    }
}

/// What a new invoice is about.
pub(crate) struct NewInvoice {
    pub(crate) subscription: String,
    pub(crate) reason: BillingReason,
    pub(crate) lines: Vec<Line>,
}

impl Account {
    pub(crate) fn invoice(&self, id: &str) -> Result<&Invoice, StripeError> {
        self.invoices
            .get(id)
            .ok_or_else(|| StripeError::no_such("invoice", id))
    }

    fn invoice_mut(&mut self, id: &str) -> &mut Invoice {
        self.invoices
            .get_mut(id)
            .expect("invoices are never deleted")
    }

    /// A draft that is kept nowhere yet.
    pub(crate) fn draft(&self, new: NewInvoice, now: i64) -> Result<Invoice, StripeError> {
        let subscription = self.subscription(&new.subscription)?;
        Ok(Invoice {
            id: object_id::random("in_1", 23),
            customer: subscription.customer.clone(),
            customer_email: self.customer(&subscription.customer)?.email.clone(),
            subscription: subscription.id.clone(),
            item: subscription.item.clone(),
            subscription_metadata: subscription.metadata.clone(),
            billing_reason: new.reason,
            status: Status::Draft,
            lines: new.lines,
            created: now,
            period: (subscription.period_start, subscription.period_end),
            attempts: 0,
            paid_at: None,
            charge_at: None,
            number: None,
            finalized_at: None,
            voided_at: None,
            uncollectible_at: None,
            balance: None,
            payment_intent: None,
            payment: object_id::random("inpay_1", 23),
            next_attempt: None,
            first_failed_at: None,
            needs_action: false,
        })
    }

    /// A draft for the subscription's current state, recorded as its latest; `charge_at` finalizes it by itself.
    pub(crate) fn insert_invoice(
        &mut self,
        new: NewInvoice,
        charge_at: Option<i64>,
        now: i64,
    ) -> Result<String, StripeError> {
        let mut invoice = self.draft(new, now)?;
        invoice.charge_at = charge_at;
        let id = invoice.id.clone();
        let subscription = self.subscription_mut(&invoice.subscription)?;
        subscription.latest_invoice.clone_from(&id);
        self.invoices.insert(&id, invoice);
        Ok(id)
    }

    pub(crate) fn announce_invoice(&mut self, id: &str, kind: &str, cause: &Cause) {
        let invoice = self.invoices.get(id).expect("invoices are never deleted");
        let object = invoice.json();
        self.emit(kind, object, None, cause);
    }

    /// When the invoice is to be charged; none once it was tried.
    pub(crate) fn charge_due(&self, id: &str) -> Option<i64> {
        self.invoices.get(id)?.charge_at
    }
}

#[get("/v1/invoices")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "collection_method",
            "created",
            "customer",
            "ending_before",
            "limit",
            "starting_after",
            "status",
            "subscription",
        ])?;
        let (customer, subscription) = (
            ask.params.text("customer")?,
            ask.params.text("subscription")?,
        );
        let status = ask.params.text("status")?;
        let created = pages::created_filter(ask)?;
        let matching = account.invoices.newest_first().filter(|(_, invoice)| {
            created(invoice.created)
                && customer.is_none_or(|customer| customer == invoice.customer)
                && subscription.is_none_or(|subscription| subscription == invoice.subscription)
                && status.is_none_or(|status| json!(invoice.status) == status)
        });
        pages::list(matching, ask, "/v1/invoices", Invoice::json)
    })
}

#[get("/v1/invoices/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.invoice(&id)?.json())
    })
}
