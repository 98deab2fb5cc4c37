//! An organization's own identity provider: a connection at Auth0 that nobody else uses.

mod groups;
mod options;

use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, OrganizationId};
use crate::parsed_text::parsed_text;
use crate::role::Role;
use crate::words::words;

pub use groups::{GroupRole, GroupRoles, Held, InvalidGroupRoles};
pub use options::{InvalidOption, Options, SECRET_OPTIONS};

/// As many connections as one organization may have at Auth0, shared ones included.
pub const MAX_CONNECTIONS: usize = 10;

/// Letters, digits and single hyphens between them, 1 to 100 characters. It has no underscore, so it never looks like
/// an id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdentityProviderName(String);
parsed_text!(IdentityProviderName, InvalidIdentityProviderName);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentityProviderName {
    #[error("The name is empty.")]
    Empty,
    #[error("The name is longer than 100 characters.")]
    TooLong,
    #[error("The name may contain only letters a to z, digits, and single hyphens between them.")]
    Character,
}

impl InvalidIdentityProviderName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Character => "invalid_character",
        }
    }
}

impl IdentityProviderName {
    const MAX_CHARS: usize = 100;

    fn check(text: &str) -> Result<&str, InvalidIdentityProviderName> {
        let part =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if text.is_empty() {
            Err(InvalidIdentityProviderName::Empty)
        } else if !text.split('-').all(part) {
            Err(InvalidIdentityProviderName::Character)
        } else if text.len() > Self::MAX_CHARS {
            Err(InvalidIdentityProviderName::TooLong)
        } else {
            Ok(text)
        }
    }

    /// The connection's name at Auth0, where names are shared by all organizations: nobody learns by a conflict what
    /// others have called theirs.
    pub fn connection_name(&self, organization: &OrganizationId) -> String {
        let id = organization.as_ref().trim_start_matches("org_");
        format!("{id}-{}", self.0)
    }
}

/// Whose a connection of this name would be. Only the organization's own rows tell whether it is.
pub fn organization_of(connection_name: &str) -> Option<OrganizationId> {
    let (id, _) = connection_name.split_once('-')?;
    format!("org_{id}").parse().ok()
}

/// How a path names an identity provider: by the connection's id, or, before Auth0 has given it one, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityProviderKey {
    Id(ConnectionId),
    Name(IdentityProviderName),
}

impl std::str::FromStr for IdentityProviderKey {
    type Err = InvalidIdentityProviderName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Name),
        }
    }
}

impl std::fmt::Display for IdentityProviderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// How Auth0 talks to the provider; the words are Auth0's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Strategy {
    Oidc,
    Samlp,
    Okta,
    Waad,
    GoogleApps,
    Adfs,
    PingFederate,
}

words!(
    Strategy,
    UnknownStrategy,
    "The strategy is not one of oidc, samlp, okta, waad, google-apps, adfs and pingfederate.",
    {
        Oidc = "oidc",
        Samlp = "samlp",
        Okta = "okta",
        Waad = "waad",
        GoogleApps = "google-apps",
        Adfs = "adfs",
        PingFederate = "pingfederate",
    }
);

/// How far Auth0 has followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum IdentityProviderState {
    Pending,
    Ready,
    Failed,
}

words!(IdentityProviderState, UnknownIdentityProviderState, "The state of the identity provider is unknown.", {
    Pending = "pending",
    Ready = "ready",
    Failed = "failed",
});

/// How far a test login is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum TestLoginState {
    Open,
    /// Back from Auth0 and not finished yet.
    Returned,
    Passed,
    Failed,
}

words!(TestLoginState, UnknownTestLoginState, "The state of the test login is unknown.", {
    Open = "open",
    Returned = "returned",
    Passed = "passed",
    Failed = "failed",
});

/// How it leaves the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Removal {
    /// With its connection and the connection's users.
    Delete,
    /// The connection stays at Auth0, unused.
    Detach,
}

words!(Removal, UnknownRemoval, "The removal is neither delete nor detach.", {
    Delete = "delete",
    Detach = "detach",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Whoever comes first through an identity provider cannot become an administrator by that alone."
)]
pub struct AdminByDefault;

/// The role of whoever comes for the first time and is in no mapped group. Anybody in the customer's directory can be
/// that person.
///
/// # Errors
/// It is the administrator's.
pub fn default_role(role: Role) -> Result<Role, AdminByDefault> {
    match role {
        Role::OrgAdmin => Err(AdminByDefault),
        Role::OrgMember | Role::OrgBilling | Role::OrgReadonly => Ok(role),
    }
}

/// What may be shown of a secret: its last four characters, and nothing of one that is too short for that.
pub fn secret_hint(secret: &str) -> String {
    let count = secret.chars().count();
    if count < 16 {
        return String::new();
    }
    secret.chars().skip(count - 4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_auth0s_pattern_for_connections() {
        let name = |text: &str| {
            text.parse::<IdentityProviderName>()
                .map(String::from)
                .map_err(InvalidIdentityProviderName::code)
        };
        for right in ["okta", "Okta-2", "a-b-c", "7"] {
            assert_eq!(name(right).as_deref(), Ok(right));
        }
        for wrong in ["a_b", "a--b", "-a", "a-", "a b", "é", "con_abc", "a/b"] {
            assert_eq!(name(wrong), Err("invalid_character"), "{wrong}");
        }
        assert_eq!(name(""), Err("empty"));
        assert_eq!(name(&"a".repeat(101)), Err("too_long"));
        assert!(name(&"a".repeat(100)).is_ok());
    }

    #[test]
    fn a_path_names_it_by_id_or_by_name() {
        let key = |text: &str| text.parse::<IdentityProviderKey>().ok();
        let id = "con_0000000000000001";
        assert_eq!(key(id), Some(IdentityProviderKey::Id(id.parse().unwrap())));
        assert!(matches!(key("okta"), Some(IdentityProviderKey::Name(_))));
        assert_eq!(key("con_short"), None);
    }

    #[test]
    fn two_organizations_never_want_the_same_connection() {
        let name: IdentityProviderName = "okta".parse().unwrap();
        let id: OrganizationId = "org_Vq3kfGpRcXh2Tn7L".parse().unwrap();
        assert_eq!(name.connection_name(&id), "Vq3kfGpRcXh2Tn7L-okta");
    }

    #[test]
    fn only_the_end_of_a_long_secret_is_shown() {
        assert_eq!(secret_hint("a-secret-that-is-long-9f3e"), "9f3e");
        assert_eq!(secret_hint("short-secret"), "");
    }

    #[test]
    fn nobody_becomes_an_administrator_by_default() {
        assert_eq!(default_role(Role::OrgAdmin), Err(AdminByDefault));
        assert_eq!(default_role(Role::OrgReadonly), Ok(Role::OrgReadonly));
    }
}
