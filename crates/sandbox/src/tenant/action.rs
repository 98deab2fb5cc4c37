//! An Action as the tenant keeps it: what was written last, and what of it was deployed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The only trigger that the sandbox runs.
pub(crate) const POST_LOGIN: &str = "post-login";

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Action {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) name: String,
    /// As they were sent: `[{id, version}]`.
    pub(crate) supported_triggers: Vec<Value>,
    pub(crate) draft: Draft,
    /// Oldest first; the last one that was deployed is what runs.
    pub(crate) versions: Vec<Version>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// One of the product's own that came with the sandbox: what it runs and knows is read at each start.
    #[serde(default)]
    pub(crate) is_planted: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) code: String,
    pub(crate) runtime: String,
    /// As they were sent: `[{name, version}]`.
    pub(crate) dependencies: Vec<Value>,
    pub(crate) secrets: Vec<Secret>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) number: u32,
    pub(crate) draft: Draft,
    pub(crate) created_at: DateTime<Utc>,
}

/// An Action in its place in a trigger.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) id: String,
    pub(crate) action_id: String,
    pub(crate) display_name: String,
    pub(crate) created_at: DateTime<Utc>,
}

impl Action {
    pub(crate) fn deployed(&self) -> Option<&Version> {
        self.versions.last()
    }

    pub(crate) fn all_changes_deployed(&self) -> bool {
        let deployed = self.deployed();
        deployed.is_some_and(|version| version.draft == self.draft)
    }

    /// The draft becomes what runs.
    pub(crate) fn deploy(&mut self, id: String, draft: Draft, now: DateTime<Utc>) {
        let number = self.deployed().map_or(1, |version| version.number + 1);
        self.versions.push(Version {
            id,
            number,
            draft,
            created_at: now,
        });
    }
}
