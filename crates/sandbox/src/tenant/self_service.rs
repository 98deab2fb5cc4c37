//! Self-service single sign-on: profiles, and the tickets that let a customer's administrator set up a connection.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{EnabledConnection, Metadata};

/// How often the address of a ticket can be opened.
const OPENINGS: u32 = 10;
/// How long the assistant goes on after its first opening.
const SITTING: TimeDelta = TimeDelta::hours(5);

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SelfServiceProfile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// Empty for all.
    pub(crate) allowed_strategies: Vec<String>,
    /// Fields that nothing in the sandbox acts on; kept and answered as they were sent.
    pub(crate) extra: Metadata,
    #[serde(default)]
    pub(crate) custom_text: Metadata,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Known by the secret in its address, which is its id.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SsoTicket {
    pub(crate) profile_id: String,
    /// The connection to edit; of a new one, until it is made, None.
    pub(crate) connection_id: Option<String>,
    /// What a new connection is to be like.
    pub(crate) connection_config: Option<Metadata>,
    pub(crate) enabled_clients: BTreeSet<String>,
    /// By organization.
    pub(crate) enabled_organizations: BTreeMap<String, EnabledConnection>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) first_opened_at: Option<DateTime<Utc>>,
    pub(crate) openings: u32,
    pub(crate) revoked: bool,
}

impl SsoTicket {
    /// Whether its address still opens.
    pub(crate) fn opens(&self, now: DateTime<Utc>) -> bool {
        self.is_good(now) && self.openings < OPENINGS
    }

    /// Whether the assistant still goes on.
    pub(crate) fn is_good(&self, now: DateTime<Utc>) -> bool {
        let sits = self.first_opened_at.is_none_or(|at| now < at + SITTING);
        !self.revoked && now < self.expires_at && sits
    }
}
