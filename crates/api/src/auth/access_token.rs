//! What a verified access token says, and why one was refused.

use chrono::{DateTime, Utc};
use domain::Permission;
use domain::SubscriptionClaim;
use domain::{OrganizationId, Person, UserId};

use crate::problem::{Code, Problem};

/// The claims of a person's access token after verification. Never the token itself.
#[derive(Debug, Clone)]
pub struct AccessToken {
    pub person: Person,
    /// Present when the person logged in to an organization.
    pub organization: Option<OrganizationId>,
    /// A name, which another organization may take over one day: for display and cross-checks, never a key.
    pub organization_name: Option<String>,
    /// The token's upper bound; the live membership narrows it. Permissions that we do not know are left out.
    pub permissions: Vec<Permission>,
    pub client_id: String,
    /// The connection that the login came through, where the token tells: it can only take away.
    pub connection: Option<String>,
    /// What the identity provider last knew; for display, never for a decision.
    pub subscription_claim: Option<SubscriptionClaim>,
    /// When the person last proved who they are. The token itself may be newer, from a session or a refresh.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// The account with which the login was begun to link this one.
    pub link_with: Option<UserId>,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl AccessToken {
    pub fn allows(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// The claims of a program's own token after verification.
#[derive(Debug, Clone)]
pub struct MachineToken {
    /// As whom the program acts.
    pub person: Person,
    pub client_id: String,
    /// Present when the program was let into one organization only.
    pub organization: Option<OrganizationId>,
    pub scopes: Vec<String>,
}

/// Why a token was refused: for the log and the tests. The caller is told one and the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no credentials")]
    Missing,
    #[error("the Authorization header is repeated or is not a bearer token")]
    NotBearer,
    #[error("the token is larger than 8 KiB")]
    TooLarge,
    #[error("the token is not three parts of strict base64url")]
    Shape,
    #[error("the header is not a JSON object without repeated names")]
    Header,
    #[error("the algorithm is not RS256")]
    Algorithm,
    #[error("the header carries a key or an extension")]
    ForbiddenHeader,
    #[error("the type is not that of an access token")]
    Type,
    #[error("the key id is missing or malformed")]
    KeyId,
    #[error("the claims are not a JSON object without repeated names")]
    Claims,
    #[error("the issuer is not ours")]
    Issuer,
    #[error("the audience does not include us")]
    Audience,
    #[error("a time is missing, malformed or out of range")]
    Time,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the subject is malformed")]
    Subject,
    #[error("the client id is missing or malformed")]
    Client,
    #[error("the organization is malformed")]
    Organization,
    #[error("the permissions are malformed")]
    Permissions,
    #[error("the key id is unknown")]
    UnknownKey,
    #[error("the signature does not match")]
    Signature,
    /// The token is genuine, but stands for a program and not for a person.
    #[error("the token is a machine's")]
    Machine,
    /// The token is genuine, but a person's.
    #[error("the token is a person's")]
    NotMachine,
    /// Not the token's fault: we have no keys to check it with.
    #[error("no signing keys are known")]
    KeysUnavailable,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        tracing::info!(reason = %refused, "token refused");
        match refused {
            Refused::Missing => Self::no_credentials(),
            Refused::Machine => Self::new(Code::MachineTokenNotAllowed),
            Refused::NotMachine => Self::new(Code::PlatformTokenRequired),
            Refused::KeysUnavailable => Self::new(Code::KeysUnavailable),
            _ => Self::new(Code::InvalidToken),
        }
    }
}
