//! A subscription that runs already is brought to the state that Stripe says it has.

use chrono::{DateTime, TimeDelta, Utc};
use domain::subscription::PastDueRefusal;
use domain::{Interval, PaidTerm};
use serde_json::json;
use store::{StripeOwner, SubscriptionRecord, TenantTx};

use super::Applied;
use crate::audit;
use crate::billing::wire::{Subscription, SubscriptionStatus};
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// How long a failed renewal leaves the product usable; Stripe's own retries end within it by default
/// (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>).
const GRACE: TimeDelta = TimeDelta::days(14);

pub(super) async fn run(
    context: &Context,
    mut tx: TenantTx,
    owner: &StripeOwner,
    mut record: SubscriptionRecord,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    let now = context.clock.now();
    let before = record.subscription.clone();
    let Some(after) = next(before.clone(), subscription, now)? else {
        return Ok(Applied::Ignored("it is in no state that changes anything"));
    };
    if after == before {
        return Ok(Applied::Done);
    }
    record.subscription = after;
    tx.save_subscription(&record).await?;
    let mut event = audit::by_system(
        "payment",
        "subscription.changed",
        format!("subscription:{}", subscription.id),
        now,
    );
    event.before = Some(json!(before.claim(now).to_string()));
    event.after = Some(json!(record.subscription.claim(now).to_string()));
    tx.insert_audit_event(&event).await?;
    let user_id = match owner.conversion {
        Some(conversion) => tx
            .conversion(conversion)
            .await?
            .map(|conversion| conversion.person.user_id),
        None => None,
    };
    tx.enqueue(
        kind::SUBSCRIPTION_CLAIM,
        kind::SUBSCRIPTION_CLAIM,
        &json!({ "user_id": user_id }),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(Applied::Done)
}

/// None: a state that changes nothing yet.
fn next(
    before: domain::Subscription,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<Option<domain::Subscription>, Failure> {
    let after = match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
            let renewed = {
                let term = term(&before, subscription)?;
                before.renew(term, now).map_err(parked)?
            };
            if subscription.cancel_at_period_end {
                renewed.cancel_at_period_end(now).map_err(parked)?
            } else {
                renewed.clone().resume(now).unwrap_or(renewed)
            }
        }
        SubscriptionStatus::PastDue => match before.past_due(now + GRACE) {
            Ok(past_due) => past_due,
            // Late news: it has ended here in the meantime.
            Err(PastDueRefusal::Ended) => return Ok(None),
            Err(refusal) => return Err(parked(refusal)),
        },
        SubscriptionStatus::Canceled
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::IncompleteExpired => before.cancel_now(now).map_err(parked)?,
        SubscriptionStatus::Incomplete
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Unknown => return Ok(None),
    };
    Ok(Some(after))
}

fn parked(refusal: impl std::error::Error) -> Failure {
    Failure::Park(refusal.to_string())
}

fn term(before: &domain::Subscription, subscription: &Subscription) -> Result<PaidTerm, Failure> {
    let known = before.term();
    let item = subscription.only_item();
    let paid_until = subscription
        .current_period_end()
        .or(known.map(|term| term.paid_until));
    let interval = item
        .and_then(|item| interval(item.price.lookup_key.as_deref()))
        .or(known.map(|term| term.interval));
    match (paid_until, interval) {
        (Some(paid_until), Some(interval)) => {
            let seats = item
                .and_then(|item| item.quantity)
                .unwrap_or_else(|| before.seats());
            Ok(PaidTerm {
                interval,
                seats,
                paid_until,
            })
        }
        _ => Err(Failure::Park("the subscription names no period".into())),
    }
}

fn interval(lookup_key: Option<&str>) -> Option<Interval> {
    let prices = domain::catalogue::CATALOGUE
        .iter()
        .flat_map(|entry| entry.prices);
    prices
        .filter(|price| Some(price.lookup_key) == lookup_key)
        .map(|price| price.interval)
        .next()
}
