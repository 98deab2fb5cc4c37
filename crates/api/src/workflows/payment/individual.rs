//! The individual's own subscription: what they have while their organization does not exist yet, and afterwards.

use chrono::{DateTime, Utc};
use domain::subscription::PayRefusal;
use domain::{ConversionId, ConversionStep, PaidTerm, Plan, State};
use serde_json::json;
use store::{Conversion, Page, SubscriptionRecord, TenantTx};

use super::first::wait;
use super::is_of;
use crate::billing::wire::Subscription;
use crate::jobs::kind;
use crate::workflows::Failure;

/// Purchases of one person among which another that waits is looked for.
const LOOKED_AT: u32 = 200;

/// What the individual has while their organization does not exist yet. A personal plan that runs is left alone;
/// a second one is answered, for a person to give the money back.
pub(super) async fn pay_individual(
    tx: &mut TenantTx,
    conversion: &Conversion,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, Failure> {
    let Some(term) = term(conversion) else {
        return Ok(None);
    };
    let mut record = match tx.lock_subscription().await? {
        Some(record)
            if record.stripe_subscription_id.is_some() && record.subscription.is_live(now) =>
        {
            // This very subscription would have been refreshed instead.
            let is_second = conversion.plan == Plan::Personal;
            return Ok(is_second.then_some("the person has another personal plan that runs"));
        }
        Some(record) => record,
        None => SubscriptionRecord::new(domain::Subscription::start_trial(now, 0)),
    };
    record.subscription = match record.subscription.pay(conversion.plan, term, now) {
        Ok(paid) => paid,
        // Another organization of theirs waits for its name; this one's term stands in its own conversion.
        Err(_) if conversion.plan.needs_organization() => return Ok(None),
        Err(PayRefusal::AnotherPlan { .. }) => {
            return Err(wait(
                "the personal plan begins once the organization exists",
            ));
        }
        Err(refusal @ PayRefusal::Choice(_)) => return Err(Failure::Park(refusal.to_string())),
    };
    if conversion.plan == Plan::Personal {
        record.stripe_customer_id = Some(subscription.customer.clone());
        record.stripe_subscription_id = Some(subscription.id.clone());
        record.stripe_price = Some(conversion.lookup_key.clone());
    } else {
        forget_stripe(&mut record);
    }
    tx.save_subscription(&record).await?;
    Ok(None)
}

/// The money for this very personal plan went back before anybody was told that it ran.
pub(super) async fn refund_individual(
    tx: &mut TenantTx,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(mut record) = tx.lock_subscription().await? else {
        return Ok(());
    };
    if !is_of(&record, subscription) {
        return Ok(());
    }
    record.refunded_until = record.refunded_until.max(subscription.paid_until());
    record.subscription = record
        .subscription
        .refund(now)
        .map_err(|refusal| Failure::Park(refusal.to_string()))?;
    Ok(tx.save_subscription(&record).await?)
}

fn term(conversion: &Conversion) -> Option<PaidTerm> {
    Some(PaidTerm {
        interval: conversion.interval,
        seats: conversion.seats,
        paid_until: conversion.paid_until?,
    })
}

/// A personal plan of theirs that ended may be paid late; its news must not be taken for this plan's.
fn forget_stripe(record: &mut SubscriptionRecord) {
    record.stripe_customer_id = None;
    record.stripe_subscription_id = None;
    record.stripe_price = None;
}

/// The individual's side once this conversion has its organization, or ended without one: what it paid for is not
/// theirs any more. Another one that is paid and waits takes its place.
pub(in crate::workflows) async fn release_individual(
    tx: &mut TenantTx,
    ended: ConversionId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(mut record) = tx.lock_subscription().await? else {
        return Ok(());
    };
    if !matches!(record.subscription.state, State::Activation { .. }) {
        return Ok(());
    }
    record.subscription = record.subscription.hand_over(now);
    if let Some(next) = another_that_waits(tx, ended).await?
        && let Some(term) = term(&next)
    {
        record.subscription = record
            .subscription
            .pay(next.plan, term, now)
            .map_err(|refusal| Failure::Park(refusal.to_string()))?;
    }
    forget_stripe(&mut record);
    Ok(tx.save_subscription(&record).await?)
}

/// A personal plan that runs beside the new organization is charged for no further period: the work goes on there. Who
/// keeps their projects personal keeps the plan too.
pub(in crate::workflows) async fn end_personal_plan(
    tx: &mut TenantTx,
    conversion: &Conversion,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(record) = tx.lock_subscription().await? else {
        return Ok(());
    };
    let is_running = record.subscription.plan == Plan::Personal && record.subscription.is_live(now);
    match record.stripe_subscription_id {
        Some(subscription) if is_running && !conversion.keep_projects_personal => {
            let payload = json!({ "subscription_id": subscription });
            Ok(tx
                .enqueue(kind::STRIPE_CANCEL, &subscription, &payload, now)
                .await?)
        }
        Some(_) | None => Ok(()),
    }
}

/// The newest; the subscription's lock keeps it as it is.
async fn another_that_waits(
    tx: &mut TenantTx,
    ended: ConversionId,
) -> Result<Option<Conversion>, Failure> {
    let newest = tx.conversions(&Page::first(LOOKED_AT)).await?.items;
    Ok(newest.into_iter().find(|found| {
        found.id != ended
            && found.plan.needs_organization()
            && match found.step {
                ConversionStep::Paid
                | ConversionStep::Named
                | ConversionStep::OrganizationCreated
                | ConversionStep::MemberAdded
                | ConversionStep::RoleSet
                | ConversionStep::Parked => true,
                ConversionStep::Requested
                | ConversionStep::Committed
                | ConversionStep::Done
                | ConversionStep::Cancelling
                | ConversionStep::Cancelled => false,
            }
    }))
}
