//! Which ways of logging in a transaction offers.

use crate::tenant::{Connection, LoginTransaction, Tenant};

pub(super) const DATABASE: &str = "auth0";

impl Connection {
    pub(super) fn is_database(&self) -> bool {
        self.strategy == DATABASE
    }

    /// A customer's own identity provider.
    pub(super) fn is_enterprise(&self) -> bool {
        !matches!(
            self.strategy.as_str(),
            DATABASE | "google-oauth2" | "email" | "sms"
        )
    }

    fn signup_disabled(&self) -> bool {
        self.options
            .get("disable_signup")
            .and_then(serde_json::Value::as_bool)
            == Some(true)
    }

    pub(super) fn has_domains(&self) -> bool {
        self.options.contains_key("domain_aliases")
    }

    /// Home realm discovery: whether the domain of an e-mail address belongs to this connection.
    fn owns_domain(&self, domain: &str) -> bool {
        self.options
            .get("domain_aliases")
            .and_then(serde_json::Value::as_array)
            .is_some_and(|aliases| aliases.iter().any(|alias| alias.as_str() == Some(domain)))
    }
}

/// Enabled for the client, for the organization if there is one, and the one asked for if one was.
pub(super) fn offered<'t>(
    tenant: &'t Tenant,
    transaction: &LoginTransaction,
) -> Vec<&'t Connection> {
    let organization = transaction
        .organization
        .as_ref()
        .map(|id| tenant.organizations.get(id));
    tenant
        .connections
        .values()
        .filter(|connection| connection.enabled_clients.contains(&transaction.client_id))
        .filter(|connection| match organization {
            None => true,
            Some(organization) => organization
                .is_some_and(|organization| organization.connections.contains_key(&connection.id)),
        })
        .filter(|connection| {
            transaction
                .connection
                .as_ref()
                .is_none_or(|wanted| *wanted == connection.name)
        })
        .collect()
}

/// Those of them that the page has a button for: an organization may leave its own identity provider to home realm
/// discovery and to `connection` in the request.
pub(super) fn buttons<'t>(
    tenant: &'t Tenant,
    transaction: &LoginTransaction,
) -> Vec<&'t Connection> {
    let organization = transaction.organization.as_ref();
    let organization = organization.and_then(|id| tenant.organizations.get(id));
    let is_hidden = |connection: &Connection| {
        let enabled = organization.and_then(|found| found.connections.get(&connection.id));
        connection.is_enterprise()
            && transaction.connection.is_none()
            && enabled.is_some_and(|enabled| !enabled.show_as_button)
    };
    let mut offered = offered(tenant, transaction);
    offered.retain(|connection| !connection.is_database() && !is_hidden(connection));
    offered
}

pub(super) fn offered_database<'t>(
    tenant: &'t Tenant,
    transaction: &LoginTransaction,
) -> Option<&'t Connection> {
    // Which of several databases it is without a `connection` in the request is not documented; here it is the oldest.
    offered(tenant, transaction)
        .into_iter()
        .filter(|connection| connection.is_database())
        .min_by_key(|connection| connection.created_at)
}

/// The enterprise connection that a typed address leads to.
pub(super) fn by_domain<'t>(
    tenant: &'t Tenant,
    transaction: &LoginTransaction,
    email: &str,
) -> Option<&'t Connection> {
    let domain = email.rsplit_once('@')?.1.to_ascii_lowercase();
    offered(tenant, transaction)
        .into_iter()
        .find(|connection| connection.is_enterprise() && connection.owns_domain(&domain))
}

/// An invitation opens the sign-up unless both the connection and the organization have closed it.
pub(super) fn invitees_may_sign_up(
    tenant: &Tenant,
    transaction: &LoginTransaction,
    connection: &Connection,
) -> bool {
    let organization = transaction
        .organization
        .as_ref()
        .and_then(|id| tenant.organizations.get(id));
    let open_here = organization
        .and_then(|organization| organization.connections.get(&connection.id))
        .is_some_and(|enabled| enabled.is_signup_enabled);
    open_here || !connection.signup_disabled()
}

/// Where somebody new may register: the database connection, and inside an organization only if it says so.
pub(super) fn signup_connection<'t>(
    tenant: &'t Tenant,
    transaction: &LoginTransaction,
) -> Option<&'t Connection> {
    let connection = offered_database(tenant, transaction)?;
    let allowed = match transaction
        .organization
        .as_ref()
        .and_then(|id| tenant.organizations.get(id))
    {
        Some(organization) => organization
            .connections
            .get(&connection.id)
            .is_some_and(|enabled| enabled.is_signup_enabled),
        None => !connection.signup_disabled(),
    };
    allowed.then_some(connection)
}
