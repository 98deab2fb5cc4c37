//! Subscription schedules: what a subscription becomes at the end of its period, such as a cheaper plan.

pub(crate) mod create;
mod phases;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::pages;
use super::subscriptions::{Asked, Outcome};

pub(crate) use phases::Phase;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Released,
    Canceled,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndBehavior {
    Release,
    Cancel,
}

/// Times are Unix seconds on the sandbox clock.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    customer: String,
    pub(crate) subscription: String,
    phases: Vec<Phase>,
    /// Index of the phase that has begun last.
    current: usize,
    end_behavior: EndBehavior,
    status: Status,
    metadata: BTreeMap<String, String>,
    created: i64,
    ended_at: Option<i64>,
}

impl Schedule {
    pub(crate) fn json(&self) -> Value {
        let active = self.status == Status::Active;
        let phase = self.phases.get(self.current).filter(|_| active);
        let released = self.status == Status::Released;
        let canceled = self.status == Status::Canceled;
        json!({
            "id": self.id, "object": "subscription_schedule", "application": null,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "canceled_at": self.ended_at.filter(|_| canceled), "completed_at": null, "created": self.created,
            "current_phase": phase.map(|phase| json!({"end_date": phase.end, "start_date": phase.start})),
            "customer": self.customer, "customer_account": null,
            "default_settings": {
                "application_fee_percent": null,
                "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
                "billing_cycle_anchor": "automatic", "billing_thresholds": null,
                "collection_method": "charge_automatically", "default_payment_method": null, "description": null,
                "invoice_settings": {"account_tax_ids": null, "days_until_due": null, "issuer": {"type": "self"}},
                "on_behalf_of": null, "transfer_data": null,
            },
            "end_behavior": self.end_behavior, "livemode": false, "metadata": self.metadata,
            "phases": self.phases.iter().map(Phase::json).collect::<Vec<_>>(),
            "released_at": self.ended_at.filter(|_| released),
            "released_subscription": released.then_some(&self.subscription), "status": self.status,
            "subscription": (!released).then_some(&self.subscription), "test_clock": null,
        })
    }

    /// When the current phase is over.
    pub(crate) fn due(&self) -> Option<i64> {
        let phase = self.phases.get(self.current)?;
        (self.status == Status::Active).then_some(phase.end)
    }
}

impl Account {
    pub(crate) fn schedule(&self, id: &str) -> Result<&Schedule, StripeError> {
        self.schedules
            .get(id)
            .ok_or_else(|| StripeError::no_such("subscription_schedule", id))
    }

    fn change_schedule(
        &mut self,
        id: &str,
        kind: &str,
        cause: &Cause,
        change: impl FnOnce(&mut Schedule),
    ) -> Result<Value, StripeError> {
        let mut schedule = self.schedule(id)?.clone();
        let before = schedule.json();
        change(&mut schedule);
        let after = schedule.json();
        self.schedules.insert(id, schedule);
        self.emit_if_changed(kind, &before, &after, cause);
        Ok(after)
    }

    /// Only one that is still active may be changed.
    fn active_schedule(&self, id: &str) -> Result<&Schedule, StripeError> {
        let schedule = self.schedule(id)?;
        if schedule.status == Status::Active {
            return Ok(schedule);
        }
        let status = json!(schedule.status);
        let message = format!(
            "This schedule's status is {status}; only active schedules can be updated, released or canceled."
        );
        Err(StripeError::invalid(&message, None))
    }

    /// Lets the subscription go on as it is.
    fn release(&mut self, id: &str, cause: &Cause) -> Result<Value, StripeError> {
        let subscription = self.active_schedule(id)?.subscription.clone();
        let kind = "subscription_schedule.released";
        let object = self.change_schedule(id, kind, cause, |schedule| {
            schedule.status = Status::Released;
            schedule.ended_at = Some(cause.now);
        })?;
        self.change_subscription(&subscription, cause, |subscription| {
            subscription.schedule = None;
        })?;
        Ok(object)
    }

    /// The schedule of a subscription that is over goes with it.
    pub(crate) fn end_schedule_of(
        &mut self,
        subscription: &str,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let Some(id) = self.subscription(subscription)?.schedule.clone() else {
            return Ok(());
        };
        let kind = "subscription_schedule.canceled";
        self.change_schedule(&id, kind, cause, |schedule| {
            schedule.status = Status::Canceled;
            schedule.ended_at = Some(cause.now);
        })?;
        Ok(())
    }

    /// The end of the current phase: the next one begins, or the schedule is over.
    pub(crate) fn pass_phase(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let schedule = self.schedule(id)?;
        let subscription = schedule.subscription.clone();
        let end_behavior = schedule.end_behavior;
        let Some(next) = schedule.phases.get(schedule.current + 1).cloned() else {
            return match end_behavior {
                EndBehavior::Release => self.release(id, cause).map(|_| ()),
                EndBehavior::Cancel => self.end_subscription(&subscription, cause).map(|_| ()),
            };
        };
        let kind = "subscription_schedule.updated";
        self.change_schedule(id, kind, cause, |schedule| schedule.current += 1)?;
        self.take_phase(&subscription, &next, cause)
    }

    fn take_phase(
        &mut self,
        subscription: &str,
        phase: &Phase,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let current = self.subscription(subscription)?;
        let asked = Asked {
            price: phase.price.clone(),
            quantity: phase.quantity,
            proration: phase.proration,
            at: cause.now,
            restarts: false,
            trial_end: None,
        };
        let outcome = Outcome::of(self, current, &asked, cause.now);
        let attempt = self.attempt_for(subscription)?;
        self.make_change(subscription, outcome, attempt, cause)?;
        Ok(())
    }
}

#[get("/v1/subscription_schedules")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params
            .refuse_unknown(&["customer", "ending_before", "limit", "starting_after"])?;
        let customer = ask.params.text("customer")?;
        let matching = account
            .schedules
            .newest_first()
            .filter(|(_, found)| customer.is_none_or(|customer| customer == found.customer));
        pages::list(matching, ask, "/v1/subscription_schedules", Schedule::json)
    })
}

#[get("/v1/subscription_schedules/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.schedule(&id)?.json())
    })
}

#[post("/v1/subscription_schedules/{id}/release")]
pub(crate) async fn release(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&["preserve_cancel_date"])?;
        account.release(&id, &ask.cause)
    })
}

#[post("/v1/subscription_schedules/{id}/cancel")]
pub(crate) async fn cancel(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&["invoice_now", "prorate"])?;
        let subscription = account.active_schedule(&id)?.subscription.clone();
        account.end_subscription(&subscription, &ask.cause)?;
        Ok(account.schedule(&id)?.json())
    })
}
