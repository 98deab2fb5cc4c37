//! Subscriptions: the object, and the end points that read it.

mod asked;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod end;
mod json;
mod outcome;
mod payment;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

pub(crate) use asked::{Asked, Proration, check_item, proration};
pub(crate) use outcome::{Outcome, unused};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// The first invoice is not paid.
    Incomplete,
    /// Nor was it within 23 hours.
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Canceled,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
        }
    }
}

/// Times are Unix seconds on the sandbox clock.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) item: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) status: Status,
    pub(crate) created: i64,
    /// Every period's boundaries are counted from here.
    pub(crate) anchor: i64,
    pub(crate) period_start: i64,
    pub(crate) period_end: i64,
    pub(crate) cancel_at_period_end: bool,
    #[serde(default)]
    pub(crate) cancel_at: Option<i64>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
    #[serde(default)]
    pub(crate) cancellation: Cancellation,
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) latest_invoice: String,
    /// The customer's default where there is none.
    pub(crate) payment_method: Option<String>,
    /// Charges to come are declined until a renewal is asked for by hand.
    pub(crate) card_declines: bool,
    #[serde(default)]
    pub(crate) trial_start: Option<i64>,
    #[serde(default)]
    pub(crate) trial_end: Option<i64>,
    /// Prorations that the next invoice collects.
    #[serde(default)]
    pub(crate) pending: Vec<super::invoices::Line>,
    #[serde(default)]
    pub(crate) pending_update: Option<PendingUpdate>,
    #[serde(default)]
    pub(crate) schedule: Option<String>,
    /// The end of the period or trial whose approach was announced.
    #[serde(default)]
    pub(crate) announced: i64,
}

/// Why it was or will be cancelled, in the customer's words.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cancellation {
    pub(crate) comment: Option<String>,
    pub(crate) feedback: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A change that takes effect once its invoice is paid.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PendingUpdate {
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) restarts: bool,
    pub(crate) invoice: String,
    pub(crate) expires_at: i64,
}

/// What a new subscription needs.
pub(crate) struct NewSubscription {
    pub(crate) customer: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) trial_end: Option<i64>,
}

impl Subscription {
    pub(crate) fn start(new: NewSubscription, account: &Account, now: i64) -> Self {
        let interval = account.price(&new.price).interval;
        let anchor = new.trial_end.unwrap_or(now);
        Self {
            id: object_id::random("sub_1", 23),
            item: object_id::random("si_", 14),
            period_end: new.trial_end.unwrap_or(interval.next_boundary(now, now)),
            customer: new.customer,
            price: new.price,
            quantity: new.quantity,
            status: Status::Incomplete,
            created: now,
            anchor,
            period_start: now,
            cancel_at_period_end: false,
            cancel_at: None,
            canceled_at: None,
            ended_at: None,
            cancellation: Cancellation::default(),
            metadata: new.metadata,
            description: None,
            latest_invoice: String::new(),
            payment_method: new.payment_method,
            card_declines: false,
            trial_start: new.trial_end.map(|_| now),
            trial_end: new.trial_end,
            pending: Vec::new(),
            pending_update: None,
            schedule: None,
            announced: 0,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.status, Status::Canceled | Status::IncompleteExpired)
    }

    /// When it ends by itself, as far as that is known.
    pub(crate) fn ends_at(&self) -> Option<i64> {
        self.cancel_at
            .or(self.cancel_at_period_end.then_some(self.period_end))
    }
}

impl Account {
    pub(crate) fn subscription(&self, id: &str) -> Result<&Subscription, StripeError> {
        self.subscriptions
            .get(id)
            .ok_or_else(|| StripeError::no_such("subscription", id))
    }

    /// Applies `change` and emits `customer.subscription.updated` when that changed anything.
    pub(crate) fn change_subscription(
        &mut self,
        id: &str,
        cause: &Cause,
        change: impl FnOnce(&mut Subscription),
    ) -> Result<Value, StripeError> {
        let before = self.subscription(id)?.json(self);
        change(self.subscription_mut(id)?);
        let after = self.subscription(id)?.json(self);
        self.emit_if_changed("customer.subscription.updated", &before, &after, cause);
        Ok(after)
    }
}

#[get("/v1/subscriptions")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "collection_method",
            "created",
            "customer",
            "ending_before",
            "limit",
            "price",
            "starting_after",
            "status",
        ])?;
        let (customer, price) = (ask.params.text("customer")?, ask.params.text("price")?);
        let status = ask.params.text("status")?;
        let created = pages::created_filter(ask)?;
        let matching = account
            .subscriptions
            .newest_first()
            .filter(|(_, subscription)| {
                created(subscription.created)
                    && customer.is_none_or(|customer| customer == subscription.customer)
                    && price.is_none_or(|price| price == subscription.price)
                    && match status {
                        None => !subscription.is_over(),
                        Some("all") => true,
                        Some("ended") => subscription.is_over(),
                        Some(status) => status == subscription.status.as_str(),
                    }
            });
        pages::list(matching, ask, "/v1/subscriptions", |subscription| {
            subscription.json(account)
        })
    })
}

#[get("/v1/subscriptions/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.subscription(&id)?.json(account))
    })
}
