//! A tenant whose deletion has begun: its rows go first, then what it has at Stripe and Auth0. Each step may run again,
//! and what is left is the tombstone. Nothing is looked up by a name that somebody else could have.

use domain::{OrganizationId, Person, TenantId};
use store::Erasure;

use super::{Context, Failure, identity_provider, leaving, marker, user_store};
use crate::billing::wire::CheckoutStatus;

/// Rows that go in one transaction, well within the time that one statement may take.
const BATCH: i32 = 5000;

/// # Errors
/// See [`Failure`]; the next run goes on where this one stopped.
pub async fn run(context: &Context, tenant: &TenantId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let Some(erasure) = tx.erasure().await? else {
        return Ok(());
    };
    drop(tx);
    if let Some(person) = &erasure.person {
        leaving::leave_all(context, person).await?;
    }
    rows(context, tenant).await?;
    for id in &erasure.stripe_ids {
        end_payments(context, id).await?;
    }
    match tenant {
        TenantId::Organization(organization) => {
            at_auth0(context, organization).await?;
            identity_provider::delete_all(context, organization).await?;
            if let Some(name) = &erasure.connection_name {
                user_store::delete(context, organization, name).await?;
            }
        }
        TenantId::Individual(_) => account(context, &erasure).await?,
    }
    let mut tx = context.store.tenant(tenant).await?;
    tx.finish_erasure(context.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(%tenant, "a tenant is erased");
    Ok(())
}

async fn rows(context: &Context, tenant: &TenantId) -> Result<(), Failure> {
    loop {
        let mut tx = context.store.tenant(tenant).await?;
        let erased = tx.erase_rows(BATCH).await?;
        tx.commit().await?;
        if erased == 0 {
            return Ok(());
        }
    }
}

/// Stripe keeps the customer and the invoices, as the law wants.
async fn end_payments(context: &Context, id: &str) -> Result<(), Failure> {
    if id.starts_with("sub_") {
        return end_subscription(context, id).await;
    }
    if !id.starts_with("cs_") {
        return Ok(());
    }
    let Some(session) = context.billing.checkout_session(id).await? else {
        return Ok(());
    };
    match (session.status, session.subscription) {
        (Some(CheckoutStatus::Open), _) => Ok(context.billing.expire_checkout_session(id).await?),
        // Paid in the last moment.
        (_, Some(subscription)) => end_subscription(context, &subscription).await,
        (_, None) => Ok(()),
    }
}

pub(super) async fn end_subscription(context: &Context, id: &str) -> Result<(), Failure> {
    match context.billing.subscription(id).await? {
        Some(subscription) if !subscription.is_over() => {
            Ok(context.billing.end_subscription(id).await?)
        }
        Some(_) | None => Ok(()),
    }
}

/// By the id that our own row had; a copy of our database in another environment must not delete the original.
async fn at_auth0(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    let organizations = context.auth0.organizations();
    let Some(found) = organizations.show(organization.as_ref()).await? else {
        return Ok(());
    };
    if marker::is_of_another(&found.metadata, &context.config.environment) {
        return Err(Failure::Park(format!(
            "the organization {organization} carries the marker of another environment"
        )));
    }
    Ok(organizations.delete(organization.as_ref()).await?)
}

async fn account(context: &Context, erasure: &Erasure) -> Result<(), Failure> {
    let Some(Person { user_id, .. }) = &erasure.person else {
        return Ok(());
    };
    let users = context.auth0.users();
    users.end_sessions(user_id.as_ref()).await?;
    users.revoke_refresh_tokens(user_id.as_ref()).await?;
    Ok(users.delete(user_id.as_ref()).await?)
}
