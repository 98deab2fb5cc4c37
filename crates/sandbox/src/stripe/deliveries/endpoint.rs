//! Where events are sent, and the secrets that sign them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::object_id;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// Set by the sandbox's configuration or its control routes, which know one end point.
    #[serde(default)]
    pub(crate) primary: bool,
    pub(crate) id: String,
    pub(crate) url: String,
    /// The newest first; more than one while a secret is rolled.
    pub(crate) secrets: Vec<String>,
    pub(crate) enabled_events: Vec<String>,
    /// Version that events are labelled with; absent: the account's.
    pub(crate) api_version: Option<String>,
    #[serde(default)]
    pub(crate) disabled: bool,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) created: i64,
    /// Until when a rolled secret still signs.
    #[serde(default)]
    pub(crate) previous_until: Option<i64>,
}

impl Endpoint {
    pub(crate) fn new(url: String, secrets: Vec<String>) -> Self {
        let id = object_id::random("we_1", 23);
        Self {
            id,
            url,
            secrets,
            enabled_events: vec!["*".to_owned()],
            primary: false,
            api_version: None,
            disabled: false,
            description: None,
            metadata: BTreeMap::new(),
            created: 0,
            previous_until: None,
        }
    }

    pub(super) fn wants(&self, kind: &str) -> bool {
        let enabled = &mut self.enabled_events.iter();
        !self.disabled && enabled.any(|known| events::matches(known, kind))
    }

    /// The secrets that sign at this time, the newest first.
    pub(crate) fn live_secrets(&self, now: i64) -> &[String] {
        match self.previous_until {
            Some(until) if until <= now => &self.secrets[..1],
            _ => &self.secrets,
        }
    }

    /// Makes a new secret; the one before goes on signing until that time.
    pub(crate) fn roll(&mut self, previous_until: i64) -> String {
        let secret = object_id::random("whsec_", 32);
        self.secrets.truncate(1);
        self.secrets.insert(0, secret.clone());
        self.previous_until = Some(previous_until);
        secret
    }
}
