//! Audit events: written in the transaction of the change they tell of, never changed.

use chrono::{DateTime, Utc};
use domain::AuditEventId;
use serde_json::Value;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, Page, StoreError, TenantTx, row};

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
    pub async fn insert_audit_event(&mut self, event: &NewAuditEvent) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.audit_events (org_id, id, at, actor, action, target, request_id, before, after) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(event.id.as_uuid())
            .bind(event.at)
            .bind(event.actor.clone())
            .bind(event.action.clone())
            .bind(event.target.clone())
            .bind(event.request_id.clone())
            .bind(event.before.clone())
            .bind(event.after.clone());
        self.execute(insert).await?;
        Ok(())
    }

    /// Newest first.
    pub async fn audit_events(
        &mut self,
        page: &Page<AuditEventId>,
    ) -> Result<Listed<AuditEvent>, StoreError> {
        let events = self
            .statement(
                "select id, at, actor, action, target, request_id, before, after from app.audit_events \
                 where org_id = $1 and id < $2 order by id desc limit $3",
            )
            .bind(page.after.map_or(Uuid::max(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(events).await?;
        Ok(Listed::cut(
            found.iter().map(event_from).collect::<Result<_, _>>()?,
            page.limit,
        ))
    }
}

fn event_from(found: &PgRow) -> Result<AuditEvent, StoreError> {
    Ok(AuditEvent {
        id: row::value::<Uuid>(found, "id")?.into(),
        at: row::value(found, "at")?,
        actor: row::value(found, "actor")?,
        action: row::value(found, "action")?,
        target: row::value(found, "target")?,
        request_id: row::value(found, "request_id")?,
        before: row::value(found, "before")?,
        after: row::value(found, "after")?,
    })
}
