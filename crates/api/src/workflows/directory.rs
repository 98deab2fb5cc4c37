//! Ids of the tenant's roles and connections, looked up by name: the Management API takes ids only.

mod roles;

use std::collections::HashMap;

use domain::{OrganizationId, Role, identity_provider};
use management::Connection;
use tokio::sync::{Mutex, OnceCell};

use super::{Context, Failure};
use roles::Roles;

pub use roles::{Defect, watch};

/// Auth0's word for a connection of people with a password there.
pub(crate) const DATABASE: &str = "auth0";

#[derive(Default)]
pub struct Directory {
    roles: Roles,
    connections: OnceCell<Vec<Connection>>,
    /// Whose identity provider a connection is, by the connection's id: its name never changes.
    owners: Mutex<HashMap<String, OrganizationId>>,
}

impl Directory {
    /// # Errors
    /// Parks while the tenant lacks the role: it was not set up, or somebody renamed or deleted it.
    pub(crate) async fn role(&self, context: &Context, role: Role) -> Result<String, Failure> {
        self.roles.id(context, role).await
    }

    /// Looks all four roles up again, and says what is wrong with them at Auth0.
    ///
    /// # Errors
    /// Auth0 cannot be asked.
    pub async fn check_roles(&self, context: &Context) -> Result<Vec<Defect>, Failure> {
        self.roles.check(context).await
    }

    /// The connections that every new organization starts with (`AUTH0_ORGANIZATION_CONNECTIONS`).
    ///
    /// # Errors
    /// Parks when one of them does not exist.
    pub(crate) async fn organization_connections(
        &self,
        context: &Context,
    ) -> Result<Vec<String>, Failure> {
        let all = self.named(context).await?.iter();
        Ok(all.map(|connection| connection.id.clone()).collect())
    }

    /// Those of them that are databases: the user store that all organizations share.
    ///
    /// # Errors
    /// As [`Directory::organization_connections`].
    pub(crate) async fn shared_stores(&self, context: &Context) -> Result<Vec<String>, Failure> {
        let all = self.named(context).await?.iter();
        let databases = all.filter(|connection| connection.strategy == DATABASE);
        Ok(databases.map(|connection| connection.id.clone()).collect())
    }

    /// The organization that this connection is an identity provider of, by its name. Each is asked for once.
    ///
    /// # Errors
    /// Auth0 cannot be asked.
    pub(crate) async fn organization_of(
        &self,
        context: &Context,
        connection: &str,
    ) -> Result<Option<OrganizationId>, Failure> {
        if let Some(known) = self.owners.lock().await.get(connection) {
            return Ok(Some(known.clone()));
        }
        let found = context.auth0.connections().show(connection).await?;
        let owner = found.and_then(|found| identity_provider::organization_of(&found.name));
        if let Some(owner) = &owner {
            let mut owners = self.owners.lock().await;
            owners.insert(connection.to_owned(), owner.clone());
        }
        Ok(owner)
    }

    async fn named(&self, context: &Context) -> Result<&Vec<Connection>, Failure> {
        self.connections
            .get_or_try_init(|| named_connections(context))
            .await
    }
}

async fn named_connections(context: &Context) -> Result<Vec<Connection>, Failure> {
    let mut connections = Vec::new();
    for name in &context.config.auth0.organization_connections {
        let connection = context.auth0.connections().by_name(name).await?;
        let connection = connection
            .ok_or_else(|| Failure::Park(format!("the Auth0 tenant has no connection {name}")))?;
        connections.push(connection);
    }
    Ok(connections)
}
