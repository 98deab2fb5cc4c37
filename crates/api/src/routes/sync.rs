//! How fresh our copy of the organization's members is.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::MirrorState;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sync, examples(json!({
    "last_reconciled_at": "2026-11-21T09:00:00Z",
    "lag_seconds": 42,
    "last_drift": { "at": "2026-11-20T17:00:00Z", "added": 0, "removed": 1, "changed": 2 },
})))]
struct SyncBody {
    /// When the last comparison with Auth0 began; null before the first.
    last_reconciled_at: Option<DateTime<Utc>>,
    /// How long ago that was; null before the first.
    lag_seconds: Option<i64>,
    /// The last comparison that found a difference; null while none has.
    last_drift: Option<DriftBody>,
}

/// Members by which our copy differed; it was corrected then and there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Drift)]
struct DriftBody {
    at: DateTime<Utc>,
    added: u32,
    removed: u32,
    changed: u32,
}

/// How fresh the members and their roles are. Changes made here are fresh at once; this is about changes made in Auth0.
#[utoipa::path(
    operation_id = "show_sync",
    tag = "members",
    params(("org_id" = String, Path)),
    responses((status = 200, body = SyncBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/sync")]
pub(super) async fn show(
    mut caller: Authorized<ReadMembers>,
    state: web::Data<AppState>,
) -> Result<web::Json<SyncBody>, Problem> {
    let mirror = caller.tx.mirror_state().await?;
    Ok(web::Json(SyncBody::of(&mirror, state.clock.now())))
}

impl SyncBody {
    fn of(mirror: &MirrorState, now: DateTime<Utc>) -> Self {
        let lag = |at: DateTime<Utc>| (now - at).num_seconds().max(0);
        Self {
            last_reconciled_at: mirror.reconciled_at,
            lag_seconds: mirror.reconciled_at.map(lag),
            last_drift: mirror.last_drift.map(|(at, drift)| DriftBody {
                at,
                added: drift.added,
                removed: drift.removed,
                changed: drift.changed,
            }),
        }
    }
}
