//! Writes what the database says of a subscription to where the login Actions read it, so that the next ID token
//! agrees. The value is computed from the present row, never from the job: writes in any order end in the same state.
//! Where the clock alone will change it, it is written again at that time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{Subscription, TenantId, UserId};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::marker::SUBSCRIPTION;
use super::{Context, Failure};
use crate::jobs::kind;

pub async fn write(
    context: &Context,
    tenant: &TenantId,
    user: Option<&UserId>,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let Some(record) = tx.subscription().await? else {
        return Ok(());
    };
    let now = context.clock.now();
    let claim = record.subscription.claim(now).to_string();
    again_when_it_changes(tx, &record.subscription, user, now).await?;
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
            let metadata = BTreeMap::from([(SUBSCRIPTION.to_owned(), Some(claim))]);
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
