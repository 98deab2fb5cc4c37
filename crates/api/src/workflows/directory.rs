//! Ids of the tenant's roles and connections, looked up once by name: the Management API takes ids only.

use std::collections::BTreeMap;

use domain::Role;
use futures::TryStreamExt;
use tokio::sync::OnceCell;

use super::{Context, Failure};

#[derive(Default)]
pub struct Directory {
    roles: OnceCell<BTreeMap<String, String>>,
    connections: OnceCell<Vec<String>>,
}

impl Directory {
    /// # Errors
    /// Parks while the tenant lacks one of our roles: it was not set up.
    pub(crate) async fn role(&self, context: &Context, role: Role) -> Result<String, Failure> {
        let roles = self.roles.get_or_try_init(|| all_roles(context)).await?;
        roles
            .get(role.as_str())
            .cloned()
            .ok_or_else(|| Failure::Park(format!("the Auth0 tenant has no role {}", role.as_str())))
    }

    /// The connections that every new organization starts with (`AUTH0_ORGANIZATION_CONNECTIONS`).
    ///
    /// # Errors
    /// Parks when one of them does not exist.
    pub(crate) async fn organization_connections(
        &self,
        context: &Context,
    ) -> Result<Vec<String>, Failure> {
        self.connections
            .get_or_try_init(|| named_connections(context))
            .await
            .cloned()
    }
}

async fn all_roles(context: &Context) -> Result<BTreeMap<String, String>, Failure> {
    let roles: Vec<_> = context.auth0.roles().list().try_collect().await?;
    let roles: BTreeMap<_, _> = roles.into_iter().map(|role| (role.name, role.id)).collect();
    // A map that lacks one would be kept until the process ends, also when the role is there at last.
    match Role::ALL
        .iter()
        .find(|role| !roles.contains_key(role.as_str()))
    {
        Some(missing) => Err(Failure::Park(format!(
            "the Auth0 tenant has no role {missing}"
        ))),
        None => Ok(roles),
    }
}

async fn named_connections(context: &Context) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for name in &context.config.auth0.organization_connections {
        let connection = context.auth0.connections().by_name(name).await?;
        let connection = connection
            .ok_or_else(|| Failure::Park(format!("the Auth0 tenant has no connection {name}")))?;
        ids.push(connection.id);
    }
    Ok(ids)
}
