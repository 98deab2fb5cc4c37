//! `/sandbox/consistency`: how far lists lag behind what was written. What is asked for by its id never lags.

use std::time::Duration;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::state::State;
use crate::tenant::LONGEST_LAG;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Consistency {
    /// By the sandbox's clock, at most ten minutes.
    list_lag_ms: u64,
}

#[get("/sandbox/consistency")]
pub(super) async fn show(state: web::Data<State>) -> HttpResponse {
    answer(&state)
}

#[post("/sandbox/consistency")]
pub(super) async fn change(state: web::Data<State>, new: web::Json<Consistency>) -> HttpResponse {
    let longest = LONGEST_LAG.num_milliseconds().unsigned_abs();
    if new.list_lag_ms > longest {
        let message = format!("list_lag_ms is at most {longest}");
        return HttpResponse::BadRequest().json(json!({ "error": message }));
    }
    state.set_list_lag(Duration::from_millis(new.list_lag_ms));
    answer(&state)
}

fn answer(state: &State) -> HttpResponse {
    let lag = state.list_lag().as_millis();
    HttpResponse::Ok().json(json!({ "list_lag_ms": u64::try_from(lag).unwrap_or(u64::MAX) }))
}
