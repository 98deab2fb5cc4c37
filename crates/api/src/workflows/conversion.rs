//! A paid plan becomes an organization: exactly once, whatever crashes.
//!
//! `paid → named → organization_created → member_added → role_set → committed → done`. The intent is committed before
//! each remote call and the result after it, both under the conversion's fence: a run that was overtaken cannot write.
//! No remote call is made inside an open database transaction.

mod cancel;
mod commit;
mod create_organization;
mod first_admin;
mod grant;
mod unpaid;

use domain::conversion::ConversionStep;
use domain::{ConversionId, PaidTerm, State, Subscription, TenantId};
use store::Conversion;

pub use unpaid::{abandon, look_later};

use super::{Context, Failure, subscription_claim};

/// Runs the conversion from wherever it stands until it is final or waits for a person
/// (for the payment, or for the organization's name).
///
/// `attempt` counts from 1; a later one may find in Auth0 what an earlier one made.
///
/// # Errors
/// See [`Failure`]; every one of them leaves the conversion in a state from which the next run goes on.
pub async fn advance(
    context: &Context,
    individual: &TenantId,
    id: ConversionId,
    attempt: u32,
) -> Result<(), Failure> {
    let Some(mut conversion) = take_over(context, individual, id).await? else {
        return Ok(());
    };
    let creation = first_admin::asked_for(context, individual, &conversion).await?;
    loop {
        match conversion.step {
            ConversionStep::Requested => {
                return unpaid::run(context, individual, conversion).await;
            }
            ConversionStep::Paid
            | ConversionStep::Parked
            | ConversionStep::Cancelled
            | ConversionStep::Done => return Ok(()),
            ConversionStep::Named => {
                create_organization::run(context, individual, &mut conversion, attempt).await?;
            }
            ConversionStep::OrganizationCreated if creation.is_some() => {
                first_admin::pass(context, individual, &mut conversion).await?;
            }
            ConversionStep::OrganizationCreated => {
                grant::add_member(context, individual, &mut conversion).await?;
            }
            ConversionStep::MemberAdded => {
                grant::set_role(context, individual, &mut conversion).await?;
            }
            ConversionStep::RoleSet => match &creation {
                Some(creation) => {
                    first_admin::commit(context, individual, &mut conversion, creation).await?;
                }
                None => commit::run(context, individual, &mut conversion).await?,
            },
            ConversionStep::Committed => {
                subscription_claim::write(context, individual, Some(&conversion.person.user_id))
                    .await?;
                reach(context, individual, &mut conversion, ConversionStep::Done).await?;
            }
            ConversionStep::Cancelling => cancel::run(context, individual, &mut conversion).await?,
        }
    }
}

/// Marks a conversion that a person has to look at. Its payment stays recorded; nothing is undone.
pub async fn park(
    context: &Context,
    individual: &TenantId,
    id: ConversionId,
    reason: &str,
) -> Result<(), Failure> {
    if let Some(mut conversion) = take_over(context, individual, id).await?
        && !conversion.step.is_final()
    {
        conversion.last_error = Some(reason.to_owned());
        reach(context, individual, &mut conversion, ConversionStep::Parked).await?;
    }
    Ok(())
}

/// Raises the fence: whoever worked on this conversion before can no longer write to it.
async fn take_over(
    context: &Context,
    individual: &TenantId,
    id: ConversionId,
) -> Result<Option<Conversion>, Failure> {
    let mut tx = context.store.tenant(individual).await?;
    let conversion = tx.claim_conversion(id).await?;
    tx.commit().await?;
    Ok(conversion)
}

async fn reach(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
    step: ConversionStep,
) -> Result<(), Failure> {
    conversion.step = step;
    save(context, individual, conversion).await
}

async fn save(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    conversion.updated_at = context.clock.now();
    let mut tx = context.store.tenant(individual).await?;
    if !tx.save_conversion(conversion).await? {
        return Err(Failure::FenceLost);
    }
    tx.commit().await?;
    Ok(())
}

/// What the organization will own: the plan that was paid, for as long as it was paid.
fn bought(conversion: &Conversion) -> Result<Subscription, Failure> {
    let paid_until = conversion
        .paid_until
        .ok_or_else(|| Failure::Park("a conversion past its payment has no paid period".into()))?;
    let term = PaidTerm {
        interval: conversion.interval,
        seats: conversion.seats,
        paid_until,
    };
    Ok(Subscription {
        plan: conversion.plan,
        state: State::Active {
            term,
            cancel_at_period_end: false,
        },
    })
}
