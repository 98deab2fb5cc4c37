//! A checkout that was never paid: the conversion ends and its name is free for others.
//!
//! Usually Stripe says that the page has expired. Its word may be lost, and a page that never came to be says nothing,
//! so every conversion is looked at once when no page of its can be open any more.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ConversionStep, TenantId};
use serde_json::json;
use store::{Conversion, TenantTx};

use crate::audit;
use crate::billing::wire::CheckoutStatus;
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// An hour more than Stripe keeps a page open.
const LOOKED_AT_AFTER: TimeDelta = TimeDelta::hours(25);

/// How long a page is given that is open against expectation.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// To be enqueued together with a new conversion.
///
/// # Errors
/// The database failed.
pub async fn look_later(
    tx: &mut TenantTx,
    conversion: &Conversion,
) -> Result<(), store::StoreError> {
    tx.enqueue(
        kind::CONVERSION,
        &format!("{}:{}", kind::CONVERSION, conversion.id),
        &json!({ "conversion_id": conversion.id }),
        conversion.created_at + LOOKED_AT_AFTER,
    )
    .await
}

pub(super) async fn run(
    context: &Context,
    individual: &TenantId,
    conversion: Conversion,
) -> Result<(), Failure> {
    let early = conversion.created_at + LOOKED_AT_AFTER - context.clock.now();
    if early > TimeDelta::zero() {
        return Err(wait(early.to_std().unwrap_or(LOOK_AGAIN_AFTER)));
    }
    // Without a recorded page nobody was sent to one.
    let session = match &conversion.checkout_session_id {
        Some(session) => context.billing.checkout_session(session).await?,
        None => None,
    };
    match session.as_ref().and_then(|session| session.status) {
        Some(CheckoutStatus::Open | CheckoutStatus::Unknown) => Err(wait(LOOK_AGAIN_AFTER)),
        Some(CheckoutStatus::Complete) => {
            let subscription = session.and_then(|session| session.subscription);
            paid_after_all(context, subscription).await
        }
        Some(CheckoutStatus::Expired) | None => {
            let tx = context.store.tenant(individual).await?;
            abandon(tx, conversion, context.clock.now()).await
        }
    }
}

fn wait(after: Duration) -> Failure {
    Failure::Wait {
        after: Some(after),
        reason: "the checkout may still be paid".into(),
    }
}

/// The news of the payment was lost, or set aside: it is looked at again.
async fn paid_after_all(context: &Context, subscription: Option<String>) -> Result<(), Failure> {
    let Some(subscription) = subscription else {
        return Err(Failure::Park("a paid checkout has no subscription".into()));
    };
    let key = format!("{}:{subscription}", kind::STRIPE_SUBSCRIPTION);
    let payload = json!({ "subscription_id": subscription });
    let now = context.clock.now();
    Ok(context
        .store
        .enqueue_system(kind::STRIPE_SUBSCRIPTION, &key, &payload, now)
        .await?)
}

/// Ends a conversion that was claimed and is still unpaid.
pub async fn abandon(
    mut tx: TenantTx,
    mut conversion: Conversion,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    conversion.step = ConversionStep::Cancelled;
    conversion.updated_at = now;
    if !tx.save_conversion(&conversion).await? {
        return Err(Failure::FenceLost);
    }
    if let Some(name) = &conversion.wanted_name {
        tx.release_organization_name(name, conversion.id).await?;
    }
    let target = format!("conversion:{}", conversion.id);
    let event = audit::by_system("payment", "conversion.abandoned", target, now);
    tx.insert_audit_event(&event).await?;
    tx.commit().await?;
    Ok(())
}
