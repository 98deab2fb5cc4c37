//! Subscriptions: the object, and the end points that read it, change it and end it.

pub(crate) mod change;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    PastDue,
    Unpaid,
    Canceled,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
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
    pub(crate) canceled_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) latest_invoice: String,
    pub(crate) payment_method: String,
    /// Charges to come are declined until a renewal is asked for by hand.
    pub(crate) card_declines: bool,
    /// Cents that the next invoice adds for a change in the middle of a period; negative is credit.
    pub(crate) pending_proration: i64,
}

/// What a new subscription needs.
pub(crate) struct NewSubscription {
    pub(crate) customer: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Subscription {
    pub(crate) fn start(new: NewSubscription, account: &Account, now: i64) -> Self {
        Self {
            id: object_id::random("sub_1", 23),
            item: object_id::random("si_", 14),
            period_end: account.price(&new.price).interval.next_boundary(now, now),
            customer: new.customer,
            price: new.price,
            quantity: new.quantity,
            status: Status::Active,
            created: now,
            anchor: now,
            period_start: now,
            cancel_at_period_end: false,
            canceled_at: None,
            ended_at: None,
            metadata: new.metadata,
            latest_invoice: String::new(),
            payment_method: object_id::random("pm_1", 23),
            card_declines: false,
            pending_proration: 0,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.status == Status::Canceled
    }

    pub(crate) fn json(&self, account: &Account) -> Value {
        let mut object = self.constant_json();
        for (name, value) in [
            ("id", json!(self.id)),
            ("billing_cycle_anchor", json!(self.anchor)),
            (
                "cancel_at",
                json!(self.cancel_at_period_end.then_some(self.period_end)),
            ),
            ("cancel_at_period_end", json!(self.cancel_at_period_end)),
            ("canceled_at", json!(self.canceled_at)),
            ("created", json!(self.created)),
            ("customer", json!(self.customer)),
            ("default_payment_method", json!(self.payment_method)),
            ("ended_at", json!(self.ended_at)),
            ("items", self.items_json(account)),
            ("latest_invoice", json!(self.latest_invoice)),
            ("metadata", json!(self.metadata)),
            ("plan", account.price(&self.price).plan_json()),
            ("quantity", json!(self.quantity)),
            ("start_date", json!(self.created)),
            ("status", json!(self.status.as_str())),
        ] {
            object[name] = value;
        }
        object
    }

    fn constant_json(&self) -> Value {
        let reason = self.canceled_at.map(|_| "cancellation_requested");
        json!({
            "object": "subscription", "application": null, "application_fee_percent": null,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
            "billing_cycle_anchor_config": null,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "billing_thresholds": null,
            "cancellation_details": {"comment": null, "feedback": null, "reason": reason},
            "collection_method": "charge_automatically", "currency": "usd", "customer_account": null,
            "days_until_due": null, "default_source": null, "default_tax_rates": [], "description": null,
            "discounts": [], "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
            "livemode": false, "next_pending_invoice_item_invoice": null, "on_behalf_of": null,
            "pause_collection": null,
            "payment_settings": {
                "payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off",
            },
            "pending_invoice_item_interval": null, "pending_setup_intent": null, "pending_update": null,
            "schedule": null, "test_clock": null, "transfer_data": null, "trial_end": null,
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}}, "trial_start": null,
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
            "has_more": false,
            "url": format!("/v1/subscription_items?subscription={}", self.id),
        })
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

    /// Ends it now; what was paid is not refunded.
    pub(crate) fn end_subscription(
        &mut self,
        id: &str,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        let subscription = self.subscription_mut(id)?;
        if !subscription.is_over() {
            subscription.status = Status::Canceled;
            subscription.canceled_at = subscription.canceled_at.or(Some(cause.now));
            subscription.ended_at = Some(cause.now);
            let object = self.subscription(id)?.json(self);
            self.emit("customer.subscription.deleted", object, None, cause);
        }
        Ok(self.subscription(id)?.json(self))
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

#[delete("/v1/subscriptions/{id}")]
pub(crate) async fn cancel(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params
            .refuse_unknown(&["cancellation_details", "invoice_now", "prorate"])?;
        if account.subscription(&id)?.is_over() {
            return Err(StripeError::no_such("subscription", &id));
        }
        account.end_subscription(&id, &ask.cause)
    })
}
