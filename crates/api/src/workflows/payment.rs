//! What a payment does here. An event is a hint: the subscription is read again from Stripe and its present state is
//! applied, so events may come twice, late or in any order.

mod abandoned;
mod first;
mod individual;
mod refresh;

pub(super) use individual::release_individual;

use serde::Deserialize;
use store::{Provider, StoredWebhook, WebhookState};

use super::{Context, Failure, erasure};
use crate::billing::wire::{Event, Subscription};

/// What became of a hint.
#[derive(Debug, PartialEq, Eq)]
pub enum Applied {
    Done,
    /// Nothing of ours is concerned.
    Ignored(&'static str),
    /// It concerns us and does not fit what we know: kept for a person, no effect.
    Quarantined(&'static str),
}

/// Applies one event of the inbox and notes there what became of it.
pub async fn event(context: &Context, event_id: &str) -> Result<(), Failure> {
    let Some(stored) = context.store.webhook(Provider::Stripe, event_id).await? else {
        return Err(Failure::Park(format!(
            "event {event_id} is not in the inbox"
        )));
    };
    let (state, note) = match consider(context, &stored).await? {
        Applied::Done => (WebhookState::Done, None),
        Applied::Ignored(why) => (WebhookState::Ignored, Some(why)),
        Applied::Quarantined(why) => {
            tracing::error!(event_id, why, "a webhook is quarantined");
            (WebhookState::Quarantined, Some(why))
        }
    };
    Ok(context
        .store
        .mark_webhook(Provider::Stripe, event_id, state, note)
        .await?)
}

async fn consider(context: &Context, stored: &StoredWebhook) -> Result<Applied, Failure> {
    let concerns_us = is_of_our_families(&stored.webhook.kind);
    let Ok(event) = Event::deserialize(&stored.webhook.body) else {
        return Ok(if concerns_us {
            Applied::Quarantined("an event about payments has another shape than we know")
        } else {
            Applied::Ignored("not an event of a shape that we use")
        });
    };
    if event.livemode != context.config.stripe.livemode {
        return Ok(Applied::Quarantined("test mode and live mode are mixed"));
    }
    if event.account.is_some() {
        return Ok(Applied::Quarantined("it belongs to a connected account"));
    }
    if event.kind == "checkout.session.expired" {
        return match event.data.object.checkout_session_id() {
            Some(session) => abandoned::run(context, session).await,
            None => Ok(Applied::Ignored("no checkout is concerned")),
        };
    }
    match event.data.object.subscription_id() {
        Some(subscription) if concerns_us => look(context, subscription).await,
        Some(_) | None => Ok(Applied::Ignored("no subscription is concerned")),
    }
}

fn is_of_our_families(kind: &str) -> bool {
    ["checkout.session.", "customer.subscription.", "invoice."]
        .iter()
        .any(|family| kind.starts_with(family))
}

/// Brings one subscription of ours to the state that Stripe says it has now. No event in the inbox can hold what does
/// not fit, so it is said aloud here.
pub async fn apply(context: &Context, subscription_id: &str) -> Result<Applied, Failure> {
    let applied = look(context, subscription_id).await?;
    if let Applied::Quarantined(why) = &applied {
        tracing::error!(
            subscription_id,
            why,
            "a subscription does not fit what we know"
        );
    }
    Ok(applied)
}

async fn look(context: &Context, subscription_id: &str) -> Result<Applied, Failure> {
    let Some(subscription) = context.billing.subscription(subscription_id).await? else {
        return Ok(Applied::Ignored("Stripe does not know the subscription"));
    };
    if subscription.livemode != context.config.stripe.livemode {
        return Ok(Applied::Quarantined("test mode and live mode are mixed"));
    }
    // The customer was recorded when the checkout began; metadata alone could name anybody's conversion.
    let Some(owner) = context.store.stripe_owner(&subscription.customer).await? else {
        return unowned(context, &subscription).await;
    };
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let record = tx.lock_subscription().await?;
    match (record, owner.conversion) {
        (Some(record), _) if is_of(&record, &subscription) => {
            refresh::run(context, tx, &owner, record, &subscription).await
        }
        (_, Some(conversion)) => first::run(context, tx, conversion, &subscription).await,
        (_, None) => Ok(Applied::Quarantined("the customer has no conversion")),
    }
}

/// Whoever is erased is not charged any more, also for a page that they paid on in the last moment.
async fn unowned(context: &Context, subscription: &Subscription) -> Result<Applied, Failure> {
    if !context.store.was_erased(&subscription.customer).await? {
        return Ok(Applied::Quarantined("the customer is not one of ours"));
    }
    erasure::end_subscription(context, &subscription.id).await?;
    Ok(Applied::Ignored("the customer is erased"))
}

fn is_of(record: &store::SubscriptionRecord, subscription: &Subscription) -> bool {
    record.stripe_subscription_id.as_deref() == Some(subscription.id.as_str())
}
