//! Writes what the database says of a subscription to where the login Actions read it, so that the next ID token
//! agrees; and for an organization, the second factor that it asks for and
//! which connections alone it lets in. The values are computed from the present rows,
//! never from the job, and one job at a time writes an organization's: writes in any order end in the same state. Where
//! the clock alone will change a subscription, it is written again at that time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{SsoPolicy, Subscription, TenantId, UserId};
use serde_json::{Map, Value, json};
use store::{Customer, IdentityProvider, TenantTx};

use super::marker::{MFA_POLICY, SSO, SUBSCRIPTION};
use super::{Context, Failure};
use crate::jobs::kind;

pub async fn write(
    context: &Context,
    tenant: &TenantId,
    user: Option<&UserId>,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let record = tx.subscription().await?;
    let customer = tx.customer().await?;
    let providers = tx.identity_providers().await?;
    let now = context.clock.now();
    let claim = record
        .as_ref()
        .map(|record| record.subscription.claim(now).to_string());
    match &record {
        Some(record) => again_when_it_changes(tx, &record.subscription, user, now).await?,
        None => drop(tx),
    }
    match (tenant, user) {
        (TenantId::Individual(_), Some(user)) => {
            let Some(claim) = claim else {
                return Ok(());
            };
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
            let mfa = customer.and_then(|customer| customer.mfa);
            let mfa = mfa.map(|policy| policy.metadata());
            let entries = [(SUBSCRIPTION, claim), (MFA_POLICY, mfa)];
            // What was never said is not taken away there either.
            let metadata: BTreeMap<_, _> = entries
                .into_iter()
                .filter(|(_, value)| value.is_some())
                .map(|(name, value)| (name.to_owned(), value))
                // This one is, when the organization no longer insists.
                .chain([(SSO.to_owned(), sso)])
                .collect();
            context
                .auth0
                .organizations()
                .merge_metadata(id.as_ref(), metadata)
                .await?;
        }
    }
    Ok(())
}

/// The job that runs now keeps its key, so it is this one that runs again.
async fn again_when_it_changes(
    mut tx: TenantTx,
    subscription: &Subscription,
    user: Option<&UserId>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let changes_at = match subscription.course() {
        (_, Some((at, _))) if now < at => at,
        (_, Some(_) | None) => return Ok(()),
    };
    let payload = json!({ "user_id": user });
    let claim = kind::SUBSCRIPTION_CLAIM;
    tx.enqueue(claim, claim, &payload, changes_at).await?;
    Ok(tx.commit().await?)
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
