//! The tenant's log, posted in batches to other systems. At least once, in any order, tried until it works or a week has
//! passed.

mod delivery;
mod worker;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use worker::start;

/// A stream of type `http`; the sandbox has no other.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LogStream {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) status: Status,
    pub(crate) sink: Sink,
    /// Categories; all of them when empty.
    pub(crate) filters: Vec<Filter>,
    pub(crate) is_priority: bool,
    pub(crate) pii: Option<Pii>,
    /// The last entry that is dealt with.
    pub(crate) place: u64,
    attempts: u32,
    /// By the sandbox's clock.
    due_at: DateTime<Utc>,
    failing_since: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Paused,
    Suspended,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sink {
    pub(crate) http_endpoint: String,
    /// The header's raw value; answered as it is, as Auth0 does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_authorization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_content_format: Option<ContentFormat>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) http_custom_headers: Vec<CustomHeader>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ContentFormat {
    #[serde(rename = "JSONARRAY")]
    Array,
    #[serde(rename = "JSONLINES")]
    Lines,
    #[serde(rename = "JSONOBJECT")]
    Object,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CustomHeader {
    pub(crate) header: String,
    pub(crate) value: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filter {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// What is masked before it leaves.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pii {
    pub(crate) log_fields: Vec<String>,
    pub(crate) method: Option<String>,
}

impl LogStream {
    pub(crate) fn new(id: String, sink: Sink, place: u64, now: DateTime<Utc>) -> Self {
        Self {
            id,
            name: None,
            status: Status::Active,
            sink,
            filters: Vec::new(),
            is_priority: false,
            pii: None,
            place,
            attempts: 0,
            due_at: now,
            failing_since: None,
        }
    }

    /// Tries again at once.
    pub(crate) fn activate(&mut self, now: DateTime<Utc>) {
        self.status = Status::Active;
        self.attempts = 0;
        self.due_at = now;
        self.failing_since = None;
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "id": self.id,
            "type": "http",
            "status": self.status,
            "sink": self.sink,
            "filters": self.filters,
            "isPriority": self.is_priority,
        });
        if let Some(name) = &self.name {
            body["name"] = json!(name);
        }
        if let Some(pii) = &self.pii {
            body["pii_config"] = json!(pii);
        }
        body
    }
}
