//! Makes Auth0 offer an organization the user stores that are wanted here. What is written is read from the present row,
//! never from the job, and each call has set semantics, so runs in any order end the same. A connection is adopted or
//! deleted only when it carries this organization's marker.

use domain::{OrganizationId, UserStoreKind, UserStoreState};
use management::{Class, Connection, EnabledConnection, NewConnection};
use store::{Customer, UserStore};

use super::directory::DATABASE;
use super::{Context, Failure, marker};

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn follow(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let (Some(wanted), Some(customer)) = (tx.user_store().await?, tx.customer().await?) else {
        return Ok(());
    };
    drop(tx);
    match wanted.kind {
        UserStoreKind::Shared => {
            offer_shared(context, organization).await?;
            if let Some(own) = find(context, organization, &wanted.connection_name).await? {
                let organizations = context.auth0.organizations();
                organizations
                    .disable_connection(organization.as_ref(), &own.id)
                    .await?;
            }
        }
        UserStoreKind::Both => {
            offer_own(context, organization, &wanted, &customer).await?;
            offer_shared(context, organization).await?;
        }
        UserStoreKind::Own => {
            offer_own(context, organization, &wanted, &customer).await?;
            for shared in context.directory.shared_stores(context).await? {
                let organizations = context.auth0.organizations();
                organizations
                    .disable_connection(organization.as_ref(), &shared)
                    .await?;
            }
        }
    }
    note(context, organization, &wanted, None).await
}

/// Says in its row that it cannot go on.
pub async fn fail(
    context: &Context,
    organization: &OrganizationId,
    reason: &str,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(wanted) = tx.user_store().await? else {
        return Ok(());
    };
    drop(tx);
    note(context, organization, &wanted, Some(reason)).await
}

/// Deletes the organization's own connection with the users in it, if it is there and ours.
pub(super) async fn delete(
    context: &Context,
    organization: &OrganizationId,
    name: &str,
) -> Result<(), Failure> {
    let connections = context.auth0.connections();
    match connections.by_name(name).await? {
        Some(found) if is_ours(context, organization, &found) => {
            Ok(connections.delete(&found.id).await?)
        }
        Some(_) | None => Ok(()),
    }
}

/// Unless something else is wanted by now: then there is a job for that.
async fn note(
    context: &Context,
    organization: &OrganizationId,
    wanted: &UserStore,
    failure: Option<&str>,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(present) = tx.user_store().await? else {
        return Ok(());
    };
    if present.version != wanted.version {
        return Ok(());
    }
    tx.save_user_store(&UserStore {
        state: failure.map_or(UserStoreState::Ready, |_| UserStoreState::Failed),
        failure: failure.map(str::to_owned),
        updated_at: context.clock.now(),
        ..present
    })
    .await?;
    Ok(tx.commit().await?)
}

async fn offer_shared(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    for shared in context.directory.shared_stores(context).await? {
        offer(context, organization, shared).await?;
    }
    Ok(())
}

async fn offer_own(
    context: &Context,
    organization: &OrganizationId,
    wanted: &UserStore,
    customer: &Customer,
) -> Result<(), Failure> {
    let own = match find(context, organization, &wanted.connection_name).await? {
        Some(own) => own,
        None => create(context, organization, wanted, customer).await?,
    };
    let client = &context.config.auth0.console_client_id;
    context
        .auth0
        .connections()
        .enable_for(&own.id, client)
        .await?;
    offer(context, organization, own.id).await
}

/// Nobody becomes a member by logging in, and nobody signs up at the organization's login without an invitation.
async fn offer(
    context: &Context,
    organization: &OrganizationId,
    connection_id: String,
) -> Result<(), Failure> {
    let connection = EnabledConnection {
        connection_id,
        assign_membership_on_login: false,
        ..EnabledConnection::default()
    };
    let organizations = context.auth0.organizations();
    Ok(organizations
        .enable_connection(organization.as_ref(), &connection)
        .await?)
}

async fn create(
    context: &Context,
    organization: &OrganizationId,
    wanted: &UserStore,
    customer: &Customer,
) -> Result<Connection, Failure> {
    let name = &wanted.connection_name;
    let shown = customer.display_name.as_ref();
    let new = NewConnection {
        name: name.clone(),
        strategy: DATABASE.into(),
        display_name: shown.map_or_else(|| name.clone(), ToString::to_string),
        metadata: marker::of_connection(organization, &context.config.environment),
        ..NewConnection::default()
    };
    match context.auth0.connections().create(&new).await {
        Ok(created) => Ok(created),
        // A time-out or a 5xx says nothing: it may exist.
        Err(error) => match find(context, organization, name).await? {
            Some(found) => Ok(found),
            // One that is just being deleted holds its name a while yet.
            None if error.class() == Class::Conflict => Err(Failure::Wait {
                after: None,
                reason: error.to_string(),
            }),
            None => Err(error.into()),
        },
    }
}

/// # Errors
/// Parks when somebody else's connection has the name.
async fn find(
    context: &Context,
    organization: &OrganizationId,
    name: &str,
) -> Result<Option<Connection>, Failure> {
    match context.auth0.connections().by_name(name).await? {
        Some(found) if is_ours(context, organization, &found) => Ok(Some(found)),
        Some(_) => Err(Failure::Park(
            "somebody else's connection has the name of the organization's own".into(),
        )),
        None => Ok(None),
    }
}

fn is_ours(context: &Context, organization: &OrganizationId, found: &Connection) -> bool {
    marker::is_connection_of(&found.metadata, organization, &context.config.environment)
}
