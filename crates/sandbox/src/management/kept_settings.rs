//! Settings that nothing in the sandbox acts on: kept, and answered over what a new tenant has.

mod branding;
mod brute_force_protection;
mod prompts;

use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::call::guarded;
use super::query::Query;
use super::refusal::Answer;
use super::schema::Schema;
use super::{path, payload};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Look, Metadata};

struct Kept {
    path: &'static str,
    read: &'static [&'static str],
    update: &'static [&'static str],
    patch: &'static Schema,
    /// As it is in a new tenant.
    new: fn() -> Value,
    changed: fn(&Look) -> &Metadata,
    change: fn(&mut Look) -> &mut Metadata,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    for kept in [
        &branding::KEPT,
        &brute_force_protection::KEPT,
        &prompts::KEPT,
    ] {
        let show = move |state, query| show(kept, state, query);
        let change = move |state, body| change(kept, state, body);
        cfg.service(
            path(kept.path)
                .route(guarded(Bucket::Other, kept.read, web::get().to(show)))
                .route(guarded(Bucket::Other, kept.update, web::patch().to(change))),
        );
    }
}

async fn show(kept: &'static Kept, state: web::Data<State>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| Ok(answer(kept, (kept.changed)(&tenant.look))))
}

async fn change(kept: &'static Kept, state: web::Data<State>, body: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body, kept.patch)?;
    state.write(|tenant| {
        let changed = (kept.change)(&mut tenant.look);
        changed.extend(patch);
        Ok(answer(kept, changed))
    })
}

fn answer(kept: &Kept, changed: &Metadata) -> HttpResponse {
    let mut body = (kept.new)();
    for (name, value) in changed {
        body[name.as_str()] = value.clone();
    }
    HttpResponse::Ok().json(body)
}
