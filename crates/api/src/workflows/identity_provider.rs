//! Makes Auth0 follow what is wanted of an organization's identity provider. What is written is read from the present
//! row, never from the job, and each call has set semantics, so runs in any order end the same. A connection is adopted,
//! changed or deleted only when it carries this organization's marker.

pub(crate) mod groups;
pub(super) mod options;
pub(crate) mod test_login;

use chrono::{DateTime, Utc};
use domain::{ConnectionId, IdentityProviderName, OrganizationId, Removal, SsoPolicy};
use futures::TryStreamExt;
use management::{
    Class, Connection, ConnectionOptions, ConnectionPatch, EnabledConnection, NewConnection,
};
use serde_json::json;
use store::{IdentityProvider, StoreError, TenantTx};

use super::{Context, Failure, marker};
use crate::jobs::kind;

/// Has Auth0 follow: for whoever changes something that a connection is made of, in the same transaction.
///
/// # Errors
/// The database failed.
pub async fn push(
    tx: &mut TenantTx,
    name: &IdentityProviderName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let payload = json!({ "name": name });
    tx.enqueue(kind::IDENTITY_PROVIDER, name.as_ref(), &payload, now)
        .await
}

/// Of those through which people become members, which holds only while the organization has proved a domain; after it
/// has one, or may have none any more.
///
/// # Errors
/// The database failed.
pub(crate) async fn push_assigning(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let all = tx.identity_providers().await?;
    for provider in all.iter().filter(|each| each.assign_membership_on_login) {
        push(tx, &provider.name, now).await?;
    }
    Ok(())
}

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn follow(
    context: &Context,
    organization: &OrganizationId,
    name: &IdentityProviderName,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(wanted) = tx.identity_provider_to_push(name).await? else {
        return Ok(());
    };
    let domains = tx.identity_provider_domains(name).await?;
    let has_domain = tx.has_verified_domain().await?;
    drop(tx);
    let job = Push {
        context,
        organization,
        wanted: &wanted,
        assigns: wanted.assign_membership_on_login && has_domain,
    };
    if let Some(removal) = wanted.removal {
        return job.remove(removal).await;
    }
    let secrets = job.secrets()?;
    let client = &context.config.auth0.console_client_id;
    let options = options::wanted(&wanted, &secrets, &domains, client);
    let id = match job.find().await? {
        Some(found) => {
            job.change(&found.id, options).await?;
            found.id
        }
        None => job.create(options).await?.id,
    };
    job.note_connection(&id).await?;
    job.offer(&id).await?;
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    tx.note_identity_provider(&wanted, None).await?;
    let customer = tx.customer().await?;
    if customer.is_some_and(|customer| customer.sso == SsoPolicy::Enforce) {
        // The login lets its connection in, or not any more.
        let claim = kind::SUBSCRIPTION_CLAIM;
        let now = context.clock.now();
        tx.enqueue(claim, claim, &json!({ "user_id": null }), now)
            .await?;
    }
    Ok(tx.commit().await?)
}

/// Deletes every connection at Auth0 that carries the organization's marker, with its users: detached ones too.
///
/// # Errors
/// See [`Failure`]; running it again goes on.
pub(super) async fn delete_all(
    context: &Context,
    organization: &OrganizationId,
) -> Result<(), Failure> {
    let environment = &context.config.environment;
    let connections = context.auth0.connections();
    let all: Vec<Connection> = connections.list().try_collect().await?;
    for found in all {
        if marker::is_connection_of(&found.metadata, organization, environment) {
            connections.delete(&found.id).await?;
        }
    }
    Ok(())
}

