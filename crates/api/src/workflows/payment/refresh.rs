//! A subscription that runs already is brought to the state that Stripe says it has.

use chrono::{DateTime, TimeDelta, Utc};
use domain::subscription::{CancelRefusal, PastDueRefusal, RenewRefusal, TakesEffect, Terms};
use domain::{State, UserId};
use serde_json::json;
use store::{StoreError, StripeOwner, SubscriptionRecord, TenantTx};

use super::{Applied, news};
use crate::audit;
use crate::billing::wire::{Subscription, SubscriptionStatus};
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// How long a failed renewal leaves the product usable; Stripe's own retries end within it by default
/// (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>).
const GRACE: TimeDelta = TimeDelta::days(14);

/// Who wanted what is found, and who has to be told of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cause {
    pub(crate) by: Actor,
    pub(crate) request_id: Option<String>,
    /// The individual whose login shows the subscription.
    pub(crate) shown_to: Option<UserId>,
    pub(crate) more_in_trial: MoreInTrial,
}

/// Stripe charges nothing for more in a period that it calls a trial: one that an interval was withdrawn in, or that
/// support extended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum MoreInTrial {
    /// Customers wait for what is paid for.
    #[default]
    Waits,
    /// Support may give it, and says why.
    IsGiven,
}

#[derive(Debug, Clone, Default)]
pub(crate) enum Actor {
    /// Stripe did it by itself.
    #[default]
    Stripe,
    Person(UserId),
    Support(Order),
}

pub(super) async fn run(
    context: &Context,
    mut tx: TenantTx,
    owner: &StripeOwner,
    record: SubscriptionRecord,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    let cause = by_stripe(&mut tx, owner).await?;
    // Whoever read Stripe before this look must not write after it, also where it finds nothing new.
    tx.save_subscription(&record).await?;
    let record = SubscriptionRecord {
        version: record.version + 1,
        ..record
    };
    let now = context.clock.now();
    let applied = bring(&mut tx, record, subscription, cause, now).await?;
    tx.commit().await?;
    Ok(applied)
}

/// What Stripe did by itself, and the buyer who is shown it.
pub(super) async fn by_stripe(tx: &mut TenantTx, owner: &StripeOwner) -> Result<Cause, StoreError> {
    let conversion = match owner.conversion {
        Some(conversion) => tx.conversion(conversion).await?,
        None => None,
    };
    Ok(Cause {
        shown_to: conversion.map(|conversion| conversion.person.user_id),
        ..Cause::default()
    })
}

/// `record` is locked and of this very subscription. The caller commits.
pub(crate) async fn bring(
    tx: &mut TenantTx,
    record: SubscriptionRecord,
    subscription: &Subscription,
    cause: Cause,
    now: DateTime<Utc>,
) -> Result<Applied, StoreError> {
    let mut after = record.clone();
    after.subscription = match next(&record, subscription, now) {
        Ok(next) => next,
        Err(unchanged) => return Ok(unchanged),
    };
    if cause.more_in_trial == MoreInTrial::IsGiven
        && let Some(more) = given(&after.subscription, subscription, now)
    {
        after.subscription = more;
    }
    after.next = waiting(&after.subscription, subscription);
    after.stripe_price = news::price(subscription).or(after.stripe_price);
    if after == record {
        return Ok(Applied::Done);
    }
    save(tx, &record, &after, cause, now).await?;
    Ok(Applied::Done)
}

/// What support did, as the customer's own trail says it.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) client_id: String,
    /// Of the audit event.
    pub(crate) action: &'static str,
    pub(crate) reason: String,
}

/// Saves a changed subscription with all that hangs on a change.
pub(crate) async fn save(
    tx: &mut TenantTx,
    before: &SubscriptionRecord,
    after: &SubscriptionRecord,
    cause: Cause,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.save_subscription(after).await?;
    let target = match &after.stripe_subscription_id {
        Some(id) => format!("subscription:{id}"),
        None => "subscription".to_owned(),
    };
    let action = "subscription.changed";
    let mut described_after = described(after, now);
    let mut event = match &cause.by {
        Actor::Person(user) => audit::by_person(user, action, target, now),
        Actor::Stripe => audit::by_system("payment", action, target, now),
        Actor::Support(order) => {
            described_after["reason"] = json!(order.reason);
            audit::by_client(&order.client_id, order.action, target, now)
        }
    };
    event.request_id = cause.request_id;
    event.before = Some(described(before, now));
    event.after = Some(described_after);
    tx.insert_audit_event(&event).await?;
    let payload = json!({ "user_id": cause.shown_to });
    let claim = kind::SUBSCRIPTION_CLAIM;
    tx.enqueue(claim, claim, &payload, now).await
}

fn described(record: &SubscriptionRecord, now: DateTime<Utc>) -> serde_json::Value {
    let named = |terms: Terms| json!({ "plan": terms.plan, "interval": terms.interval, "seats": terms.seats });
    json!({
        "claim": record.subscription.claim(now).to_string(),
        "terms": Terms::of(&record.subscription).map(named),
        "next": record.next.map(named),
        "disputed": record.disputed_at.is_some(),
    })
}

