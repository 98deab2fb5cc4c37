//! Logins under way and what remains of them: transactions, codes, sessions, refresh tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Metadata;

/// What `/authorize` was asked, kept while the person is on the login pages.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LoginTransaction {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) organization: Option<String>,
    /// Whoever could choose an organization chose none.
    #[serde(default)]
    pub(crate) is_personal: bool,
    /// The ticket of the invitation that is being accepted.
    #[serde(default)]
    pub(crate) invitation: Option<String>,
    pub(crate) connection: Option<String>,
    pub(crate) login_hint: Option<String>,
    /// Base URL that the person came through; becomes the issuer.
    pub(crate) host: String,
    pub(crate) csrf: String,
    /// `query` or `web_message`.
    pub(crate) response_mode: String,
    /// Whoever already proved a password and now picks an organization.
    pub(crate) authenticated: Option<Authenticated>,
    /// They have to prove a second factor now.
    #[serde(default)]
    pub(crate) pending_mfa: Option<PendingMfa>,
    /// When they proved a second factor in this login.
    #[serde(default)]
    pub(crate) mfa_at: Option<DateTime<Utc>>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Who the login pages, or the session cookie, found the person to be.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Authenticated {
    pub(crate) user_id: String,
    /// The connection's name.
    pub(crate) connection: String,
    /// The single sign-on session that vouches for them; `None` right after a password.
    pub(crate) session_id: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PendingMfa {
    /// Of a factor that is being enrolled; None where one is to be proved.
    pub(crate) new_secret: Option<String>,
    pub(crate) wrong: u32,
}

/// An authenticator app.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Authenticator {
    /// Base32.
    pub(crate) secret: String,
    pub(crate) enrolled_at: DateTime<Utc>,
    /// The latest time step whose code was used: a code works once.
    pub(crate) used_step: Option<i64>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationCode {
    pub(crate) transaction: LoginTransaction,
    pub(crate) user_id: String,
    pub(crate) connection: String,
    pub(crate) session_id: String,
    /// Of the refresh tokens that come of it; a second use of the code revokes them (RFC 6749, 4.1.2).
    pub(crate) family: String,
    pub(crate) used: bool,
    pub(crate) id_token_claims: Metadata,
    pub(crate) access_token_claims: Metadata,
    pub(crate) auth_time: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) connection: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) authenticated_at: DateTime<Utc>,
    #[serde(default)]
    pub(crate) mfa_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) family: String,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) session_id: Option<String>,
    pub(crate) connection: String,
    pub(crate) organization: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) scope: String,
    pub(crate) host: String,
    /// Exchanged for its successor; presenting it again gives the family away.
    pub(crate) used_at: Option<DateTime<Utc>>,
    pub(crate) revoked: bool,
    pub(crate) expires_at: DateTime<Utc>,
    /// None for one that was kept before there was such an end.
    #[serde(default)]
    pub(crate) idle_until: Option<DateTime<Utc>>,
}
