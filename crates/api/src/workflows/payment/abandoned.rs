//! A checkout that nobody paid while its page was open: the conversion ends and its name is free for others.

use domain::ConversionStep;

use super::Applied;
use crate::audit;
use crate::billing::wire::CheckoutStatus;
use crate::workflows::{Context, Failure};

pub(super) async fn run(context: &Context, session_id: &str) -> Result<Applied, Failure> {
    let Some(session) = context.billing.checkout_session(session_id).await? else {
        return Ok(Applied::Ignored("Stripe does not know the checkout"));
    };
    if session.status != Some(CheckoutStatus::Expired) {
        return Ok(Applied::Ignored("the checkout has not expired"));
    }
    let Some(owner) = context.store.stripe_owner(&session.id).await? else {
        return Ok(Applied::Quarantined("the checkout is not one of ours"));
    };
    let Some(conversion) = owner.conversion else {
        return Ok(Applied::Ignored("the checkout has no conversion"));
    };
    let mut tx = context.store.tenant(&owner.tenant).await?;
    let conversion = tx.claim_conversion(conversion).await?;
    let Some(mut conversion) = conversion.filter(|found| found.step == ConversionStep::Requested)
    else {
        return Ok(Applied::Ignored("the conversion has gone on"));
    };
    let now = context.clock.now();
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
    Ok(Applied::Done)
}
