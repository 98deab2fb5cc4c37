//! Payments that no webhook told of: events that Stripe could not deliver while we were down longer than it retries,
//! and subscriptions whose conversion still waits. Each subscription is read anew, so one that is known changes nothing.
//! The next listing begins where this one has come to.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::kind;
use crate::billing::wire::Subscription;
use crate::workflows::payment::Hint;
use crate::workflows::{Context, Failure};

/// How long Stripe lists an event (<https://docs.stripe.com/api/events>).
const KEPT: TimeDelta = TimeDelta::days(30);

/// How much is listed a second time: the two clocks may differ, and an event may be listed late.
const OVERLAP: TimeDelta = TimeDelta::days(1);

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let now = context.clock.now();
    let known = context.store.stripe_caught_up_to().await?;
    events(context, from(known, now)).await?;
    context.store.note_stripe_caught_up(now).await?;
    subscriptions(context).await
}

fn from(known: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    let oldest = now - KEPT;
    known.map_or(oldest, |known| (known.min(now) - OVERLAP).max(oldest))
}

async fn events(context: &Context, from: DateTime<Utc>) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = context.billing.events_since(from, after.as_deref()).await?;
        for event in &page.data {
            match Hint::of(event) {
                Some(Hint::Subscription(id)) => look_again(context, &id).await?,
                Some(other) => look_at(context, &other).await?,
                None => {}
            }
        }
        after = page.data.last().map(|event| event.id.clone());
        if !page.has_more || after.is_none() {
            return Ok(());
        }
    }
}

async fn subscriptions(context: &Context) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = context
            .billing
            .active_subscriptions(after.as_deref())
            .await?;
        for subscription in &page.data {
            if waits(context, subscription).await? {
                look_again(context, &subscription.id).await?;
            }
        }
        after = page.data.last().map(|subscription| subscription.id.clone());
        if !page.has_more || after.is_none() {
            return Ok(());
        }
    }
}

/// Whether its conversion has not come to its end.
async fn waits(context: &Context, subscription: &Subscription) -> Result<bool, Failure> {
    let named = subscription.metadata.get("conversion_id");
    let Some(conversion) = named.and_then(|id| id.parse::<Uuid>().ok()) else {
        return Ok(false);
    };
    let owner = context
        .store
        .conversion_of_marker(conversion.into())
        .await?;
    Ok(owner.is_some_and(|owner| !owner.step.is_final()))
}

async fn look_at(context: &Context, hint: &Hint) -> Result<(), Failure> {
    let payload = serde_json::to_value(hint)
        .map_err(|error| Failure::Park(format!("a hint that cannot be kept: {error}")))?;
    let now = context.clock.now();
    let key = hint.dedup_key();
    context
        .store
        .enqueue_system(kind::STRIPE_OBJECT, &key, &payload, now)
        .await?;
    Ok(())
}

async fn look_again(context: &Context, subscription: &str) -> Result<(), Failure> {
    let key = format!("{}:{subscription}", kind::STRIPE_SUBSCRIPTION);
    let payload = json!({ "subscription_id": subscription });
    let now = context.clock.now();
    context
        .store
        .enqueue_system(kind::STRIPE_SUBSCRIPTION, &key, &payload, now)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_begins_where_the_last_one_came_to_and_never_leaves_anything_out() {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1_000);
        let ago = |days| now - TimeDelta::days(days);
        for (known, expected) in [
            (None, ago(30)),
            (Some(now), ago(1)),
            (Some(ago(20)), ago(21)),
            (Some(ago(90)), ago(30)),
            // The clock was set back.
            (Some(ago(-365)), ago(1)),
        ] {
            assert_eq!(from(known, now), expected, "{known:?}");
        }
    }
}
