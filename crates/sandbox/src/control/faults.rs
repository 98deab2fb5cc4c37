//! `/sandbox/faults`.

use actix_web::{HttpResponse, delete, get, post, web};

use crate::faults::Fault;
use crate::state::State;

#[get("/sandbox/faults")]
pub(super) async fn list(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(state.faults().planned())
}

#[post("/sandbox/faults")]
pub(super) async fn plan(state: web::Data<State>, fault: web::Json<Fault>) -> HttpResponse {
    HttpResponse::Created().json(state.faults().plan(fault.into_inner()))
}

#[delete("/sandbox/faults")]
pub(super) async fn clear(state: web::Data<State>) -> HttpResponse {
    state.faults().clear();
    HttpResponse::NoContent().finish()
}
