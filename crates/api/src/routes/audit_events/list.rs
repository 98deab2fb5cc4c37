//! Lists audit events.

use std::collections::BTreeMap;

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::{AuditEvent, AuditFilter};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadAuditEvents;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::{Code, Problem};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent, examples(json!({
    "event_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "sequence": 7,
    "at": "2026-11-21T09:00:00Z",
    "actor": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "action": "project.changed",
    "target": "project:0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f0f",
    "request_id": "0199e7a2-5c1d-7000-8000-0b9a7d7c2f0e",
    "client_address": "203.0.113.7",
    "before": { "name": "Spring" },
    "after": { "name": "Spring campaign" },
    "hash": "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce",
})))]
struct AuditEventBody {
    event_id: Uuid,
    /// Its place in the chain, 1 for the first; null for an event from before there was one.
    sequence: Option<i64>,
    at: DateTime<Utc>,
    /// A user id, or `system:` and the job that did it.
    actor: String,
    action: String,
    target: String,
    /// `x-request-id` of the request that did it.
    request_id: Option<String>,
    /// Where that request came from; null where nobody asked, and in events from before it was noted.
    client_address: Option<String>,
    /// What it was, where there is something to tell.
    #[schema(value_type = Value)]
    before: Option<Value>,
    /// What it became.
    #[schema(value_type = Value)]
    after: Option<Value>,
    /// SHA-256 of the event and of the hash of the one before, in hex; an export has what is needed to check it.
    hash: Option<String>,
}

impl From<AuditEvent> for AuditEventBody {
    fn from(AuditEvent { event, link }: AuditEvent) -> Self {
        Self {
            event_id: event.id.as_uuid(),
            sequence: link.map(|link| link.sequence),
            at: event.at,
            actor: event.actor,
            action: event.action,
            target: event.target,
            request_id: event.request_id,
            client_address: event.client_address.map(|address| address.to_string()),
            before: event.before,
            after: event.after,
            hash: link.map(|link| link.hash.to_string()),
        }
    }
}

const FILTERS: [&str; 5] = ["action", "actor", "target", "from", "to"];

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
struct AuditEventFilters {
    /// Exactly, such as `project.changed`.
    action: Option<String>,
    /// Exactly: a user id, or `system:` and a job.
    actor: Option<String>,
    /// Exactly, such as `project:0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10`.
    target: Option<String>,
    /// The first instant that counts.
    from: Option<DateTime<Utc>>,
    /// The first instant that counts no more.
    to: Option<DateTime<Utc>>,
}

/// What was done in the organization, newest first.
#[utoipa::path(
    operation_id = "list_audit_events",
    tag = "audit",
    params(("org_id" = String, Path), AuditEventFilters, PageQuery),
    responses((status = 200, body = PageBody<AuditEventBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/audit-events")]
pub(super) async fn list(
    mut caller: Authorized<ReadAuditEvents>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<AuditEventBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "audit-events",
    };
    let (page, filters) = page.parse_filtered(key, list, &FILTERS)?;
    let filter = filter(&filters)?;
    let events = caller.tx.audit_events(&filter, &page).await?;
    Ok(web::Json(PageBody::new(
        events,
        |found| (found.event.at, found.event.id),
        AuditEventBody::from,
        key,
        list,
    )))
}

fn filter(given: &BTreeMap<&'static str, String>) -> Result<AuditFilter, Problem> {
    Ok(AuditFilter {
        action: given.get("action").cloned(),
        actor: given.get("actor").cloned(),
        target: given.get("target").cloned(),
        from: instant(given, "from")?,
        to: instant(given, "to")?,
    })
}

fn instant(
    given: &BTreeMap<&'static str, String>,
    name: &'static str,
) -> Result<Option<DateTime<Utc>>, Problem> {
    let parse = |text: &String| {
        DateTime::parse_from_rfc3339(text)
            .map(|instant| instant.to_utc())
            .map_err(|_| {
                let detail = "A time like 2026-11-21T09:00:00Z; a `+` in it is written %2B.";
                Problem::new(Code::InvalidQuery).field(name, "invalid", detail)
            })
    };
    given.get(name).map(parse).transpose()
}
