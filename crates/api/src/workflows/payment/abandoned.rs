//! A checkout that nobody paid while its page was open: the conversion ends and its name is free for others.

use domain::ConversionStep;

use super::Applied;
use crate::billing::wire::CheckoutStatus;
use crate::workflows::conversion::abandon;
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
    let Some(conversion) = conversion.filter(|found| found.step == ConversionStep::Requested)
    else {
        return Ok(Applied::Ignored("the conversion has gone on"));
    };
    abandon(tx, conversion, context.clock.now()).await?;
    Ok(Applied::Done)
}
