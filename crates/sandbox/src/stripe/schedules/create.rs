//! `POST /v1/subscription_schedules` from a subscription, and `POST /v1/subscription_schedules/{id}`.

use actix_web::{HttpResponse, post, web};
use serde_json::Value;

use super::super::account::Account;
use super::super::call::{Ask, Call};
use super::super::customers::merge_metadata;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::object_id;
use super::{EndBehavior, Phase, Schedule, Status};

#[post("/v1/subscription_schedules")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_schedule)
}

/// As at Stripe, no phases may be given with `from_subscription`: an update follows.
fn create_schedule(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    ask.params
        .refuse_unknown(&["from_subscription", "metadata"])?;
    let id = ask.params.required("from_subscription")?;
    let Some(subscription) = account.subscriptions.get(id) else {
        let param = "from_subscription";
        return Err(StripeError::no_such_in(param, "subscription", id));
    };
    if subscription.is_over() {
        let message = "You cannot migrate a subscription that is canceled.";
        return Err(StripeError::invalid(message, Some("from_subscription")));
    }
    if let Some(schedule) = &subscription.schedule {
        let message = format!(
            "You cannot migrate a subscription that is already attached to a schedule: `{schedule}`."
        );
        return Err(StripeError::invalid(&message, Some("from_subscription")));
    }
    let schedule = Schedule {
        id: object_id::random("sub_sched_1", 23),
        customer: subscription.customer.clone(),
        subscription: id.to_owned(),
        phases: vec![Phase::present(subscription)],
        current: 0,
        end_behavior: match subscription.cancel_at_period_end {
            true => EndBehavior::Cancel,
            false => EndBehavior::Release,
        },
        status: Status::Active,
        metadata: ask.params.metadata("metadata")?,
        created: ask.cause.now,
        ended_at: None,
    };
    let (schedule_id, object) = (schedule.id.clone(), schedule.json());
    account.schedules.insert(&schedule_id, schedule);
    let kind = "subscription_schedule.created";
    account.emit(kind, object.clone(), None, &ask.cause);
    account.change_subscription(id, &ask.cause, |subscription| {
        subscription.schedule = Some(schedule_id);
        subscription.cancel_at_period_end = false;
    })?;
    Ok(object)
}

#[post("/v1/subscription_schedules/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| change_schedule(account, ask, &id))
}

fn change_schedule(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params
        .refuse_unknown(&["end_behavior", "metadata", "phases", "proration_behavior"])?;
    let mut next = account.active_schedule(id)?.clone();
    merge_metadata(&mut next.metadata, &ask.params)?;
    if let Some(end_behavior) = end_behavior(&ask.params)? {
        next.end_behavior = end_behavior;
    }
    let present = next.phases[next.current].clone();
    let phases = Phase::read_all(account, &ask.params, present.start)?;
    if let Some(first) = phases.first() {
        if first.end <= ask.cause.now {
            let message = "The current phase must be among the phases, and end in the future.";
            return Err(StripeError::invalid(message, Some("phases")));
        }
        next.phases.truncate(next.current);
        next.phases.extend(phases.iter().cloned());
    }
    let kind = "subscription_schedule.updated";
    let subscription = next.subscription.clone();
    let object = account.change_schedule(id, kind, &ask.cause, |schedule| *schedule = next)?;
    if let Some(first) = phases.first()
        && (&first.price, first.quantity) != (&present.price, present.quantity)
    {
        account.take_phase(&subscription, first, &ask.cause)?;
    }
    Ok(object)
}

fn end_behavior(params: &Params) -> Result<Option<EndBehavior>, StripeError> {
    match params.text("end_behavior")? {
        None => Ok(None),
        Some("release") => Ok(Some(EndBehavior::Release)),
        Some("cancel") => Ok(Some(EndBehavior::Cancel)),
        Some(_) => Err(StripeError::invalid(
            "Invalid end_behavior: must be one of cancel or release",
            Some("end_behavior"),
        )),
    }
}
