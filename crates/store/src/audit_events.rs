//! Audit events: written in the transaction of the change they tell of, never changed.

use chrono::{DateTime, Utc};
use domain::AuditEventId;
use serde_json::Value;

use crate::{Listed, Page, StoreError, TenantTx};

/// Who did what to which thing, and how it looked before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEvent {
    pub id: AuditEventId,
    pub at: DateTime<Utc>,
    /// A user id, or `system:<job>`.
    pub actor: String,
    /// E.g. `project.created`.
    pub action: String,
    /// E.g. `project:0199…`.
    pub target: String,
    pub request_id: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// A stored event has nothing that a new one lacks.
pub type AuditEvent = NewAuditEvent;

impl TenantTx {
    pub async fn insert_audit_event(&mut self, _event: &NewAuditEvent) -> Result<(), StoreError> {
        todo!()
    }

    /// Newest first.
    pub async fn audit_events(
        &mut self,
        _page: &Page<AuditEventId>,
    ) -> Result<Listed<AuditEvent>, StoreError> {
        todo!()
    }
}
