//! Ids of the tenant's roles and connections, looked up by name: the Management API takes ids only.

mod roles;

use domain::Role;
use management::Connection;
use tokio::sync::OnceCell;

use super::{Context, Failure};
use roles::Roles;

pub use roles::{Defect, watch};

/// Auth0's word for a connection of people with a password there.
pub(crate) const DATABASE: &str = "auth0";

#[derive(Default)]
pub struct Directory {
    roles: Roles,
    connections: OnceCell<Vec<Connection>>,
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
