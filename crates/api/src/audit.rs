//! The audit trail: who did what to which thing, written in the transaction of the change itself.

use chrono::{DateTime, Utc};
use domain::{AuditEventId, UserId};
use serde_json::Value;
use store::NewAuditEvent;
use uuid::Uuid;

/// An event without details; the caller adds before, after and the request it belongs to.
pub(crate) fn by_person(
    user: &UserId,
    action: &str,
    target: String,
    at: DateTime<Utc>,
) -> NewAuditEvent {
    event(user.to_string(), action, target, at)
}

/// What a program of the operator's did, by its client id.
pub(crate) fn by_client(
    client_id: &str,
    action: &str,
    target: String,
    at: DateTime<Utc>,
) -> NewAuditEvent {
    event(format!("client:{client_id}"), action, target, at)
}

/// What the product did by itself, named by the job that did it.
pub(crate) fn by_system(
    job: &str,
    action: &str,
    target: String,
    at: DateTime<Utc>,
) -> NewAuditEvent {
    event(format!("system:{job}"), action, target, at)
}

fn event(actor: String, action: &str, target: String, at: DateTime<Utc>) -> NewAuditEvent {
    NewAuditEvent {
        id: AuditEventId::from(Uuid::now_v7()),
        at,
        actor,
        action: action.to_owned(),
        target,
        request_id: None,
        client_address: None,
        before: None::<Value>,
        after: None,
    }
}
