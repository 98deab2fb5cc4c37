//! How fresh our copy of the organization's members is.

use std::time::Duration;

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::MirrorState;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::config::Auth0;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sync, examples(json!({
    "last_reconciled_at": "2026-11-21T09:00:00Z",
    "lag_seconds": 42,
    "last_drift": { "at": "2026-11-20T17:00:00Z", "added": 0, "removed": 1, "changed": 2 },
    "drift_total": { "added": 1, "removed": 1, "changed": 5 },
    "events": {
        "last_received_at": "2026-11-21T08:59:00Z",
        "last_applied_at": "2026-11-21T08:59:01Z",
        "push": "alive",
        "pull": "off",
    },
})))]
struct SyncBody {
    /// When the last comparison with Auth0 began; null before the first.
    last_reconciled_at: Option<DateTime<Utc>>,
    /// How long ago that was; null before the first.
    lag_seconds: Option<i64>,
    /// The last comparison that found a difference; null while none has.
    last_drift: Option<DriftBody>,
    /// All differences that were ever found.
    drift_total: DriftTotalBody,
    events: EventsBody,
}

/// Auth0's events that concern the organization, and whether events arrive at all.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Events)]
struct EventsBody {
    /// When the last one that changed anything came; null before the first.
    last_received_at: Option<DateTime<Utc>>,
    /// When its change was in effect here.
    last_applied_at: Option<DateTime<Utc>>,
    push: Liveness,
    pull: Liveness,
}

/// `silent`: it is set up and nothing has been heard for a day (push) or for 90 seconds (pull).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Liveness {
    Off,
    Silent,
    Alive,
}

/// Heartbeats come every few seconds.
const PULL_SILENCE: Duration = Duration::from_secs(90);

/// A quiet tenant has no event for hours.
const PUSH_SILENCE: Duration = Duration::from_secs(24 * 3600);

impl Liveness {
    fn of(is_set_up: bool, silence: Option<Duration>, borne: Duration) -> Self {
        match silence {
            _ if !is_set_up => Self::Off,
            Some(silence) if silence <= borne => Self::Alive,
            _ => Self::Silent,
        }
    }
}

/// Members by which our copy has ever differed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DriftTotal)]
struct DriftTotalBody {
    added: u64,
    removed: u64,
    changed: u64,
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
    let auth0 = &state.config.auth0;
    Ok(web::Json(SyncBody::of(&mirror, auth0, state.clock.now())))
}

impl SyncBody {
    fn of(mirror: &MirrorState, auth0: &Auth0, now: DateTime<Utc>) -> Self {
        let heard = &mirror.events;
        let is_pushed = !auth0.event_tokens.is_empty();
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
            drift_total: DriftTotalBody {
                added: mirror.drift_ever.added,
                removed: mirror.drift_ever.removed,
                changed: mirror.drift_ever.changed,
            },
            events: EventsBody {
                last_received_at: heard.received_at,
                last_applied_at: heard.applied_at,
                push: Liveness::of(is_pushed, heard.push_silence, PUSH_SILENCE),
                pull: Liveness::of(auth0.pull_events, heard.pull_silence, PULL_SILENCE),
            },
        }
    }
}
