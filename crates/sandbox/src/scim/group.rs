//! A group of the identity provider, and who is in it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::attributes::{GROUP, OF_GROUPS, read_all};
use super::document;
use super::refusal::Refusal;
use super::user::{is_in, meta};
use crate::ids;
use crate::tenant::{Connection, Tenant};

/// Members in one PATCH, and in one PUT or POST.
pub(super) const MOST_CHANGED: usize = 1_000;
const MOST_MEMBERS: usize = 10_000;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(super) fields: Map<String, Value>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Group {
    pub(super) fn new(fields: Map<String, Value>, now: DateTime<Utc>) -> Self {
        Self {
            id: ids::group(),
            fields,
            created_at: now,
            updated_at: now,
        }
    }

    pub(super) fn change(&mut self, fields: Map<String, Value>, now: DateTime<Utc>) {
        self.fields = fields;
        self.updated_at = now;
    }

    pub(crate) fn name(&self) -> &str {
        self.fields["displayName"].as_str().unwrap_or_default()
    }

    pub(crate) fn external_id(&self) -> Option<&str> {
        self.fields.get("externalId")?.as_str()
    }

    /// The ids of its users.
    pub(crate) fn members(&self) -> BTreeSet<&str> {
        let members = self.fields.get("members").and_then(Value::as_array);
        let ids = members.into_iter().flatten();
        ids.filter_map(|member| member["value"].as_str()).collect()
    }

    pub(super) fn forget(&mut self, user: &str) {
        if let Some(Value::Array(members)) = self.fields.get_mut("members") {
            members.retain(|member| member["value"] != user);
        }
    }

    pub(super) fn resource(&self, location: &str) -> Value {
        let mut shown = self.fields.clone();
        shown.insert("schemas".to_owned(), json!([GROUP]));
        shown.insert("id".to_owned(), json!(self.id));
        let mut meta = meta("Group", self.created_at, self.updated_at);
        meta["location"] = json!(location);
        shown.insert("meta".to_owned(), meta);
        Value::Object(shown)
    }
}

pub(super) fn read(sent: Value) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(sent) = sent else {
        return Err(Refusal::syntax("An object was expected"));
    };
    let mut lists = sent.values().filter_map(Value::as_array);
    if lists.any(|list| list.len() > MOST_MEMBERS) {
        return Err(Refusal::too_many("At most 10,000 members"));
    }
    read_all(OF_GROUPS, sent)
}

/// A group has a name, and its members are users of the connection.
pub(super) fn check(
    tenant: &Tenant,
    connection: &Connection,
    mut fields: Map<String, Value>,
) -> Result<Map<String, Value>, Refusal> {
    fields.retain(|_, value| !document::is_empty(value));
    let name = fields.get("displayName").and_then(Value::as_str);
    if name.is_none_or(|name| name.trim().is_empty()) {
        return Err(Refusal::value("displayName is missing"));
    }
    let members = fields.get("members").and_then(Value::as_array);
    for member in members.into_iter().flatten() {
        let user = member["value"].as_str().and_then(|id| tenant.users.get(id));
        if !user.is_some_and(|user| is_in(user, connection)) {
            return Err(Refusal::value("A member is no user of this connection"));
        }
    }
    Ok(fields)
}
