//! Provisioning at Auth0: what the API sets up at once, because its answer is shown once, and what jobs end.

use chrono::{DateTime, Utc};
use domain::provisioning::Attribute;
use domain::{ConnectionId, Feature, OrganizationId, ScimTokenId, TenantId};
use management::{Client, Error, ScimConfiguration};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use super::{Context, Failure};

/// How far Auth0's clock may be behind ours.
const SKEW: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// Begins with nothing of an earlier time, so that no token is live which nobody here knows.
///
/// # Errors
/// Auth0 refused or is away.
pub async fn set_up(auth0: &Client, connection: &ConnectionId) -> Result<ScimConfiguration, Error> {
    let connections = auth0.connections();
    connections
        .delete_scim_configuration(connection.as_ref())
        .await?;
    connections
        .create_scim_configuration(connection.as_ref())
        .await
}

/// Gives the connection Auth0's present attribute map.
///
/// # Errors
/// Auth0 refused or is away.
pub async fn refresh(
    auth0: &Client,
    connection: &ConnectionId,
    user_id_attribute: &str,
) -> Result<ScimConfiguration, Error> {
    let connections = auth0.connections();
    let mapping = connections
        .default_scim_mapping(connection.as_ref())
        .await?;
    connections
        .change_scim_configuration(connection.as_ref(), user_id_attribute, &mapping)
        .await
}

/// In our words.
pub fn attributes(configuration: &ScimConfiguration) -> Vec<Attribute> {
    let attribute = |each: &management::ScimMapping| Attribute {
        provisioning_field: each.scim.clone(),
        user_attribute: each.auth0.clone(),
    };
    configuration.mapping.iter().map(attribute).collect()
}

/// Whether the plan has it now, whoever asks.
///
/// # Errors
/// The database failed.
pub async fn is_in_plan(
    tx: &mut TenantTx,
    feature: Feature,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let record = tx.subscription().await?;
    let subscription = record.map(|record| record.subscription);
    Ok(subscription.is_some_and(|it| it.is_live(now) && it.plan.includes(feature)))
}

/// Unless it was set up again meanwhile.
///
/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn end(
    context: &Context,
    organization: &OrganizationId,
    connection: &ConnectionId,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    if tx.is_provisioned(connection).await? {
        return Ok(());
    }
    drop(tx);
    let connections = context.auth0.connections();
    Ok(connections
        .delete_scim_configuration(connection.as_ref())
        .await?)
}

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn end_token(
    context: &Context,
    connection: &ConnectionId,
    token: &ScimTokenId,
) -> Result<(), Failure> {
    let connections = context.auth0.connections();
    Ok(connections
        .revoke_scim_token(connection.as_ref(), token.as_ref())
        .await?)
}

/// A token that Auth0 was asked for and whose secret reached nobody: it is ended there, and forgotten here.
///
/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn forsake_token(
    context: &Context,
    organization: &OrganizationId,
    connection: &ConnectionId,
    id: Uuid,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let waiting = tx.scim_token(id).await?;
    let Some(waiting) = waiting.filter(|token| token.made.is_none()) else {
        return Ok(());
    };
    let known = tx.scim_token_ids(connection).await?;
    drop(tx);
    end_strays(&context.auth0, connection, waiting.created_at, &known).await?;
    let mut tx = context.store.tenant(&tenant).await?;
    tx.delete_waiting_scim_token(id).await?;
    Ok(tx.commit().await?)
}

/// Ends the tokens that Auth0 has made since then and that nobody here knows.
///
/// # Errors
/// Auth0 refused or is away.
pub async fn end_strays(
    auth0: &Client,
    connection: &ConnectionId,
    since: DateTime<Utc>,
    known: &[ScimTokenId],
) -> Result<(), Error> {
    let connections = auth0.connections();
    let tokens = connections.scim_tokens(connection.as_ref()).await?;
    for token in tokens.unwrap_or_default() {
        let is_known = known.iter().any(|known| known.as_ref() == token.token_id);
        let made: Option<DateTime<Utc>> = token.created_at.parse().ok();
        if !is_known && made.is_some_and(|made| made >= since - SKEW) {
            connections
                .revoke_scim_token(connection.as_ref(), &token.token_id)
                .await?;
        }
    }
    Ok(())
}
