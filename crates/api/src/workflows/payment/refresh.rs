//! A subscription that runs already is brought to the state that Stripe says it has.

use chrono::{DateTime, TimeDelta, Utc};
use domain::subscription::{CancelRefusal, PastDueRefusal};
use domain::{PaidTerm, State, catalogue};
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
    let after = match next(before.clone(), subscription, now) {
        Ok(after) => after,
        Err(unchanged) => return Ok(unchanged),
    };
    let price = price(subscription).or(record.stripe_price.clone());
    if after == before && price == record.stripe_price {
        return Ok(Applied::Done);
    }
    record.subscription = after;
    record.stripe_price = price;
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

/// # Errors
/// What becomes of the hint when nothing changes.
fn next(
    before: domain::Subscription,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<domain::Subscription, Applied> {
    match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
            running(before, subscription, now)
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
        SubscriptionStatus::Canceled
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::IncompleteExpired => {
            before.cancel_now(now).map_err(|refusal| match refusal {
                CancelRefusal::Ended => Applied::Ignored("it has ended here"),
                CancelRefusal::Trial | CancelRefusal::InActivation => {
                    Applied::Quarantined("a subscription ended that never ran here")
                }
            })
        }
        SubscriptionStatus::Incomplete
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Unknown => {
            Err(Applied::Ignored("it is in no state that changes anything"))
        }
    }
}

fn running(
    before: domain::Subscription,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<domain::Subscription, Applied> {
    let term = term(&before, subscription)?;
    let is_outstanding = matches!(before.state, State::PastDue { .. });
    if is_outstanding && !subscription.latest_invoice_is_paid() {
        return Err(Applied::Ignored("the outstanding invoice is not paid"));
    }
    let renewed = before
        .renew(term, now)
        .map_err(|_| Applied::Quarantined("the plan cannot be renewed so"))?;
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

/// What runs on, as far as it is a price of ours for the plan that runs here.
fn term(before: &domain::Subscription, subscription: &Subscription) -> Result<PaidTerm, Applied> {
    let item = subscription.only_item().ok_or(Applied::Quarantined(
        "the subscription does not have exactly one item",
    ))?;
    let sold = item
        .price
        .lookup_key
        .as_deref()
        .and_then(catalogue::sold_as);
    let (plan, interval) = sold.ok_or(Applied::Quarantined("the price is not one of ours"))?;
    if plan != before.plan {
        return Err(Applied::Quarantined(
            "another plan is paid than the one that runs here",
        ));
    }
    let paid_until = subscription
        .paid_until()
        .ok_or(Applied::Ignored("nothing of it is paid"))?;
    Ok(PaidTerm {
        interval,
        seats: item.quantity.unwrap_or_else(|| before.seats()),
        paid_until,
    })
}

/// The look-up key, where it is one of ours.
fn price(subscription: &Subscription) -> Option<String> {
    let key = subscription.only_item()?.price.lookup_key.as_deref()?;
    catalogue::sold_as(key).map(|_| key.to_owned())
}
