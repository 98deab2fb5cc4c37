//! `/sandbox/dns`: what the name server answers.

use actix_web::{HttpResponse, delete, get, put, web};
use serde_json::json;

use crate::dns::Records;
use crate::state::State;

#[get("/sandbox/dns")]
pub(super) async fn show(state: web::Data<State>) -> HttpResponse {
    let address = state.dns_address().to_string();
    state.read(|tenant| HttpResponse::Ok().json(json!({ "address": address, "names": tenant.dns })))
}

#[put("/sandbox/dns/{name}")]
pub(super) async fn set(
    state: web::Data<State>,
    name: web::Path<String>,
    records: web::Json<Records>,
) -> HttpResponse {
    let records = records.into_inner();
    state.write(|tenant| tenant.dns.insert(key(&name), records));
    HttpResponse::NoContent().finish()
}

#[delete("/sandbox/dns/{name}")]
pub(super) async fn remove(state: web::Data<State>, name: web::Path<String>) -> HttpResponse {
    state.write(|tenant| tenant.dns.remove(&key(&name)));
    HttpResponse::NoContent().finish()
}

fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
