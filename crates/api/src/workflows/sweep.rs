//! Finds what crashes, lost events and late answers left behind, on both sides.
//!
//! An organization in Auth0 is deleted only when it carries our marker, its conversion ended without it, and two
//! sweeps at least [`ORPHAN_AGE`] apart saw it so: a restored database must never delete what it does not know.

use chrono::{DateTime, TimeDelta, Utc};
use domain::OrganizationId;
use futures::TryStreamExt;
use management::Organization;
use uuid::Uuid;

use super::{Context, Failure, marker};
use crate::billing::wire::Subscription;
use crate::jobs::kind;

/// A create call that timed out may be applied minutes later; within this age it may still be adopted.
pub const ORPHAN_AGE: TimeDelta = TimeDelta::minutes(15);

pub async fn run(context: &Context) -> Result<(), Failure> {
    organizations(context).await?;
    payments(context).await
}

async fn organizations(context: &Context) -> Result<(), Failure> {
    let client = context.auth0.organizations();
    let mut all = std::pin::pin!(client.list());
    while let Some(organization) = all.try_next().await? {
        consider(context, &organization).await?;
    }
    Ok(())
}

async fn consider(context: &Context, organization: &Organization) -> Result<(), Failure> {
    let Some(conversion) = marker::conversion(&organization.metadata, &context.config.environment)
    else {
        return Ok(());
    };
    let Some(owner) = context.store.conversion_of_marker(conversion).await? else {
        tracing::warn!(organization = %organization.id, %conversion, "an organization carries a marker that we do not know");
        return Ok(());
    };
    let Ok(id) = organization.id.parse::<OrganizationId>() else {
        return Ok(());
    };
    if owner.organization_id.as_ref() == Some(&id) || !owner.step.is_final() {
        return Ok(context.store.forget_orphan(&id).await?);
    }
    let now = context.clock.now();
    let first_seen: DateTime<Utc> = context.store.sight_orphan(&id, conversion, now).await?;
    if now - first_seen >= ORPHAN_AGE {
        tracing::warn!(organization = %organization.id, %conversion, "deleting an organization that its conversion ended without");
        context
            .auth0
            .organizations()
            .delete(&organization.id)
            .await?;
        context.store.forget_orphan(&id).await?;
    }
    Ok(())
}

/// Every subscription that Stripe counts as active must have reached us; the job is idempotent, so all are looked at.
async fn payments(context: &Context) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = context
            .billing
            .active_subscriptions(after.as_deref())
            .await?;
        for subscription in &page.data {
            unseen(context, subscription).await?;
        }
        after = page.data.last().map(|subscription| subscription.id.clone());
        if !page.has_more || after.is_none() {
            return Ok(());
        }
    }
}

async fn unseen(context: &Context, subscription: &Subscription) -> Result<(), Failure> {
    let Some(conversion) = subscription
        .metadata
        .get("conversion_id")
        .and_then(|id| id.parse::<Uuid>().ok())
    else {
        return Ok(());
    };
    let owner = context
        .store
        .conversion_of_marker(conversion.into())
        .await?;
    if owner.is_some_and(|owner| !owner.step.is_final()) {
        let payload = serde_json::json!({ "subscription_id": subscription.id });
        let key = format!("{}:{}", kind::STRIPE_SUBSCRIPTION, subscription.id);
        context
            .store
            .enqueue_system(
                kind::STRIPE_SUBSCRIPTION,
                &key,
                &payload,
                context.clock.now(),
            )
            .await?;
    }
    Ok(())
}
