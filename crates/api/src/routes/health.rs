//! Is the process alive, and can it do its work?

use std::time::Duration;

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::leaving::Leaving;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

/// Longer than this is as good as away.
const TIME_LIMIT: Duration = Duration::from_secs(2);

#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// The process answers.
#[utoipa::path(operation_id = "show_health", tag = "service", responses((status = 200, body = Health)))]
#[get("/healthz")]
pub(super) async fn alive() -> web::Json<Health> {
    web::Json(OK)
}

struct ReadyProblems;

impl utoipa::IntoResponses for ReadyProblems {
    fn responses()
    -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        responses_of(&[
            Code::ShuttingDown,
            Code::DatabaseUnavailable,
            Code::KeysUnavailable,
        ])
    }
}

/// The database answers, signing keys are known and the process is not about to stop: requests may be sent here.
#[utoipa::path(
    operation_id = "show_readiness",
    tag = "service",
    responses((status = 200, body = Health), ReadyProblems),
)]
#[get("/readyz")]
pub(super) async fn ready(
    state: web::Data<AppState>,
    leaving: Leaving,
) -> Result<web::Json<Health>, Problem> {
    if leaving.has_begun() {
        return Err(Problem::new(Code::ShuttingDown));
    }
    if !state.verifier.has_keys() {
        return Err(Problem::new(Code::KeysUnavailable));
    }
    match tokio::time::timeout(TIME_LIMIT, state.store.ping()).await {
        Ok(answered) => answered?,
        Err(_) => return Err(Problem::new(Code::DatabaseUnavailable)),
    }
    Ok(web::Json(OK))
}
