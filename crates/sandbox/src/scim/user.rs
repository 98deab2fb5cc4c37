//! A provisioned user: what the identity provider sent of them, and the account that it makes by the attribute map.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::attributes::{Attribute, ENTERPRISE, OF_USERS, USER};
use super::configuration::Configuration;
use super::document;
use super::patch::{self, Op};
use super::path::Path;
use super::refusal::Refusal;
use crate::tenant::{Connection, Metadata, Tenant, User};

impl Configuration {
    /// Whether the attribute map has it, or a part of it.
    pub(super) fn maps(&self, is_enterprise: bool, attribute: &Attribute) -> bool {
        let paths = self
            .mapping
            .iter()
            .filter_map(|each| Path::parse(&each.scim).ok());
        let named = |path: Path| {
            let name = path.attribute.unwrap_or_default();
            path.is_enterprise == is_enterprise && name.eq_ignore_ascii_case(attribute.name)
        };
        // A user without a name of their own could not be found again.
        attribute.name == "userName" || paths.into_iter().any(named)
    }

    /// What ends the id of a new user.
    pub(super) fn subject(&self, document: &Value) -> Result<String, Refusal> {
        let path = Path::parse(&self.user_id_attribute)?;
        let values = document::values(document, &path);
        let subject = values.first().and_then(|(value, _)| value.as_str());
        let subject = subject.filter(|subject| !subject.trim().is_empty());
        subject.map(str::to_owned).ok_or_else(|| {
            Refusal::value(format!(
                "{} is missing, which the id of a user is made of",
                self.user_id_attribute
            ))
        })
    }
}

pub(super) fn is_in(user: &User, connection: &Connection) -> bool {
    let mut identities = user.identities.iter();
    identities.any(|identity| identity.connection == connection.name)
}

/// What was sent last. Of somebody who came by a login there is only what the login said.
pub(super) fn sent(tenant: &Tenant, connection: &Connection, user: &User) -> Map<String, Value> {
    if let Some(Value::Object(sent)) = tenant.scim.users.get(&user.user_id) {
        return sent.clone();
    }
    let identity = user
        .identities
        .iter()
        .find(|each| each.connection == connection.name);
    let id = identity
        .map(|identity| identity.user_id.as_str())
        .unwrap_or_default();
    let prefix = format!("{}|", connection.name);
    let subject = id.strip_prefix(&prefix).unwrap_or(id);
    let mut known = Map::from_iter([("userName".to_owned(), json!(subject))]);
    let configuration = tenant.scim.configurations.get(&connection.id);
    if configuration.is_some_and(|of| of.user_id_attribute == "externalId") {
        known.insert("externalId".to_owned(), json!(subject));
    }
    if let Some(email) = &user.email {
        known.insert(
            "emails".to_owned(),
            json!([{ "value": email, "primary": true }]),
        );
    }
    known
}

/// The resource as it is answered, but for its location: the account is the truth for what it has.
pub(super) fn resource(tenant: &Tenant, connection: &Connection, user: &User) -> Value {
    let mut fields = sent(tenant, connection, user);
    if let Some(configuration) = tenant.scim.configurations.get(&connection.id) {
        for mapping in &configuration.mapping {
            let (Ok(path), Some(now)) = (Path::parse(&mapping.scim), current(user, &mapping.auth0))
            else {
                continue;
            };
            let document = Value::Object(fields);
            let same = document::values(&document, &path)
                .first()
                .is_some_and(|(value, _)| **value == now);
            fields = match document {
                Value::Object(fields) => fields,
                _ => Map::new(),
            };
            if !same {
                // A value that the attribute cannot hold is not shown.
                let _ = patch::set(&mut fields, OF_USERS, Op::Replace, &path, Some(&now)).is_ok();
            }
        }
    }
    let schemas = match fields.contains_key(ENTERPRISE) {
        true => json!([USER, ENTERPRISE]),
        false => json!([USER]),
    };
    fields.insert("schemas".to_owned(), schemas);
    fields.insert("id".to_owned(), json!(user.user_id));
    fields.insert(
        "meta".to_owned(),
        meta("User", user.created_at, user.updated_at),
    );
    Value::Object(fields)
}

pub(super) fn meta(kind: &str, created: DateTime<Utc>, modified: DateTime<Utc>) -> Value {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "resourceType": kind, "created": text(created), "lastModified": text(modified) })
}

/// Root attributes may be changed elsewhere, and `blocked` is the opposite of `active`.
fn current(user: &User, attribute: &str) -> Option<Value> {
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    match attribute {
        "blocked" => user.blocked.map(|blocked| json!(!blocked)),
        "email" => text(&user.email),
        "name" => text(&user.name),
        "given_name" => text(&user.given_name),
        "family_name" => text(&user.family_name),
        "nickname" => text(&user.nickname),
        "picture" => text(&user.picture),
        "username" => text(&user.username),
        _ => None,
    }
}

/// Makes the account what the document says. Root attributes that the sandbox's users do not have, such as
/// `preferred_username`, stay in the document alone.
pub(super) fn apply(document: &Value, configuration: &Configuration, user: &mut User) {
    for mapping in &configuration.mapping {
        let Ok(path) = Path::parse(&mapping.scim) else {
            continue;
        };
        let found: Vec<Value> = document::values(document, &path)
            .into_iter()
            .map(|(value, _)| value.clone())
            .collect();
        let first = found.first().cloned();
        let text = first.as_ref().and_then(Value::as_str).map(str::to_owned);
        match mapping.auth0.as_str() {
            "blocked" => {
                let active = first.as_ref().and_then(Value::as_bool);
                user.blocked = active.map(|active| !active);
            }
            "email" if user.email != text => {
                user.email = text;
                user.email_verified = false;
            }
            "name" => user.name = text,
            "given_name" => user.given_name = text,
            "family_name" => user.family_name = text,
            "nickname" => user.nickname = text,
            "picture" => user.picture = text,
            "username" => user.username = text,
            other => {
                let metadata = match other.split_once('.') {
                    Some(("app_metadata", name)) => Some((&mut user.app_metadata, name)),
                    Some(("user_metadata", name)) => Some((&mut user.user_metadata, name)),
                    _ => None,
                };
                if let Some((metadata, name)) = metadata {
                    put(metadata, name, found);
                }
            }
        }
    }
}

/// Several values are a list.
fn put(metadata: &mut Metadata, name: &str, mut found: Vec<Value>) {
    match found.len() {
        0 => metadata.remove(name),
        1 => metadata.insert(name.to_owned(), found.remove(0)),
        _ => metadata.insert(name.to_owned(), Value::Array(found)),
    };
}

/// Which attribute somebody else in the connection has already, of those that one person alone may have.
pub(super) fn taken(
    tenant: &Tenant,
    connection: &Connection,
    own_id: Option<&str>,
    fields: &Map<String, Value>,
) -> Option<&'static str> {
    let lower = |fields: &Map<String, Value>| {
        let name = fields.get("userName").and_then(Value::as_str);
        name.map(str::to_lowercase)
    };
    let (name, external_id) = (lower(fields), fields.get("externalId"));
    let others = tenant
        .users
        .values()
        .filter(|user| is_in(user, connection) && own_id.is_none_or(|own| own != user.user_id));
    for other in others {
        let theirs = sent(tenant, connection, other);
        if name.is_some() && lower(&theirs) == name {
            return Some("userName");
        }
        if external_id.is_some() && theirs.get("externalId") == external_id {
            return Some("externalId");
        }
    }
    None
}
