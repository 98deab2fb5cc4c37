//! The chain of hashes that an organization's audit events form, and its proof, which needs nothing but an export.
//!
//! An event is exported as one line, a JSON object in canonical form with the fields `action, actor, after, at, before, event_id, hash, org_id,
//! prev_hash, request_id, sequence, target`; all are always there, null where there is nothing. `client_address` is there too where it is known. Its `hash` is the
//! SHA-256, in lower-case hex, of that line without `hash`. Canonical is: UTF-8, keys sorted by their bytes at every
//! level, no white space, strings escaped only where JSON insists, whole numbers as digits (RFC 8785 for what we write). `at` is UTC with six decimals and `Z`. `prev_hash` is the hash of the event with the `sequence` before.
//!
//! The first event has sequence 1. Its `prev_hash` is 64 zeros, or, where there are events from before the chain, their
//! rolled-up hash: these come first, by `event_id`, with null for `sequence`, `prev_hash` and `hash`, and each is hashed
//! like the others with the hash so far as its `prev_hash`. The last line of an export is
//! `{"end":{"hash":…,"sequence":…}}`, so that its end cannot be cut off unseen.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use aws_lc_rs::digest;
use chrono::{SecondsFormat, SubsecRound};
use domain::TenantId;
use serde_json::{Map, Value, json};

use crate::NewAuditEvent;

/// SHA-256; shown in lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditHash([u8; 32]);

/// An event's place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLink {
    /// 1 for the first, without gaps.
    pub sequence: i64,
    pub prev_hash: AuditHash,
    pub hash: AuditHash,
}

/// The newest link of a tenant's chain; sequence 0 before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditEnd {
    pub sequence: i64,
    pub hash: AuditHash,
}

impl AuditHash {
    pub const ZERO: Self = Self([0; 32]);

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Of an event as it is exported, whose `hash` is left out.
    pub(crate) fn of(event: &Map<String, Value>) -> Self {
        let fields = event.iter().filter(|(name, _)| *name != "hash");
        let digest = digest::digest(&digest::SHA256, canonical(fields).as_bytes());
        Self::from_bytes(digest.as_ref()).expect("SHA-256 has 32 bytes")
    }
}

impl fmt::Display for AuditHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for AuditHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hex digits")]
pub struct InvalidAuditHash;

impl FromStr for AuditHash {
    type Err = InvalidAuditHash;

    fn from_str(text: &str) -> Result<Self, InvalidAuditHash> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 64 || !text.bytes().all(is_digit) {
            return Err(InvalidAuditHash);
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| InvalidAuditHash)?;
        }
        Ok(Self(bytes))
    }
}

impl AuditLink {
    /// The event's place after `end`.
    pub(crate) fn after(end: &AuditEnd, tenant: &TenantId, event: &NewAuditEvent) -> Self {
        let mut link = Self {
            sequence: end.sequence + 1,
            prev_hash: end.hash,
            hash: AuditHash::ZERO,
        };
        link.hash = AuditHash::of(&exported(tenant, event, Some(&link)));
        link
    }
}

impl AuditEnd {
    /// Of a tenant without events.
    pub const START: Self = Self {
        sequence: 0,
        hash: AuditHash::ZERO,
    };

    /// Covers one event more that is older than the chain.
    #[must_use]
    pub fn covering(self, tenant: &TenantId, event: &NewAuditEvent) -> Self {
        Self {
            hash: rolled(self.hash, exported(tenant, event, None)),
            ..self
        }
    }
}

/// The event as a line of an export; `link` is None for one from before the chain.
pub fn exported(
    tenant: &TenantId,
    event: &NewAuditEvent,
    link: Option<&AuditLink>,
) -> Map<String, Value> {
    let at = event.at.trunc_subsecs(6);
    let fields = json!({
        "org_id": tenant.as_str(),
        "event_id": event.id,
        "sequence": link.map(|link| link.sequence),
        "at": at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "actor": event.actor,
        "action": event.action,
        "target": event.target,
        "request_id": event.request_id,
        "before": event.before,
        "after": event.after,
        "prev_hash": link.map(|link| link.prev_hash.to_string()),
        "hash": link.map(|link| link.hash.to_string()),
    });
    let Value::Object(mut fields) = fields else {
        unreachable!("it is written as an object")
    };
    // Left out where there is none: the hashes of events from before it was noted stay what they were.
    if let Some(address) = event.client_address {
        fields.insert("client_address".into(), address.to_string().into());
    }
    fields
}

pub(crate) fn rolled(so_far: AuditHash, mut event: Map<String, Value>) -> AuditHash {
    event.insert("prev_hash".into(), so_far.to_string().into());
    AuditHash::of(&event)
}

/// The last line of an export.
pub fn exported_end(end: &AuditEnd) -> Map<String, Value> {
    let end = json!({ "hash": end.hash.to_string(), "sequence": end.sequence });
    Map::from_iter([("end".to_owned(), end)])
}

/// The one text that these fields have.
pub fn canonical<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Value)>) -> String {
    let mut text = String::new();
    write_object(fields, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => write_object(fields, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Number(number) => match whole(number) {
            Some(whole) => write_text(&whole, text),
            None => write_text(number, text),
        },
        Value::Null | Value::Bool(_) | Value::String(_) => write_text(value, text),
    }
}

fn write_object<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Value)>, text: &mut String) {
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (at, (name, value)) in fields.into_iter().enumerate() {
        text.push_str(if at == 0 { "" } else { "," });
        write_text(&Value::String(name.clone()), text);
        text.push(':');
        write_value(value, text);
    }
    text.push('}');
}

/// Postgres keeps `2.0e2` as `200`; both are written `200`.
fn whole(number: &serde_json::Number) -> Option<i128> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let is_whole = float.fract() == 0.0 && float.abs() < 18_446_744_073_709_551_616.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and below 2^64"
    )]
    is_whole.then_some(float as i128)
}

fn write_text(value: &impl fmt::Display, text: &mut String) {
    write!(text, "{value}").expect("a String takes everything");
}

#[cfg(test)]
mod tests;
