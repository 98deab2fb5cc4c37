//! Money that went back, by refunds or by disputes that were lost: all that the running period cost ends the plan at
//! once, less or an older period's leaves it. A dispute that is open leaves it as it is and lets it not grow.

use chrono::{DateTime, TimeDelta, Utc};
use domain::PaidTerm;
use serde_json::json;
use store::{StripeOwner, SubscriptionRecord};

use super::refresh::{by_stripe, save};
use super::{Applied, is_of, look};
use crate::billing::wire::{Charge, DisputeStatus, Subscription};
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// How much earlier than its period a charge may have been made: the page was paid, then the subscription began.
const CHARGED_BEFORE: TimeDelta = TimeDelta::hours(1);

const NOT_ALL: Applied = Applied::Ignored("not all of the period was given back");

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
    settle(context, &owner, record.as_ref(), &subscription).await
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
        let settled = settle(context, &owner, record.as_ref(), &subscription).await?;
        if settled != NOT_ALL {
            return Ok(settled);
        }
    }
    match record {
        Some(record) => flag(context, &owner, &record, &subscription.customer).await,
        None => Ok(Applied::Ignored("nothing of it runs here")),
    }
}

async fn settle(
    context: &Context,
    owner: &StripeOwner,
    record: Option<&SubscriptionRecord>,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    // Else its payment is not here yet, or was taken back with it.
    let Some(record) = record.filter(|record| is_of(record, subscription)) else {
        return look(context, &subscription.id).await;
    };
    let term = record.subscription.term();
    match is_given_back(context, subscription, term).await? {
        true => end(context, owner, subscription).await,
        false => Ok(NOT_ALL),
    }
}

/// Whether every charge of the period that runs went back in full. The upgrade in its middle is one of them.
pub(super) async fn is_given_back(
    context: &Context,
    subscription: &Subscription,
    term: Option<&PaidTerm>,
) -> Result<bool, Failure> {
    let Some(mut start) = subscription.period_start() else {
        return Ok(false);
    };
    // To Stripe, a trial that keeps a paid period is a period of its own, which began in the middle.
    if let Some(term) = term.filter(|_| subscription.is_in_trial()) {
        start = start.min(term.interval.before(term.paid_until));
    }
    let from = (start - CHARGED_BEFORE).timestamp();
    let charges = context.billing.charges(&subscription.customer).await?.data;
    let of_period = charges
        .iter()
        .filter(|charge| charge.paid && charge.amount > 0 && charge.created >= from);
    let mut has_charges = false;
    for charge in of_period {
        has_charges = true;
        if charge.amount_refunded + lost(context, charge).await? < charge.amount {
            return Ok(false);
        }
    }
    Ok(has_charges)
}

/// What the bank took back for good, in cents.
async fn lost(context: &Context, charge: &Charge) -> Result<i64, Failure> {
    if !charge.disputed {
        return Ok(0);
    }
    let disputes = context.billing.disputes(&charge.id).await?.data;
    let lost = disputes
        .iter()
        .filter(|dispute| dispute.status == DisputeStatus::Lost);
    Ok(lost.map(|dispute| dispute.amount).sum())
}

/// Since when a dispute of this customer's is open: of several, the first.
async fn disputed_since(
    context: &Context,
    customer: &str,
) -> Result<Option<DateTime<Utc>>, Failure> {
    let mut since = None;
    for charge in context.billing.charges(customer).await?.data {
        if !charge.disputed {
            continue;
        }
        for dispute in context.billing.disputes(&charge.id).await?.data {
            let is_first = since.is_none_or(|since| dispute.created < since);
            if dispute.status == DisputeStatus::Open && is_first {
                since = Some(dispute.created);
            }
        }
    }
    Ok(since.and_then(|since| DateTime::from_timestamp(since, 0)))
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

/// `record` was read before Stripe is asked: whoever changed it since may have seen later news.
async fn flag(
    context: &Context,
    owner: &StripeOwner,
    record: &SubscriptionRecord,
    customer: &str,
) -> Result<Applied, Failure> {
    let since = disputed_since(context, customer).await?;
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let before = tx.lock_subscription().await?;
    let Some(before) = before.filter(|before| before.version == record.version) else {
        return Err(Failure::FenceLost);
    };
    if before.disputed_at == since {
        tx.save_subscription(&before).await?;
    } else {
        let after = SubscriptionRecord {
            disputed_at: since,
            ..before.clone()
        };
        let cause = by_stripe(&mut tx, owner).await?;
        save(&mut tx, &before, &after, cause, context.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(Applied::Done)
}
