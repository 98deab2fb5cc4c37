//! An organization that Auth0 no longer has. What it owns here stays: deleting is a person's decision.

use domain::{OrganizationId, TenantId};

use super::Cause;
use crate::audit;
use crate::workflows::{Context, Failure};

/// Suspends it unless Auth0 has it after all.
pub(super) async fn missed(
    context: &Context,
    organization: &OrganizationId,
    cause: Cause,
) -> Result<Option<&'static str>, Failure> {
    let there = context
        .auth0
        .organizations()
        .show(organization.as_ref())
        .await?;
    if there.is_some() {
        return Ok(Some("Auth0 has the organization"));
    }
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let Some(mut customer) = tx.customer().await? else {
        return Ok(Some("the organization is no customer"));
    };
    if customer.suspended_at.is_some() {
        return Ok(Some("it is suspended already"));
    }
    let now = context.clock.now();
    customer.suspended_at = Some(now);
    customer.updated_at = now;
    tx.save_customer(&customer).await?;
    let target = format!("organization:{organization}");
    let event = audit::by_system(cause.job(), "organization.lost", target, now);
    tx.insert_audit_event(&event).await?;
    tx.commit().await?;
    tracing::error!(%organization, "Auth0 no longer has an organization of a customer; it is suspended");
    Ok(None)
}
