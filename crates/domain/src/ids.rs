//! Names of things, each its own type so that none can be mistaken for another.

mod domain_id;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::parsed_text::parsed_text;

pub use domain_id::DomainId;

/// An Auth0 organization: `org_` and 16 ASCII letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationId(String);
parsed_text!(OrganizationId, InvalidId);

/// Someone who owns rows without an organization: `ind_` and 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IndividualId(String);
parsed_text!(IndividualId, InvalidId);

/// A connection at Auth0: `con_` and 16 ASCII letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);
parsed_text!(ConnectionId, InvalidId);

/// A SCIM token at Auth0: `tok_` and 16 ASCII letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScimTokenId(String);
parsed_text!(ScimTokenId, InvalidId);

/// Auth0's `sub`, e.g. `auth0|64f0c0ffee64f0c0ffee64f0`: connection, `|`, the id there; at most 1024 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);
parsed_text!(UserId, InvalidId);

/// The `iss` of a token: an absolute http(s) URL that ends in `/`, compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(String);
parsed_text!(Issuer, InvalidId);

/// Who someone is. E-mail addresses change hands and are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    pub issuer: Issuer,
    pub user_id: UserId,
}

/// Ends the issuer under which the operator's own programs are known; no token has such an issuer.
const CLIENTS: &str = "clients/";

/// Begins the id of a program, as `auth0|` begins a person's.
const CLIENT: &str = "client|";

impl Person {
    /// A program of the operator's that acts with a token of its own.
    pub fn client(issuer: &Issuer, client_id: &str) -> Result<Self, InvalidId> {
        Ok(Self {
            issuer: Issuer::try_from(format!("{issuer}{CLIENTS}"))?,
            user_id: UserId::try_from(format!("{CLIENT}{client_id}"))?,
        })
    }

    /// The operator's programs together, as the owner of what they have begun.
    pub fn platform(issuer: &Issuer) -> Self {
        Self {
            issuer: Issuer(format!("{issuer}{CLIENTS}")),
            user_id: UserId("platform|platform".to_owned()),
        }
    }

    pub fn client_id(&self) -> Option<&str> {
        self.issuer.as_ref().strip_suffix(CLIENTS)?;
        self.user_id.as_ref().strip_prefix(CLIENT)
    }
}

/// Whose rows: the value of the `org_id` column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TenantId {
    Organization(OrganizationId),
    Individual(IndividualId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    #[error("An organization's id is `org_` and 16 letters or digits.")]
    Organization,
    #[error("An individual's id is `ind_` and 32 lower-case hexadecimal digits.")]
    Individual,
    #[error("A connection's id is `con_` and 16 letters or digits.")]
    Connection,
    #[error("A SCIM token's id is `tok_` and 16 letters or digits.")]
    ScimToken,
    #[error("A user's id is a connection, `|` and the id there, at most 1024 characters.")]
    User,
    #[error("An issuer is an absolute http or https URL that ends in `/`.")]
    Issuer,
    #[error("A tenant's id is an organization's or an individual's.")]
    Tenant,
    #[error("A domain's id is `ord_` and 22 letters or digits.")]
    Domain,
    #[error("The id is a UUID in lower case with hyphens.")]
    Uuid,
}

impl InvalidId {
    pub fn code(self) -> &'static str {
        "invalid_id"
    }
}

impl OrganizationId {
    fn check(text: &str) -> Result<&str, InvalidId> {
        let rest = text.strip_prefix("org_").ok_or(InvalidId::Organization)?;
        if rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(text)
        } else {
            Err(InvalidId::Organization)
        }
    }
}

impl IndividualId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("ind_{}", uuid.simple()))
    }

    fn check(text: &str) -> Result<&str, InvalidId> {
        let rest = text.strip_prefix("ind_").ok_or(InvalidId::Individual)?;
        let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if rest.len() == 32 && rest.bytes().all(is_hex) {
            Ok(text)
        } else {
            Err(InvalidId::Individual)
        }
    }
}

impl ConnectionId {
    fn check(text: &str) -> Result<&str, InvalidId> {
        let rest = text.strip_prefix("con_").ok_or(InvalidId::Connection)?;
        if rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(text)
        } else {
            Err(InvalidId::Connection)
        }
    }
}

impl ScimTokenId {
    fn check(text: &str) -> Result<&str, InvalidId> {
        let rest = text.strip_prefix("tok_").ok_or(InvalidId::ScimToken)?;
        if rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(text)
        } else {
            Err(InvalidId::ScimToken)
        }
    }
}

impl UserId {
    const MAX_CHARS: usize = 1024;

    fn check(text: &str) -> Result<&str, InvalidId> {
        let (connection, id) = text.split_once('|').ok_or(InvalidId::User)?;
        let is_complete = !connection.is_empty() && !id.is_empty();
        if is_complete
            && text.chars().count() <= Self::MAX_CHARS
            && !text.chars().any(char::is_control)
        {
            Ok(text)
        } else {
            Err(InvalidId::User)
        }
    }
}

impl Issuer {
    fn check(text: &str) -> Result<&str, InvalidId> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .and_then(|rest| rest.strip_suffix('/'))
            .ok_or(InvalidId::Issuer)?;
        let host = rest.split('/').next().unwrap_or_default();
        // RFC 8414, 2: no query and no fragment; user information has no place in an identifier.
        let is_plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@' | b'\\'));
        if !host.is_empty() && !host.starts_with(':') && is_plain {
            Ok(text)
        } else {
            Err(InvalidId::Issuer)
        }
    }
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
        if text.starts_with("org_") {
            OrganizationId::try_from(text).map(Self::Organization)
        } else if text.starts_with("ind_") {
            IndividualId::try_from(text).map(Self::Individual)
        } else {
            Err(InvalidId::Tenant)
        }
    }
}

impl std::str::FromStr for TenantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::try_from(text.to_owned())
    }
}

impl AsRef<str> for TenantId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Display for TenantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        match id {
            TenantId::Organization(id) => id.into(),
            TenantId::Individual(id) => id.into(),
        }
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

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                canonical_uuid(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid_id!(ProjectId);
uuid_id!(
    /// Also the marker in the Auth0 organization that the conversion creates.
    ConversionId
);
uuid_id!(AuditEventId);
uuid_id!(
    /// Also travels through Auth0, from the invitation to whoever accepts it.
    InvitationId
);
uuid_id!(
    /// Of organizations or of users, from Auth0.
    ImportId
);
uuid_id!(IdentityLinkId);
uuid_id!(
    /// Of a login that tries an identity provider out.
    TestLoginId
);
uuid_id!(JobId);
uuid_id!(
    /// Of a subscription, from one organization to another.
    MoveId
);
uuid_id!(SsoTicketId);

/// One spelling per id: `Uuid::parse_str` alone also takes capitals, braces and URNs.
fn canonical_uuid(text: &str) -> Result<Uuid, InvalidId> {
    let uuid = Uuid::parse_str(text).map_err(|_| InvalidId::Uuid)?;
    let mut buffer = Uuid::encode_buffer();
    if uuid.hyphenated().encode_lower(&mut buffer) == text {
        Ok(uuid)
    } else {
        Err(InvalidId::Uuid)
    }
}

#[cfg(test)]
mod tests;
