//! `/sandbox/keys/**`.

use actix_web::{HttpResponse, post, web};

use crate::keys;
use crate::state::State;

#[post("/sandbox/keys/rotate")]
pub(super) async fn rotate(state: web::Data<State>) -> HttpResponse {
    match keys::rotate(&state).await {
        Ok(()) => HttpResponse::Ok().json(state.read(keys::jwks)),
        Err(error) => {
            tracing::error!(%error, "the sandbox could not make a key");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[post("/sandbox/keys/revoke-previous")]
pub(super) async fn revoke_previous(state: web::Data<State>) -> HttpResponse {
    state.write(crate::tenant::Tenant::revoke_previous_keys);
    HttpResponse::Ok().json(state.read(keys::jwks))
}
