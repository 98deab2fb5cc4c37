//! What a payment does here. An event is a hint: its object is read again from Stripe and the present state is applied,
//! so events may come twice, late or in any order.

mod abandoned;
mod again;
mod first;
mod hint;
mod individual;
mod money_back;
mod news;
mod refresh;

pub(super) use individual::{end_personal_plan, release_individual};

use domain::TenantId;
use serde::Deserialize;
use store::{Provider, StoredWebhook, WebhookState};

pub use hint::Hint;
pub(crate) use refresh::{Actor, Cause, MoreInTrial, Order, bring, save};

use super::{Context, Failure, erasure};
use crate::audit;
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
    let Ok(event) = Event::deserialize(&stored.webhook.body) else {
        return Ok(if hint::concerns_us(&stored.webhook.kind) {
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
    match Hint::of(&event) {
        Some(hint) => follow(context, &hint).await,
        None => Ok(Applied::Ignored("no subscription is concerned")),
    }
}

/// Does what a hint asks for outside an event.
///
/// # Errors
/// What does not fit is parked: no event in the inbox can hold it for a person.
pub async fn apply(context: &Context, hint: &Hint) -> Result<(), Failure> {
    match follow(context, hint).await? {
        Applied::Quarantined(why) => Err(Failure::Park(why.to_owned())),
        Applied::Done | Applied::Ignored(_) => Ok(()),
    }
}

async fn follow(context: &Context, hint: &Hint) -> Result<Applied, Failure> {
    match hint {
        Hint::Subscription(id) => look(context, id).await,
        Hint::ExpiredCheckout(id) => abandoned::run(context, id).await,
        Hint::Charge(id) => money_back::refund(context, id).await,
        Hint::Dispute(id) => money_back::dispute(context, id).await,
        Hint::Customer(id) => deleted_customer(context, id).await,
    }
}

/// Brings one subscription of ours to the state that Stripe says it has now.
///
/// What was read before somebody else changed our row may be older than what they saw: then it is read again. Every look
/// raises the row's version for that.
async fn look(context: &Context, subscription_id: &str) -> Result<Applied, Failure> {
    let seen = seen(context, subscription_id).await?;
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
    // What began and was given back before we heard of it has not begun.
    let is_given_back =
        seen.is_none() && money_back::is_given_back(context, &subscription, None).await?;
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let record = tx.lock_subscription().await?;
    match (record, owner.conversion) {
        (Some(record), _) if is_of(&record, &subscription) => {
            if seen != Some(record.version) {
                return Err(Failure::FenceLost);
            }
            refresh::run(context, tx, &owner, record, &subscription).await
        }
        (Some(record), _) if matches!(owner.tenant, TenantId::Organization(_)) => {
            again::run(context, tx, record, &subscription, is_given_back).await
        }
        (_, Some(conversion)) => {
            first::run(context, tx, conversion, &subscription, is_given_back).await
        }
        (_, None) => Ok(Applied::Quarantined("the customer has no conversion")),
    }
}

/// Whoever is erased is not charged any more, also for a page that they paid on in the last moment.
async fn unowned(context: &Context, subscription: &Subscription) -> Result<Applied, Failure> {
    if context.store.was_erased(&subscription.customer).await? {
        erasure::end_subscription(context, &subscription.id).await?;
    }
    stranger(context, &subscription.customer).await
}

/// What is said of a customer that no tenant has.
async fn stranger(context: &Context, customer: &str) -> Result<Applied, Failure> {
    Ok(match context.store.was_erased(customer).await? {
        true => Applied::Ignored("the customer is erased"),
        false => Applied::Quarantined("the customer is not one of ours"),
    })
}

/// The version of the row that this subscription has here; None before it has one.
async fn seen(context: &Context, subscription_id: &str) -> Result<Option<i64>, Failure> {
    let Some(owner) = context.store.stripe_owner(subscription_id).await? else {
        return Ok(None);
    };
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let record = tx.subscription().await?;
    Ok(record
        .filter(|record| record.stripe_subscription_id.as_deref() == Some(subscription_id))
        .map(|record| record.version))
}

fn is_of(record: &store::SubscriptionRecord, subscription: &Subscription) -> bool {
    record.stripe_subscription_id.as_deref() == Some(subscription.id.as_str())
}

/// Stripe ends a deleted customer's subscriptions. Another purchase needs another customer.
async fn deleted_customer(context: &Context, id: &str) -> Result<Applied, Failure> {
    let customer = context.billing.customer(id).await?;
    if customer.is_some_and(|customer| !customer.deleted) {
        return Ok(Applied::Ignored("the customer is not deleted"));
    }
    let Some(owner) = context.store.stripe_owner(id).await? else {
        return stranger(context, id).await;
    };
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let record = tx.lock_subscription().await?;
    let Some(mut record) = record.filter(|record| record.stripe_customer_id.as_deref() == Some(id))
    else {
        return Ok(Applied::Ignored("the customer pays for nothing that runs"));
    };
    record.stripe_customer_id = None;
    tx.save_subscription(&record).await?;
    let (target, now) = (format!("stripe_customer:{id}"), context.clock.now());
    let deleted = audit::by_system("payment", "subscription.customer_deleted", target, now);
    tx.insert_audit_event(&deleted).await?;
    tx.commit().await?;
    match record.stripe_subscription_id {
        Some(subscription) => look(context, &subscription).await,
        None => Ok(Applied::Done),
    }
}

/// Nothing is charged any more; what is paid stays to its end. Stripe's news of it does the rest.
pub async fn let_it_end(context: &Context, subscription_id: &str) -> Result<(), Failure> {
    let found = context.billing.subscription(subscription_id).await?;
    let ends_anyway = found.is_none_or(|found| found.cancel_at_period_end || found.is_over());
    if !ends_anyway {
        let key = format!("superseded:{subscription_id}");
        context
            .billing
            .set_cancel_at_period_end(subscription_id, true, &key)
            .await?;
    }
    Ok(())
}
