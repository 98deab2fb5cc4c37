//! Ids that cannot be swapped: text ids are parsed once at the edge, UUID ids are typed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub fn as_uuid(self) -> Uuid { self.0 }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> { text.parse().map(Self) }
        }
    )+};
}

uuid_ids! {
    /// A project, the example of a tenant-scoped resource.
    ProjectId;
    /// One checkout and what came of it.
    ConversionId;
    AuditEventId;
    JobId;
}

/// Why a text is no id of the kind that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not {expected}")]
pub struct InvalidId {
    expected: &'static str,
}

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident, $check:path, $expected:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                if $check(&text) { Ok(Self(text)) } else { Err(InvalidId { expected: $expected }) }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> { text.to_owned().try_into() }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self { id.0 }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

text_ids! {
    /// An Auth0 organization: `org_` and 16 letters or digits.
    OrganizationId, is_organization, "an organization id";
    /// An individual's own tenant: `ind_` and a UUIDv7 as 32 lower-case hex digits.
    IndividualId, is_individual, "an individual's id";
    /// Auth0's `user_id`, the `sub` of a person: `provider|id`, at most 1024 characters.
    UserId, is_user, "a user id";
    /// An issuer of tokens (OpenID Connect Core 1.0, 2): compared to the letter. Auth0's end in a slash.
    Issuer, is_issuer, "an issuer";
}

fn is_organization(text: &str) -> bool {
    text.strip_prefix("org_")
        .is_some_and(|tail| tail.len() == 16 && tail.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_individual(text: &str) -> bool {
    text.strip_prefix("ind_").is_some_and(|tail| {
        tail.len() == 32 && tail.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn is_user(text: &str) -> bool {
    text.len() <= 1024
        && text
            .split_once('|')
            .is_some_and(|(provider, id)| !provider.is_empty() && !id.is_empty())
        && !text.chars().any(char::is_control)
}

fn is_issuer(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|rest| rest.len() > 1 && !rest.starts_with('/'))
        && text.len() <= 1024
        && text.ends_with('/')
        && !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#'))
}

impl IndividualId {
    pub fn from_uuid(id: Uuid) -> Self {
        Self(format!("ind_{}", id.simple()))
    }
}

/// Whose rows: the value of `org_id` in every tenant table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TenantId {
    Organization(OrganizationId),
    Individual(IndividualId),
}

impl TenantId {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Organization(id) => id.as_ref(),
            Self::Individual(id) => id.as_ref(),
        }
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        match OrganizationId::try_from(text.clone()) {
            Ok(id) => Ok(Self::Organization(id)),
            Err(_) => IndividualId::try_from(text).map(Self::Individual),
        }
    }
}

impl FromStr for TenantId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.to_owned().try_into()
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.as_str().to_owned()
    }
}

impl From<OrganizationId> for TenantId {
    fn from(id: OrganizationId) -> Self {
        Self::Organization(id)
    }
}

impl From<IndividualId> for TenantId {
    fn from(id: IndividualId) -> Self {
        Self::Individual(id)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Somebody who logs in. E-mail never stands for a person (see "nOAuth": an identity provider may send any address).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    pub issuer: Issuer,
    pub user_id: UserId,
}
