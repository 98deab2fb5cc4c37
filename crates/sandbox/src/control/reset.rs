//! `POST /sandbox/reset`: a new tenant behind the same addresses and the same signing keys.

use actix_web::{HttpResponse, post, web};

use crate::seed;
use crate::state::State;
use crate::tenant::Tenant;

#[post("/sandbox/reset")]
pub(super) async fn reset(state: web::Data<State>) -> HttpResponse {
    state.clock().reset();
    let now = state.clock().now();
    state.write(|tenant| {
        let old = std::mem::take(tenant);
        *tenant = Tenant {
            signing_keys: old.signing_keys,
            ..Tenant::default()
        };
        seed::plant(tenant, &state.config().app_urls, state.hosts(), now);
        let destination = old.event_stream.destination().cloned();
        tenant.event_stream.set_destination(destination);
        // Applications may have been allowed after the start.
        seed::keep_app_urls(tenant, &old.clients);
    });
    state.faults().clear();
    state.requests().clear();
    state.mailbox().clear();
    state.limits().reset();
    HttpResponse::NoContent().finish()
}
