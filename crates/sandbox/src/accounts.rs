//! People of the tenant: finding them by what they typed, and creating them.

use chrono::{DateTime, Utc};

use crate::ids;
use crate::tenant::{Connection, Identity, Metadata, Tenant, User};

/// What is known of somebody new.
pub(crate) struct NewUser<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    /// As hashed by [`crate::passwords`].
    pub(crate) password: Option<String>,
}

impl Tenant {
    /// E-mail addresses are unique within a connection and compared without case. A linked account is found as the user
    /// that it was.
    pub(crate) fn user_by_email(&self, connection: &str, email: &str) -> Option<&User> {
        let linked = self.linked_accounts.values().map(|linked| &linked.user);
        self.users.values().chain(linked).find(|user| {
            user.identities
                .first()
                .is_some_and(|identity| identity.connection == connection)
                && user
                    .email
                    .as_deref()
                    .is_some_and(|known| known.eq_ignore_ascii_case(email))
        })
    }

    /// Whom somebody logs in as who proves to be this user.
    pub(crate) fn main_account<'t>(&'t self, user_id: &'t str) -> &'t str {
        let linked = self.linked_accounts.get(user_id);
        linked.map_or(user_id, |linked| &linked.main)
    }

    pub(crate) fn connection_named(&self, name: &str) -> Option<&Connection> {
        self.connections
            .values()
            .find(|connection| connection.name == name)
    }

    pub(crate) fn organization_named(&self, name: &str) -> Option<&crate::tenant::Organization> {
        self.organizations
            .values()
            .find(|organization| organization.name == name)
    }
}

/// Somebody new, with an id in the shape of the connection's strategy; not yet in any tenant.
pub(crate) fn new_user(new: NewUser<'_>, now: DateTime<Utc>) -> User {
    let connection = new.connection;
    let (id, is_social) = match connection.strategy.as_str() {
        "auth0" => (ids::database_user(), false),
        "google-oauth2" => (ids::social_user(), true),
        _ => (
            format!("{}|{}", connection.name, ids::database_user()),
            false,
        ),
    };
    let email = new.email.map(|email| email.to_ascii_lowercase());
    let nickname = email
        .as_deref()
        .and_then(|email| email.split('@').next())
        .map(str::to_owned);
    User {
        user_id: format!("{}|{id}", connection.strategy),
        name: new.name.or_else(|| email.clone()),
        nickname,
        email,
        email_verified: new.email_verified,
        given_name: None,
        family_name: None,
        picture: None,
        username: None,
        blocked: None,
        identities: vec![Identity {
            connection: connection.name.clone(),
            user_id: id,
            provider: connection.strategy.clone(),
            is_social,
            profile_data: None,
        }],
        user_metadata: Metadata::new(),
        app_metadata: Metadata::new(),
        roles: std::collections::BTreeSet::new(),
        password: new.password,
        last_password_reset: None,
        created_at: now,
        updated_at: now,
        last_login: None,
        last_ip: None,
        logins_count: 0,
        attributes: Metadata::new(),
    }
}
