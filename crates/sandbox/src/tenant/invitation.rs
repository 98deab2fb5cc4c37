//! An invitation that can still be accepted. What became of the others is in no record of Auth0's but the log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Metadata;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    /// The bearer secret in the link.
    pub(crate) ticket_id: String,
    pub(crate) client_id: String,
    pub(crate) inviter: String,
    /// E-mail address, as it was sent.
    pub(crate) invitee: String,
    pub(crate) connection_id: Option<String>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) app_metadata: Option<Metadata>,
    pub(crate) user_metadata: Option<Metadata>,
    pub(crate) invitation_url: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}
