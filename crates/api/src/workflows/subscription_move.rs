//! A subscription that an organization gave away arrives at the other one. The giver has lost it before, and Stripe's
//! news wait until it is there, so at no moment do two have it; what breaks off here is done by the next run.

use chrono::{DateTime, Utc};
use domain::{MoveId, OrganizationId};
use serde_json::json;
use store::{SubscriptionMove, SubscriptionRecord, TenantTx};

use super::payment::{Actor, Cause, Order, save};
use super::{Context, Failure};
use crate::jobs::kind;

pub async fn run(context: &Context, from: &OrganizationId, id: MoveId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&from.clone().into()).await?;
    let Some(moving) = tx.subscription_move(id).await? else {
        return Ok(());
    };
    drop(tx);
    let arrived = settle(context, id, &moving, &moving.to, "subscription.moved_in").await?;
    // The receiver has bought a plan of its own, or is gone.
    if arrived || settle(context, id, &moving, from, "subscription.move_returned").await? {
        return Ok(());
    }
    Err(Failure::Park(
        "neither organization can have the subscription".into(),
    ))
}

/// False when this organization has another plan that runs, or is gone.
async fn settle(
    context: &Context,
    id: MoveId,
    moving: &SubscriptionMove,
    with: &OrganizationId,
    action: &'static str,
) -> Result<bool, Failure> {
    let now = context.clock.now();
    let mut tx = context.store.tenant(&with.clone().into()).await?;
    let Some(before) = tx.lock_subscription().await? else {
        return Ok(false);
    };
    if before.subscription.is_live(now) {
        return Ok(false);
    }
    let after = SubscriptionRecord {
        version: before.version,
        ..moving.record.clone()
    };
    let order = Order {
        client_id: moving.client_id.clone(),
        action,
        reason: moving.reason.clone(),
    };
    let cause = Cause {
        by: Actor::Support(order),
        request_id: moving.request_id.clone(),
        ..Cause::default()
    };
    save(&mut tx, &before, &after, cause, now).await?;
    if !tx.finish_subscription_move(id, now).await? {
        return Err(Failure::FenceLost);
    }
    look_again(&mut tx, &after, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// What Stripe told meanwhile found it with nobody.
async fn look_again(
    tx: &mut TenantTx,
    record: &SubscriptionRecord,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(subscription) = &record.stripe_subscription_id else {
        return Ok(());
    };
    let key = format!("{}:{subscription}", kind::STRIPE_SUBSCRIPTION);
    let payload = json!({ "subscription_id": subscription });
    Ok(tx
        .enqueue(kind::STRIPE_SUBSCRIPTION, &key, &payload, now)
        .await?)
}
