//! `POST /sandbox/reset`: a new tenant behind the same addresses and the same signing keys; with `?bare=true` one as
//! somebody gets it who signs up with Auth0, with a machine client that may set it up.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;

use crate::actions;
use crate::seed;
use crate::state::State;
use crate::tenant::Tenant;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    bare: bool,
}

#[post("/sandbox/reset")]
pub(super) async fn reset(state: web::Data<State>, asked: web::Query<Asked>) -> HttpResponse {
    state.clock().reset();
    let now = state.clock().now();
    state.write(|tenant| {
        let old = std::mem::take(tenant);
        *tenant = Tenant {
            signing_keys: old.signing_keys,
            is_bare: asked.bare,
            ..Tenant::default()
        };
        seed::plant(tenant, state.config(), state.hosts(), now);
        actions::plant(tenant, state.actions(), now);
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
