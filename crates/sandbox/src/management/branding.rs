//! `/branding`: kept and answered; the login pages here look as they look.

use actix_web::{HttpResponse, web};

use super::call::guarded;
use super::query::Query;
use super::refusal::Answer;
use super::schema::{Kind, Schema, TEXT};
use super::{path, payload};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::Metadata;

const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        ("colors", Kind::OrNull(&Kind::AnyObject)),
        ("favicon_url", Kind::OrNull(&TEXT)),
        ("logo_url", Kind::OrNull(&TEXT)),
        ("font", Kind::OrNull(&Kind::AnyObject)),
        ("identifiers", Kind::OrNull(&Kind::AnyObject)),
    ],
    open: false,
};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/branding")
            .route(guard(&["read:branding"], web::get().to(show)))
            .route(guard(&["update:branding"], web::patch().to(change))),
    );
}

async fn show(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| Ok(HttpResponse::Ok().json(&tenant.look.branding)))
}

async fn change(state: web::Data<State>, body: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body, &PATCH)?;
    state.write(|tenant| {
        tenant.look.branding.extend(patch);
        Ok(HttpResponse::Ok().json(&tenant.look.branding))
    })
}