/// Says in its row that it cannot go on.
///
/// # Errors
/// The database failed.
pub async fn fail(
    context: &Context,
    organization: &OrganizationId,
    name: &IdentityProviderName,
    reason: &str,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    if let Some(wanted) = tx.identity_provider_to_push(name).await? {
        tx.note_identity_provider(&wanted, Some(reason)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Where the secrets of an identity provider are sealed for.
pub(crate) fn place<'a>(
    organization: &'a OrganizationId,
    name: &'a IdentityProviderName,
) -> [&'a str; 3] {
    ["identity_provider", organization.as_ref(), name.as_ref()]
}

struct Push<'a> {
    context: &'a Context,
    organization: &'a OrganizationId,
    wanted: &'a IdentityProvider,
    /// Whether people become members by logging in.
    assigns: bool,
}

impl Push<'_> {
    fn secrets(&self) -> Result<options::Secrets, Failure> {
        let Some(sealed) = &self.wanted.sealed_secrets else {
            return Ok(options::Secrets::default());
        };
        let key = &self.context.config.secrets_key;
        let place = place(self.organization, &self.wanted.name);
        let opened = key.open(&place, sealed).ok();
        opened
            .and_then(|opened| options::Secrets::read(&opened))
            .ok_or_else(|| {
                Failure::Park("the secret cannot be read any more; it must be sent again".into())
            })
    }

    /// # Errors
    /// Parks when somebody else's connection has the name, or the id.
    async fn find(&self) -> Result<Option<Connection>, Failure> {
        let connections = self.context.auth0.connections();
        let found = match &self.wanted.connection_id {
            Some(id) => connections.show(id.as_ref()).await?,
            None => connections.by_name(&self.wanted.connection_name).await?,
        };
        let Some(found) = found else {
            return Ok(None);
        };
        let environment = &self.context.config.environment;
        let is_ours = marker::is_connection_of(&found.metadata, self.organization, environment)
            && found.name == self.wanted.connection_name
            && found.strategy == self.wanted.strategy.as_str();
        if is_ours {
            Ok(Some(found))
        } else {
            Err(Failure::Park(
                "the connection at Auth0 is not this organization's".into(),
            ))
        }
    }

    /// At Auth0 first, and never what is not ours; then the row goes, and its name is free.
    async fn remove(&self, removal: Removal) -> Result<(), Failure> {
        let organization = self.organization.as_ref();
        match (self.find().await, removal) {
            (Ok(Some(found)), Removal::Delete) => {
                self.context.auth0.connections().delete(&found.id).await?;
            }
            (Ok(Some(found)), Removal::Detach) => {
                let organizations = self.context.auth0.organizations();
                organizations
                    .disable_connection(organization, &found.id)
                    .await?;
                let client = &self.context.config.auth0.console_client_id;
                let connections = self.context.auth0.connections();
                connections.disable_for(&found.id, client).await?;
            }
            (Ok(None) | Err(Failure::Park(_)), _) => {}
            (Err(failure), _) => return Err(failure),
        }
        let tenant = self.organization.clone().into();
        let mut tx = self.context.store.tenant(&tenant).await?;
        tx.delete_identity_provider(&self.wanted.name).await?;
        Ok(tx.commit().await?)
    }

    async fn create(&self, options: options::Wanted) -> Result<Connection, Failure> {
        if self.wanted.connection_id.is_some() {
            return Err(Failure::Park(
                "the connection does not exist at Auth0 any more".into(),
            ));
        }
        let new = NewConnection {
            name: self.wanted.connection_name.clone(),
            strategy: self.wanted.strategy.as_str().into(),
            display_name: self.wanted.display_name.clone(),
            metadata: marker::of_connection(self.organization, &self.context.config.environment),
            options: ConnectionOptions(options.of_new()),
        };
        match self.context.auth0.connections().create(&new).await {
            Ok(created) => Ok(created),
            // A time-out or a 5xx says nothing: it may exist.
            Err(error) => match self.find().await? {
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

    /// Auth0 overwrites `options` whole: what it has beside ours stays only when it is sent again.
    async fn change(&self, id: &str, wanted: options::Wanted) -> Result<(), Failure> {
        let connections = self.context.auth0.connections();
        let present = connections.options(id).await?.unwrap_or_default();
        let merged = wanted.merged_into(present.0.clone());
        let patch = ConnectionPatch {
            display_name: self.wanted.display_name.clone(),
            options: ConnectionOptions(merged),
        };
        Ok(connections.change(id, &patch).await?)
    }

    async fn note_connection(&self, id: &str) -> Result<(), Failure> {
        let id: ConnectionId = id
            .parse()
            .map_err(|_| Failure::Park("Auth0 gave the connection no id that we know".into()))?;
        let tenant = self.organization.clone().into();
        let mut tx = self.context.store.tenant(&tenant).await?;
        tx.note_connection(&self.wanted.name, &id).await?;
        Ok(tx.commit().await?)
    }

    /// To the application and to this organization, and to no other.
    async fn offer(&self, id: &str) -> Result<(), Failure> {
        let connections = self.context.auth0.connections();
        let organizations = self.context.auth0.organizations();
        let organization = self.organization.as_ref();
        let client = &self.context.config.auth0.console_client_id;
        if !self.wanted.is_enabled {
            organizations.disable_connection(organization, id).await?;
            return Ok(connections.disable_for(id, client).await?);
        }
        connections.enable_for(id, client).await?;
        let enabled = EnabledConnection {
            connection_id: id.to_owned(),
            assign_membership_on_login: self.assigns,
            show_as_button: Some(self.wanted.show_as_button),
            is_signup_enabled: None,
        };
        Ok(organizations.set_connection(organization, &enabled).await?)
    }
}
