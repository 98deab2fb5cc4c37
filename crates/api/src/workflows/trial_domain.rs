//! Where a trial is had once for each company: whoever has a verified address of a domain that had one already has none.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{DomainName, State, Subscription, TenantId, UserId};
use management::User;
use serde_json::json;
use store::{NewAuditEvent, SubscriptionRecord, TenantTx};

use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;

/// An address that is not verified says nothing yet.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(6);

/// # Errors
/// The database or Auth0 is away; nothing has changed then.
pub async fn check(context: &Context, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
    let Some(account) = context.auth0.users().show(user.as_ref()).await? else {
        return Ok(());
    };
    let now = context.clock.now();
    let mut tx = context.store.tenant(tenant).await?;
    let Some(record) = tx.lock_subscription().await? else {
        return Ok(());
    };
    let is_trial = matches!(record.subscription.state, State::Trial { .. });
    if !is_trial || !record.subscription.is_live(now) {
        return Ok(());
    }
    if !account.email_verified {
        let (again, payload) = (kind::TRIAL_DOMAIN, json!({ "user_id": user }));
        tx.enqueue(again, again, &payload, now + LOOK_AGAIN).await?;
    } else if let Some(domain) = company(&account)
        && !tx.claim_trial_domain(&domain, now).await?
    {
        end(&mut tx, record, user, &domain, now).await?;
    }
    Ok(tx.commit().await?)
}

/// None for an address at a provider whom everybody has one at.
fn company(account: &User) -> Option<DomainName> {
    let (_, domain) = account.email.as_deref()?.rsplit_once('@')?;
    DomainName::parse(domain).ok()
}

async fn end(
    tx: &mut TenantTx,
    record: SubscriptionRecord,
    user: &UserId,
    domain: &DomainName,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let ended = SubscriptionRecord {
        subscription: Subscription::trial_until(now),
        ..record
    };
    tx.save_subscription(&ended).await?;
    let event = NewAuditEvent {
        after: Some(json!({ "because": "domain_had_trial", "domain": domain.as_ref() })),
        ..audit::by_system("trial", "trial.ended", "subscription".to_owned(), now)
    };
    tx.insert_audit_event(&event).await?;
    let (claim, payload) = (kind::SUBSCRIPTION_CLAIM, json!({ "user_id": user }));
    Ok(tx.enqueue(claim, claim, &payload, now).await?)
}
