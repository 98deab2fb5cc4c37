//! Writes what the database says of a subscription to where the login Actions read it, so that the next ID token
//! agrees. The value is computed from the present row, never from the job: writes in any order end in the same state.

use std::collections::BTreeMap;

use domain::{TenantId, UserId};
use serde_json::{Map, Value};

use super::marker::SUBSCRIPTION;
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
