//! Writes what the database says of a subscription to where the login Actions read it, so that the next ID token
//! agrees; and for an organization, which connections alone it lets in. The values are computed from the present rows,
//! never from the job, and one job at a time writes an organization's: writes in any order end in the same state.

use std::collections::BTreeMap;

use domain::{SsoPolicy, TenantId, UserId};
use serde_json::{Map, Value};
use store::{Customer, IdentityProvider};

use super::marker::{SSO, SUBSCRIPTION};
use super::{Context, Failure};

pub async fn write(
    context: &Context,
    tenant: &TenantId,
    user: Option<&UserId>,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let Some(record) = tx.subscription().await? else {
        return Ok(());
    };
    let customer = tx.customer().await?;
    let providers = tx.identity_providers().await?;
    drop(tx);
    let claim = record.subscription.claim(context.clock.now()).to_string();
    match (tenant, user) {
        (TenantId::Individual(_), Some(user)) => {
            let app_metadata = Map::from_iter([(SUBSCRIPTION.to_owned(), Value::String(claim))]);
            context
                .auth0
                .users()
                .merge_app_metadata(user.as_ref(), app_metadata)
                .await?;
        }
        (TenantId::Individual(_), None) => {
            return Err(Failure::Park("an individual's claim names nobody".into()));
        }
        (TenantId::Organization(id), _) => {
            let sso = enforced(&customer, &providers);
            let metadata = BTreeMap::from([
                (SUBSCRIPTION.to_owned(), Some(claim)),
                (SSO.to_owned(), sso),
            ]);
            context
                .auth0
                .organizations()
                .merge_metadata(id.as_ref(), metadata)
                .await?;
        }
    }
    Ok(())
}

/// The ids of the only connections that may log in to the organization; None where any may.
fn enforced(customer: &Option<Customer>, providers: &[IdentityProvider]) -> Option<String> {
    let customer = customer.as_ref()?;
    if customer.sso != SsoPolicy::Enforce {
        return None;
    }
    let enabled = providers.iter().filter(|provider| provider.is_enabled);
    let ids = enabled.filter_map(|provider| provider.connection_id.as_ref());
    let ids: Vec<&str> = ids.map(AsRef::as_ref).collect();
    Some(format!("enforce:{}", ids.join(",")))
}
