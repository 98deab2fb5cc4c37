//! Finds the organizations that crashes and late answers left behind in Auth0.
//!
//! One is deleted only when it carries our marker, its conversion ended without it, and two
//! sweeps at least [`ORPHAN_AGE`] apart saw it so: a restored database must never delete what it does not know.

use chrono::{DateTime, TimeDelta, Utc};
use domain::OrganizationId;
use management::{Class, Organization};

use super::{Context, Failure, marker};

/// A create call that timed out may be applied minutes later; within this age it may still be adopted.
pub const ORPHAN_AGE: TimeDelta = TimeDelta::minutes(15);

/// Waits where Auth0 asks for it and goes on from there: begun again after each limit it would never reach the end.
pub async fn run(context: &Context) -> Result<(), Failure> {
    let client = context.auth0.organizations();
    let mut from: Option<String> = None;
    loop {
        let page = match client.page(from.as_deref()).await {
            Ok(page) => page,
            Err(error) => match error.class() {
                Class::Retry { wait: Some(wait) } => {
                    tokio::time::sleep(wait).await;
                    continue;
                }
                _ => return Err(error.into()),
            },
        };
        for organization in &page.items {
            consider(context, organization).await?;
        }
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
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
