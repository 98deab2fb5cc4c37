//! A payment that was taken back before the organization was committed: whatever we made in Auth0 goes away again.

use domain::TenantId;
use domain::conversion::{ConversionStep, candidate_name};
use store::Conversion;

use crate::workflows::{Context, Failure, marker};

/// Looks under every name that was ever tried, because a create that timed out may have been applied under any of them.
/// One that is applied after this look is found by the sweep.
pub(super) async fn run(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    if let Some(wanted) = conversion.wanted_name.clone() {
        for try_no in 0..=conversion.try_no {
            let name = candidate_name(&wanted, conversion.id, try_no);
            if let Some(organization) = context.auth0.organizations().by_name(name.as_ref()).await?
                && marker::conversion(&organization.metadata, &context.config.environment)
                    == Some(conversion.id)
            {
                context
                    .auth0
                    .organizations()
                    .delete(&organization.id)
                    .await?;
            }
        }
    }
    conversion.auth0_org_id = None;
    conversion.step = ConversionStep::Cancelled;
    conversion.updated_at = context.clock.now();
    let mut tx = context.store.tenant(individual).await?;
    if !tx.save_conversion(conversion).await? {
        return Err(Failure::FenceLost);
    }
    if let Some(wanted) = &conversion.wanted_name {
        tx.release_organization_name(wanted, conversion.id).await?;
    }
    tx.commit().await?;
    Ok(())
}
