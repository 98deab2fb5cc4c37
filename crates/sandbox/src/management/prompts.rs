//! `/prompts`: how the login pages ask.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::call::guarded;
use super::query::Query;
use super::refusal::Answer;
use super::schema::{Kind, Schema};
use super::{path, payload};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Metadata, Tenant};

const SWITCH: Kind = Kind::OrNull(&Kind::Boolean);
const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        (
            "universal_login_experience",
            Kind::OneOf(&["new", "classic"]),
        ),
        ("identifier_first", SWITCH),
        ("webauthn_platform_first_factor", SWITCH),
    ],
    open: false,
};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/prompts")
            .route(guard(&["read:prompts"], web::get().to(show)))
            .route(guard(&["update:prompts"], web::patch().to(change))),
    );
}

async fn show(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| Ok(HttpResponse::Ok().json(body(tenant))))
}

async fn change(state: web::Data<State>, body_sent: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body_sent, &PATCH)?;
    state.write(|tenant| {
        tenant.look.prompts.extend(patch);
        Ok(HttpResponse::Ok().json(body(tenant)))
    })
}

/// A new tenant asks for address and password on one page.
fn body(tenant: &Tenant) -> Metadata {
    let mut body = Metadata::from_iter([
        ("universal_login_experience".to_owned(), json!("new")),
        ("identifier_first".to_owned(), json!(false)),
        ("webauthn_platform_first_factor".to_owned(), json!(false)),
    ]);
    body.extend(tenant.look.prompts.clone());
    body
}
