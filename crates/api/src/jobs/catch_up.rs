//! Payments that no webhook told of: events that Stripe could not deliver while we were down longer than it retries,
//! and subscriptions whose conversion still waits. Each subscription is read anew, so one that is known changes nothing.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::kind;
use crate::billing::wire::Subscription;
use crate::workflows::payment::Hint;
use crate::workflows::{Context, Failure};

/// Stripe retries for three days; what it gave up on lies within this (it keeps events for 30 days).
const LOOK_BACK: TimeDelta = TimeDelta::days(4);

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    events(context).await?;
    subscriptions(context).await
}

async fn events(context: &Context) -> Result<(), Failure> {
    let from = context.clock.now() - LOOK_BACK;
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
