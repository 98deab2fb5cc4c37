//! `/sandbox/requests`.

use actix_web::{HttpResponse, delete, get, web};
use serde_json::json;

use crate::state::State;

#[get("/sandbox/requests")]
pub(super) async fn show(state: web::Data<State>) -> HttpResponse {
    let (counts, recent) = state.requests().snapshot();
    let scopes = state.requests().scopes();
    HttpResponse::Ok().json(json!({ "counts": counts, "recent": recent, "scopes": scopes }))
}

#[delete("/sandbox/requests")]
pub(super) async fn clear(state: web::Data<State>) -> HttpResponse {
    state.requests().clear();
    HttpResponse::NoContent().finish()
}
