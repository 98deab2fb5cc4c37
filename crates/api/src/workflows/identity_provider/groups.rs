//! What the groups of a customer's directory make of people, where their identity provider is the organization's own.

use domain::{Role, UserId};
use management::User;
use store::{IdentityProvider, StoreError, TenantTx};

/// The roles of somebody who comes for the first time without an invitation, through an identity provider of the
/// organization's own. None when they came another way.
pub(crate) async fn at_first(
    tx: &mut TenantTx,
    user: &User,
) -> Result<Option<Vec<Role>>, StoreError> {
    let came_through = user.identities.first();
    let connection = came_through.map(|identity| identity.connection.as_str());
    let provider = of(tx, connection).await?;
    Ok(provider.map(|provider| provider.group_roles.of(&user.groups, provider.default_role)))
}

/// Keeps the groups of a member who came through an identity provider of the organization's own.
pub(crate) async fn note(
    tx: &mut TenantTx,
    user_id: &UserId,
    user: &User,
) -> Result<(), StoreError> {
    let came_through = user.identities.first();
    let connection = came_through.map(|identity| identity.connection.as_str());
    if of(tx, connection).await?.is_some() {
        tx.save_member_groups(user_id, &user.groups).await?;
    }
    Ok(())
}

async fn of(
    tx: &mut TenantTx,
    connection: Option<&str>,
) -> Result<Option<IdentityProvider>, StoreError> {
    match connection {
        Some(connection) => tx.identity_provider_of(connection).await,
        None => Ok(None),
    }
}
