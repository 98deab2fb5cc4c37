//! `/sandbox/clock`.

use actix_web::{HttpResponse, delete, get, post, web};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::duration;
use crate::state::State;

/// Exactly one of the three.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    advance_seconds: Option<i64>,
    /// ISO 8601, e.g. `P14D` or `PT1H30M`.
    advance: Option<String>,
    #[serde(default)]
    reset: bool,
}

#[get("/sandbox/clock")]
pub(super) async fn show(state: web::Data<State>) -> HttpResponse {
    answer(&state)
}

#[post("/sandbox/clock")]
pub(super) async fn change(state: web::Data<State>, change: web::Json<Change>) -> HttpResponse {
    let seconds = change.advance_seconds.and_then(TimeDelta::try_seconds);
    match (
        seconds,
        change.advance.as_deref().map(duration::parse),
        change.reset,
    ) {
        (Some(by), None, false) | (None, Some(Some(by)), false) => state.clock().advance(by),
        (None, None, true) => state.clock().reset(),
        _ => {
            let message = "send one of advance_seconds, advance (an ISO 8601 duration) and reset";
            return HttpResponse::BadRequest().json(json!({ "error": message }));
        }
    }
    keep(&state);
    answer(&state)
}

#[delete("/sandbox/clock")]
pub(super) async fn reset(state: web::Data<State>) -> HttpResponse {
    state.clock().reset();
    keep(&state);
    answer(&state)
}

fn offset_ms(state: &State) -> i64 {
    state
        .clock()
        .offset()
        .load(std::sync::atomic::Ordering::SeqCst)
}

fn keep(state: &State) {
    let offset = offset_ms(state);
    state.write(|tenant| tenant.clock_offset_ms = offset);
}

fn answer(state: &State) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "now": state.clock().now(), "offset_ms": offset_ms(state) }))
}
