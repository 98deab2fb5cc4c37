//! The name of an organization is claimed as soon as somebody asks for it, so that no two customers get the same one.

use chrono::{DateTime, Utc};
use domain::{ConversionId, ConversionStep, OrganizationName};
use store::{Page, TenantTx};

use crate::pagination::MAX_LIMIT;
use crate::problem::{Code, Problem};

/// Claims the name for this conversion. A checkout that the same person has left unpaid gives it up: who goes back and
/// begins again asks for the same name.
///
/// # Errors
/// 409 when somebody else has it.
pub(super) async fn claim(
    tx: &mut TenantTx,
    name: &OrganizationName,
    conversion: ConversionId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if tx.claim_organization_name(name, conversion).await? {
        return Ok(());
    }
    release_unpaid(tx, name, conversion, now).await?;
    if tx.claim_organization_name(name, conversion).await? {
        Ok(())
    } else {
        Err(Problem::new(Code::OrganizationNameTaken))
    }
}

async fn release_unpaid(
    tx: &mut TenantTx,
    name: &OrganizationName,
    claimant: ConversionId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let newest = tx.conversions(&Page::first(MAX_LIMIT)).await?.items;
    for left in newest
        .into_iter()
        .filter(|found| found.id != claimant && found.wanted_name.as_ref() == Some(name))
    {
        // Looked at again under its lock: it may have been paid just now.
        let Some(mut left) = tx.lock_conversion(left.id).await? else {
            continue;
        };
        if left.step == ConversionStep::Requested && left.wanted_name.as_ref() == Some(name) {
            left.wanted_name = None;
            left.display_name = None;
            left.updated_at = now;
            tx.save_conversion(&left).await?;
            tx.release_organization_name(name, left.id).await?;
        }
    }
    Ok(())
}
