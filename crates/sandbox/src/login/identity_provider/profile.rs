//! What an identity provider says of a person, and the user that it becomes.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::accounts::{NewUser, new_user};
use crate::tenant::{Connection, Metadata, Tenant, User};

/// Of a customer's own provider; a social one sends an address and nothing to tell people apart by but that.
#[derive(Default)]
pub(in crate::login) struct Profile {
    /// The subject: UPN, `sub` or NameID. `None` makes the address do for one.
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    /// Whether the provider says that the address is proved; None where it is not asked.
    pub(super) email_verified: Option<bool>,
    /// Everything else that it says, such as groups: what Auth0 keeps at the root of the user.
    pub(super) attributes: Metadata,
}

impl Profile {
    /// Of an ID token; `sub` is how the provider tells people apart.
    pub(in crate::login) fn of_claims(mut claims: Metadata) -> Self {
        let mut text = |name: &str| match claims.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (username, email, name) = (text("sub"), text("email"), text("name"));
        let email_verified = claims.remove("email_verified") == Some(Value::Bool(true));
        for protocol in ["iss", "aud", "iat", "exp", "nonce"] {
            claims.remove(protocol);
        }
        Self {
            username,
            email,
            name,
            email_verified: Some(email_verified),
            attributes: claims,
        }
    }

    /// Of an assertion, which cannot say whether an address is proved.
    pub(in crate::login) fn of_assertion(claims: Metadata) -> Self {
        Self {
            email_verified: None,
            ..Self::of_claims(claims)
        }
    }

    fn is_verified(&self, connection: &Connection) -> bool {
        self.email_verified.unwrap_or(true) && verifies(connection)
    }

    /// What Auth0 makes of it: where Entra ID sends no address, the UPN stands in for one, mailbox or not.
    fn email(&self, connection: &Connection) -> Option<&str> {
        let upn = self
            .username
            .as_deref()
            .filter(|name| connection.strategy == "waad" && name.contains('@'));
        self.email.as_deref().or(upn)
    }
}

/// The user that the provider means, created at a first visit. Returns the id.
pub(in crate::login) fn find_or_create(
    tenant: &mut Tenant,
    connection: &Connection,
    profile: &Profile,
    now: DateTime<Utc>,
) -> String {
    let email = profile.email(connection).map(str::to_ascii_lowercase);
    let known = match &profile.username {
        Some(username) => by_subject(tenant, connection, username),
        None => tenant.user_by_email(&connection.name, email.as_deref().unwrap_or_default()),
    };
    if let Some(id) = known.map(|user| user.user_id.clone()) {
        refresh(tenant, &id, email, connection, profile, now);
        return tenant.main_account(&id).to_owned();
    }
    let new = NewUser {
        connection,
        email,
        email_verified: profile.is_verified(connection),
        name: profile.name.clone().or_else(|| profile.username.clone()),
        password: None,
    };
    let mut user = new_user(new, now);
    user.attributes = profile.attributes.clone();
    if let Some(username) = &profile.username {
        let subject = subject(connection, username);
        user.user_id = format!("{}|{subject}", connection.strategy);
        user.identities[0].user_id = subject;
    }
    let id = user.user_id.clone();
    tenant.users.insert(id.clone(), user);
    tenant.publish_user("user.created", &id, now);
    id
}

fn subject(connection: &Connection, username: &str) -> String {
    format!("{}|{username}", connection.name)
}

fn by_subject<'t>(tenant: &'t Tenant, connection: &Connection, username: &str) -> Option<&'t User> {
    let id = format!("{}|{}", connection.strategy, subject(connection, username));
    let linked = || Some(&tenant.linked_accounts.get(&id)?.user);
    tenant.users.get(&id).or_else(linked)
}

/// Another address counts as unproven again; the same one stays proven, whoever proved it.
fn refresh(
    tenant: &mut Tenant,
    id: &str,
    email: Option<String>,
    connection: &Connection,
    profile: &Profile,
    now: DateTime<Utc>,
) {
    let Some(user) = tenant.users.get_mut(id) else {
        return;
    };
    if user.email == email && user.attributes == profile.attributes {
        return;
    }
    user.attributes = profile.attributes.clone();
    if user.email != email {
        user.email = email;
        user.email_verified = profile.is_verified(connection);
    }
    user.updated_at = now;
    tenant.publish_user("user.updated", id, now);
}

fn verifies(connection: &Connection) -> bool {
    let option = connection
        .options
        .get("should_trust_email_verified_connection");
    option.and_then(serde_json::Value::as_str) != Some("never_set_emails_as_verified")
}
