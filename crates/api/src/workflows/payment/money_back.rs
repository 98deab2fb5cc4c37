//! Money that went back: a full refund of the period that runs, or a dispute that was lost, ends the plan at once. A
//! dispute that is open leaves it as it is and lets it not grow.

use chrono::{DateTime, TimeDelta, Utc};
use domain::PaidTerm;
use serde_json::json;
use store::{StripeOwner, SubscriptionRecord};

use super::refresh::{by_stripe, save};
use super::{Applied, is_of, look};
use crate::billing::wire::{Charge, Dispute, DisputeStatus, Subscription, SubscriptionStatus};
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// How much earlier than its period a charge may have been made: the page was paid, then the subscription began.
const CHARGED_BEFORE: TimeDelta = TimeDelta::hours(1);

pub(super) async fn refund(context: &Context, charge: &str) -> Result<Applied, Failure> {
    let Some(charge) = context.billing.charge(charge).await? else {
        return Ok(Applied::Ignored("Stripe does not know the charge"));
    };
    let (owner, record) = match payer(context, &charge).await? {
        Ok(payer) => payer,
        Err(unchanged) => return Ok(unchanged),
    };
    let Some(subscription) = read(context, &owner, record.as_ref()).await? else {
        return Ok(Applied::Ignored("the customer has no subscription"));
    };
    match record {
        Some(record) if is_of(&record, &subscription) => {
            let term = record.subscription.term();
            if !is_given_back(context, &subscription, term).await? {
                return Ok(Applied::Ignored("not all of the period was given back"));
            }
            end(context, &owner, &subscription).await
        }
        // Its payment is not here yet, or was taken back with it.
        _ => look(context, &subscription.id).await,
    }
}

pub(super) async fn dispute(context: &Context, dispute: &str) -> Result<Applied, Failure> {
    let Some(dispute) = context.billing.dispute(dispute).await? else {
        return Ok(Applied::Ignored("Stripe does not know the dispute"));
    };
    let Some(charge) = context.billing.charge(&dispute.charge).await? else {
        return Ok(Applied::Ignored("Stripe does not know the charge"));
    };
    let (owner, record) = match payer(context, &charge).await? {
        Ok(payer) => payer,
        Err(unchanged) => return Ok(unchanged),
    };
    let Some(subscription) = read(context, &owner, record.as_ref()).await? else {
        return Ok(Applied::Ignored("the customer has no subscription"));
    };
    if dispute.status == DisputeStatus::Lost {
        return end(context, &owner, &subscription).await;
    }
    flag(context, &owner, &dispute).await
}

/// Whether every charge of the period that runs was given back in full. The upgrade in its middle is one of them.
pub(super) async fn is_given_back(
    context: &Context,
    subscription: &Subscription,
    term: Option<&PaidTerm>,
) -> Result<bool, Failure> {
    let Some(mut start) = subscription.period_start() else {
        return Ok(false);
    };
    // To Stripe, a trial that keeps a paid period is a period of its own, which began in the middle.
    if let Some(term) = term.filter(|_| subscription.status == SubscriptionStatus::Trialing) {
        start = start.min(term.interval.before(term.paid_until));
    }
    let from = (start - CHARGED_BEFORE).timestamp();
    let charges = context.billing.charges(&subscription.customer).await?.data;
    let mut of_period = charges
        .iter()
        .filter(|charge| charge.paid && charge.amount > 0 && charge.created >= from)
        .peekable();
    Ok(of_period.peek().is_some()
        && of_period.all(|charge| charge.amount_refunded >= charge.amount))
}

type Payer = (StripeOwner, Option<SubscriptionRecord>);

async fn payer(context: &Context, charge: &Charge) -> Result<Result<Payer, Applied>, Failure> {
    if charge.livemode != context.config.stripe.livemode {
        return Ok(Err(Applied::Quarantined(
            "test mode and live mode are mixed",
        )));
    }
    let Some(customer) = &charge.customer else {
        return Ok(Err(Applied::Ignored("the charge is of no customer")));
    };
    let Some(owner) = context.store.stripe_owner(customer).await? else {
        return Ok(Err(super::stranger(context, customer).await?));
    };
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let record = tx.subscription().await?;
    let is_theirs = |record: &SubscriptionRecord| {
        record.stripe_customer_id.as_deref() == Some(customer.as_str())
    };
    Ok(Ok((owner, record.filter(is_theirs))))
}

/// The subscription that is known, or the one of the conversion that is under way.
async fn read(
    context: &Context,
    owner: &StripeOwner,
    record: Option<&SubscriptionRecord>,
) -> Result<Option<Subscription>, Failure> {
    let known = record.and_then(|record| record.stripe_subscription_id.clone());
    let id = match (known, owner.conversion) {
        (Some(id), _) => Some(id),
        (None, Some(conversion)) => {
            let mut tx = context.store.tenant(&owner.tenant).await?;
            let conversion = tx.conversion(conversion).await?;
            conversion.and_then(|found| found.stripe_subscription_id)
        }
        (None, None) => None,
    };
    match id {
        Some(id) => Ok(context.billing.subscription(&id).await?),
        None => Ok(None),
    }
}

async fn end(
    context: &Context,
    owner: &StripeOwner,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let Some(before) = tx
        .lock_subscription()
        .await?
        .filter(|record| is_of(record, subscription))
    else {
        drop(tx);
        return look(context, &subscription.id).await;
    };
    let now = context.clock.now();
    let paid_until = before.subscription.term().map(|term| term.paid_until);
    let Ok(refunded) = before.subscription.clone().refund(now) else {
        return Ok(Applied::Quarantined(
            "money went back for what never ran here",
        ));
    };
    let mut after = before.clone();
    after.subscription = refunded;
    after.next = None;
    after.disputed_at = None;
    after.refunded_until = before
        .refunded_until
        .max(paid_until)
        .max(subscription.paid_until());
    if after == before {
        return Ok(Applied::Done);
    }
    let payload = json!({ "subscription_id": subscription.id });
    tx.enqueue(kind::STRIPE_END, &subscription.id, &payload, now)
        .await?;
    let cause = by_stripe(&mut tx, owner).await?;
    save(&mut tx, &before, &after, cause, now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}

async fn flag(
    context: &Context,
    owner: &StripeOwner,
    dispute: &Dispute,
) -> Result<Applied, Failure> {
    let since = match dispute.status {
        DisputeStatus::Open => DateTime::<Utc>::from_timestamp(dispute.created, 0),
        DisputeStatus::Won | DisputeStatus::WarningClosed | DisputeStatus::Lost => None,
    };
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let Some(before) = tx.lock_subscription().await? else {
        return Ok(Applied::Ignored("nothing of it runs here"));
    };
    if before.disputed_at == since {
        return Ok(Applied::Done);
    }
    let mut after = before.clone();
    after.disputed_at = since;
    let now = context.clock.now();
    let cause = by_stripe(&mut tx, owner).await?;
    save(&mut tx, &before, &after, cause, now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}
