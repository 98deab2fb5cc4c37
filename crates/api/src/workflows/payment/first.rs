//! A subscription whose conversion is still under way: its payment starts the conversion, its end takes it back.

use chrono::{DateTime, Utc};
use domain::{ConversionId, ConversionStep, PaidTerm, Plan, State, catalogue};
use serde_json::json;
use store::{Conversion, SubscriptionRecord, TenantTx};

use super::Applied;
use crate::audit;
use crate::billing::wire::{Subscription, SubscriptionStatus};
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

pub(super) async fn run(
    context: &Context,
    mut tx: TenantTx,
    conversion: ConversionId,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    // Raising the fence stops a run that would write over what is decided here.
    let Some(conversion) = tx.claim_conversion(conversion).await? else {
        return Ok(Applied::Quarantined(
            "the conversion is not this customer's",
        ));
    };
    if conversion.plan.needs_organization()
        && matches!(
            conversion.step,
            ConversionStep::Committed | ConversionStep::Done
        )
    {
        // It was committed after its owner was looked up; the organization's own subscription is to be refreshed, and
        // the individual's must not begin again.
        return Err(Failure::FenceLost);
    }
    let by_another = conversion
        .stripe_subscription_id
        .as_ref()
        .is_some_and(|known| *known != subscription.id);
    if by_another {
        return Ok(Applied::Quarantined(
            "the conversion was paid by another subscription",
        ));
    }
    match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
            paid(context, tx, conversion, subscription).await
        }
        SubscriptionStatus::Canceled
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::IncompleteExpired => taken_back(context, tx, conversion).await,
        SubscriptionStatus::Incomplete
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Unknown => Ok(Applied::Ignored("it is not paid")),
    }
}

async fn paid(
    context: &Context,
    mut tx: TenantTx,
    mut conversion: Conversion,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    if let Some(mismatch) = mismatch(&conversion, subscription) {
        return Ok(Applied::Quarantined(mismatch));
    }
    let Some(paid_until) = subscription.current_period_end() else {
        return Ok(Applied::Quarantined("the paid period has no end"));
    };
    let now = context.clock.now();
    let is_first = conversion.step == ConversionStep::Requested;
    conversion.stripe_subscription_id = Some(subscription.id.clone());
    conversion.paid_until = conversion.paid_until.max(Some(paid_until));
    if is_first {
        conversion.step = match (conversion.plan, &conversion.wanted_name) {
            (Plan::Personal, _) => ConversionStep::Committed,
            (_, Some(_)) => ConversionStep::Named,
            (_, None) => ConversionStep::Paid,
        };
    }
    conversion.updated_at = now;
    if !tx.save_conversion(&conversion).await? {
        return Err(Failure::FenceLost);
    }
    pay_individual(&mut tx, &conversion, subscription, now).await?;
    if is_first {
        tx.link_stripe(&subscription.id, Some(conversion.id))
            .await?;
        let mut event = audit::by_system(
            "payment",
            "conversion.paid",
            format!("conversion:{}", conversion.id),
            now,
        );
        event.after = Some(
            json!({ "plan": conversion.plan.as_str(), "seats": conversion.seats, "paid_until": paid_until }),
        );
        tx.insert_audit_event(&event).await?;
    }
    enqueue(&mut tx, &conversion, now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}

/// Why the payment is not for what was asked; a difference gives no entitlement, a person has to look.
fn mismatch(conversion: &Conversion, subscription: &Subscription) -> Option<&'static str> {
    let Some(item) = subscription.only_item() else {
        return Some("the subscription does not have exactly one item");
    };
    if item.price.lookup_key.as_deref() != Some(conversion.lookup_key.as_str()) {
        return Some("another price was paid than the one asked for");
    }
    if item.quantity != Some(conversion.seats) {
        return Some("another number of seats was paid than the one asked for");
    }
    let listed = catalogue::price(conversion.plan, conversion.interval);
    let is_listed = listed.is_some_and(|price| {
        item.price.unit_amount == Some(i64::from(price.unit_amount_cents))
            && item.price.currency == catalogue::CURRENCY
    });
    if is_listed {
        None
    } else {
        Some("the amount is not the catalogue's")
    }
}

/// What the individual has while their organization does not exist yet. A personal plan that runs is left alone.
async fn pay_individual(
    tx: &mut TenantTx,
    conversion: &Conversion,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(paid_until) = conversion.paid_until else {
        return Ok(());
    };
    let term = PaidTerm {
        interval: conversion.interval,
        seats: conversion.seats,
        paid_until,
    };
    let mut record = match tx.lock_subscription().await? {
        Some(record)
            if record.stripe_subscription_id.is_some() && record.subscription.is_live(now) =>
        {
            return Ok(());
        }
        Some(record) => record,
        None => SubscriptionRecord::new(domain::Subscription::start_trial(now, 0)),
    };
    record.subscription = match record.subscription.pay(conversion.plan, term, now) {
        Ok(paid) => paid,
        // Another organization of theirs waits for its name; this one's term stands in its own conversion.
        Err(_) if conversion.plan.needs_organization() => return Ok(()),
        Err(refusal) => return Err(Failure::Park(refusal.to_string())),
    };
    if conversion.plan == Plan::Personal {
        record.stripe_customer_id = Some(subscription.customer.clone());
        record.stripe_subscription_id = Some(subscription.id.clone());
        record.stripe_price = Some(conversion.lookup_key.clone());
    }
    Ok(tx.save_subscription(&record).await?)
}

async fn enqueue(
    tx: &mut TenantTx,
    conversion: &Conversion,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let payload = json!({ "conversion_id": conversion.id });
    tx.enqueue(
        kind::CONVERSION,
        &format!("{}:{}", kind::CONVERSION, conversion.id),
        &payload,
        now,
    )
    .await?;
    let payload = json!({ "user_id": conversion.person.user_id });
    Ok(tx
        .enqueue(
            kind::SUBSCRIPTION_CLAIM,
            kind::SUBSCRIPTION_CLAIM,
            &payload,
            now,
        )
        .await?)
}

/// The payment ended before the organization was committed: the saga takes back what it has made.
async fn taken_back(
    context: &Context,
    mut tx: TenantTx,
    mut conversion: Conversion,
) -> Result<Applied, Failure> {
    if conversion.step == ConversionStep::Requested || conversion.step.is_final() {
        return Ok(Applied::Ignored("the conversion is not under way"));
    }
    let now = context.clock.now();
    conversion.step = ConversionStep::Cancelling;
    conversion.updated_at = now;
    if !tx.save_conversion(&conversion).await? {
        return Err(Failure::FenceLost);
    }
    if let Some(mut record) = tx.lock_subscription().await?
        && matches!(record.subscription.state, State::Activation { .. })
    {
        record.subscription = record.subscription.hand_over(now);
        tx.save_subscription(&record).await?;
    }
    let target = format!("conversion:{}", conversion.id);
    tx.insert_audit_event(&audit::by_system(
        "payment",
        "conversion.cancelling",
        target,
        now,
    ))
    .await?;
    enqueue(&mut tx, &conversion, now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}
