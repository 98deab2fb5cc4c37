//! `/attack-protection/brute-force-protection`: kept and answered; nobody is blocked here.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::call::guarded;
use super::query::Query;
use super::refusal::Answer;
use super::schema::{Kind, Schema, TEXTS};
use super::{path, payload};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Metadata, Tenant};

const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        ("enabled", Kind::Boolean),
        (
            "shields",
            Kind::List(&Kind::OneOf(&["block", "user_notification"]), 0, usize::MAX),
        ),
        ("allowlist", TEXTS),
        (
            "mode",
            Kind::OneOf(&["count_per_identifier_and_ip", "count_per_identifier"]),
        ),
        ("max_attempts", Kind::Integer(1, 100)),
    ],
    open: false,
};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/attack-protection/brute-force-protection")
            .route(guard(&["read:attack_protection"], web::get().to(show)))
            .route(guard(
                &["update:attack_protection"],
                web::patch().to(change),
            )),
    );
}

async fn show(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| Ok(HttpResponse::Ok().json(body(tenant))))
}

async fn change(state: web::Data<State>, body_sent: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body_sent, &PATCH)?;
    state.write(|tenant| {
        tenant.look.brute_force_protection.extend(patch);
        Ok(HttpResponse::Ok().json(body(tenant)))
    })
}

/// As it is in a new tenant: ten attempts.
fn body(tenant: &Tenant) -> Metadata {
    let mut body = Metadata::from_iter([
        ("enabled".to_owned(), json!(true)),
        ("shields".to_owned(), json!(["block", "user_notification"])),
        ("mode".to_owned(), json!("count_per_identifier_and_ip")),
        ("allowlist".to_owned(), json!([])),
        ("max_attempts".to_owned(), json!(10)),
    ]);
    body.extend(tenant.look.brute_force_protection.clone());
    body
}