/// What the next period is sold as, where it is less than what is paid now.
fn waiting(after: &domain::Subscription, subscription: &Subscription) -> Option<Terms> {
    let paid = Terms::of(after)?;
    let item = news::terms(subscription).ok()?;
    let is_less = item.takes_effect(paid) == TakesEffect::AtPeriodEnd;
    (is_less && !subscription.cancel_at_period_end).then_some(item)
}

/// What Stripe has and nobody is charged for, where it is more.
fn given(
    running: &domain::Subscription,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Option<domain::Subscription> {
    let (paid, wanted) = (Terms::of(running)?, news::terms(subscription).ok()?);
    let term = news::paid_term(wanted, subscription).ok()?;
    let is_more = wanted != paid && wanted.takes_effect(paid) == TakesEffect::Now;
    let more = is_more.then(|| running.clone().renew_as(wanted.plan, term, now));
    more?.ok()
}

/// # Errors
/// What becomes of the hint when nothing changes.
fn next(
    record: &SubscriptionRecord,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<domain::Subscription, Applied> {
    let before = record.subscription.clone();
    match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
            running(record, subscription, now)
        }
        SubscriptionStatus::PastDue => before.past_due(now + GRACE).map_err(|refusal| {
            match refusal {
                // Late news: it has ended here in the meantime.
                PastDueRefusal::Ended => Applied::Ignored("it has ended here"),
                PastDueRefusal::NeverPaid | PastDueRefusal::InActivation => {
                    Applied::Quarantined("a renewal failed of what never ran here")
                }
            }
        }),
        SubscriptionStatus::Unpaid => ended(before.give_up(now)),
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => {
            ended(paid_to_the_end(record, subscription, now)?.cancel_now(now))
        }
        SubscriptionStatus::Incomplete
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Unknown => {
            Err(Applied::Ignored("it is in no state that changes anything"))
        }
    }
}

/// A renewal or a change that was paid just before the end is kept, also when the end is what we hear of first.
fn paid_to_the_end(
    record: &SubscriptionRecord,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<domain::Subscription, Applied> {
    let before = record.subscription.clone();
    if !subscription.is_paid_beyond(now) {
        return Ok(before);
    }
    match renewed(record, subscription, now) {
        Err(Applied::Ignored(_)) => Ok(before),
        known => known,
    }
}

fn ended(
    outcome: Result<domain::Subscription, CancelRefusal>,
) -> Result<domain::Subscription, Applied> {
    outcome.map_err(|refusal| match refusal {
        CancelRefusal::Ended => Applied::Ignored("it has ended here"),
        CancelRefusal::Trial | CancelRefusal::InActivation => {
            Applied::Quarantined("a subscription ended that never ran here")
        }
    })
}

fn running(
    record: &SubscriptionRecord,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<domain::Subscription, Applied> {
    let renewed = renewed(record, subscription, now)?;
    if !subscription.cancel_at_period_end {
        return Ok(renewed.clone().resume(now).unwrap_or(renewed));
    }
    match renewed.cancel_at_period_end(now) {
        Ok(cancelled) => Ok(cancelled),
        Err(CancelRefusal::Ended) => Err(Applied::Ignored("it has ended here")),
        Err(CancelRefusal::Trial | CancelRefusal::InActivation) => Err(Applied::Quarantined(
            "a subscription is cancelled that never ran here",
        )),
    }
}

/// With all that is paid for by now, and nothing that is not.
fn renewed(
    record: &SubscriptionRecord,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<domain::Subscription, Applied> {
    let before = record.subscription.clone();
    let mut terms = news::terms(subscription)?;
    let is_paid = subscription.latest_invoice_is_paid();
    if matches!(before.state, State::PastDue { .. }) && !is_paid {
        return Err(Applied::Ignored("the outstanding invoice is not paid"));
    }
    if terms.plan.needs_organization() != before.plan.needs_organization() {
        return Err(Applied::Quarantined(
            "a plan is paid that is not for this kind of customer",
        ));
    }
    // What is not paid for yet changes nothing of what is. A trial keeps a period that is paid; what is changed meanwhile
    // is charged with the next one.
    let is_charged = is_paid && !subscription.is_in_trial();
    if let Some(paid) = Terms::of(&before).filter(|_| !is_charged) {
        terms = paid;
    }
    let term = news::paid_term(terms, subscription)?;
    if record
        .refunded_until
        .is_some_and(|refunded| term.paid_until <= refunded)
    {
        return Err(Applied::Ignored("the money for it went back"));
    }
    before
        .renew_as(terms.plan, term, now)
        .map_err(|refusal| match refusal {
            RenewRefusal::Seats(_)
            | RenewRefusal::NeverPaid
            | RenewRefusal::OtherKind { .. }
            | RenewRefusal::InActivation => Applied::Quarantined("the plan cannot be renewed so"),
        })
}

#[cfg(test)]
mod sequences;
