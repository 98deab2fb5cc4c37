//! A tenant that is to go: what happens while the request can be taken back, and the step after which it cannot.

use chrono::{DateTime, TimeDelta, Utc};
use domain::conversion::ConversionStep;
use domain::{ConversionId, OrganizationId, TenantId};
use serde_json::json;
use store::{Deletion, Page, TenantTx};

use super::{Context, Failure};
use crate::jobs::kind;

/// How long the deletion of an organization can be taken back.
pub const GRACE: TimeDelta = TimeDelta::days(30);

/// Conversions of one person read at a time.
const PAGE: u32 = 200;

/// Closes the tenant once its time has come and hands it to [`super::erasure`], in one transaction.
///
/// # Errors
/// See [`Failure`]; it waits while it is not due.
pub async fn begin(context: &Context, tenant: &TenantId) -> Result<(), Failure> {
    let now = context.clock.now();
    let mut tx = context.store.tenant(tenant).await?;
    let Some(deletion) = tx.deletion().await?.filter(is_open) else {
        return Ok(());
    };
    if now < deletion.deletes_at {
        return Err(Failure::Wait {
            after: (deletion.deletes_at - now).to_std().ok(),
            reason: "the deletion is not due yet".into(),
        });
    }
    if stop_conversions(&mut tx, now).await? {
        tx.commit().await?;
        return Err(Failure::Wait {
            after: None,
            reason: "a conversion has to end first".into(),
        });
    }
    if let Some(mut customer) = tx.customer().await? {
        // Refuses whoever comes between here and the last row.
        customer.suspended_at = Some(now);
        customer.updated_at = now;
        tx.save_customer(&customer).await?;
    }
    let store = tx.user_store().await?;
    let connection = store.map(|store| store.connection_name);
    if tx.begin_erasure(now, connection.as_deref()).await? {
        tx.commit().await?;
        tracing::info!(%tenant, "a tenant is being erased");
    }
    Ok(())
}

fn is_open(deletion: &Deletion) -> bool {
    deletion.is_wanted() && deletion.started_at.is_none()
}

/// A payment that came in the last moment may be making an organization: it is taken back, which undoes what it made,
/// before its row goes. True while one is under way.
async fn stop_conversions(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<bool, Failure> {
    let mut under_way = false;
    let mut page = Page::first(PAGE);
    loop {
        let found = tx.conversions(&page).await?;
        page.after = found.items.last().map(|last| last.id);
        for conversion in &found.items {
            under_way |= stop(tx, conversion.id, now).await?;
        }
        if !found.more {
            return Ok(under_way);
        }
    }
}

async fn stop(tx: &mut TenantTx, id: ConversionId, now: DateTime<Utc>) -> Result<bool, Failure> {
    let Some(mut conversion) = tx.lock_conversion(id).await? else {
        return Ok(false);
    };
    match conversion.step {
        ConversionStep::Requested
        | ConversionStep::Paid
        | ConversionStep::Done
        | ConversionStep::Cancelled => return Ok(false),
        // The organization is there by now, and its own.
        ConversionStep::Committed | ConversionStep::Cancelling => {}
        ConversionStep::Named
        | ConversionStep::OrganizationCreated
        | ConversionStep::MemberAdded
        | ConversionStep::RoleSet
        | ConversionStep::Parked => {
            conversion.step = ConversionStep::Cancelling;
            conversion.updated_at = now;
            tx.save_conversion(&conversion).await?;
        }
    }
    let key = format!("{}:{id}", kind::CONVERSION);
    let payload = json!({ "conversion_id": id });
    tx.enqueue(kind::CONVERSION, &key, &payload, now).await?;
    Ok(true)
}

/// Has the subscription end with its paid period while the organization is to be deleted, and go on after it was
/// restored, unless it was to end anyway. Read from the present rows, so that runs in any order end the same.
///
/// # Errors
/// See [`Failure`].
pub async fn bill(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let deletion = tx.deletion().await?;
    let record = tx.subscription().await?;
    drop(tx);
    let subscription = record.and_then(|record| record.stripe_subscription_id);
    let (Some(deletion), Some(id)) = (deletion, subscription) else {
        return Ok(());
    };
    let (ends, since) = match deletion.restored_at {
        None => (true, deletion.requested_at),
        Some(_) if deletion.was_ending => return Ok(()),
        Some(restored_at) => (false, restored_at),
    };
    let Some(found) = context.billing.subscription(&id).await? else {
        return Ok(());
    };
    if found.is_over() || found.cancel_at_period_end == ends {
        return Ok(());
    }
    let key = format!("deletion:{id}:{ends}:{}", since.timestamp_micros());
    context
        .billing
        .set_cancel_at_period_end(&id, ends, &key)
        .await?;
    Ok(())
}
