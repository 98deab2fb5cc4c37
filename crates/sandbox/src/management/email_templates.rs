//! `/email-templates`: kept and answered; mails here are worded by the sandbox.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::call::guarded;
use super::query::Query;
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema, TEXT};
use super::{path, payload};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::Metadata;

const NAMES: Kind = Kind::OneOf(&[
    "verify_email",
    "verify_email_by_code",
    "reset_email",
    "reset_email_by_code",
    "welcome_email",
    "blocked_account",
    "stolen_credentials",
    "enrollment_email",
    "mfa_oob_code",
    "user_invitation",
    "change_password",
    "password_reset",
    "async_approval",
]);
const OPTIONAL: Kind = Kind::OrNull(&TEXT);
const TEMPLATE: Schema = Schema {
    required: &[],
    properties: &[
        ("template", NAMES),
        ("body", OPTIONAL),
        ("from", OPTIONAL),
        ("resultUrl", OPTIONAL),
        ("subject", OPTIONAL),
        ("syntax", OPTIONAL),
        ("urlLifetimeInSeconds", Kind::Anything),
        ("includeEmailInRedirect", Kind::Boolean),
        ("enabled", Kind::OrNull(&Kind::Boolean)),
    ],
    open: false,
};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/email-templates").route(guard(&["create:email_templates"], web::post().to(create))),
    )
    .service(
        path("/email-templates/{name}")
            .route(guard(&["read:email_templates"], web::get().to(show)))
            .route(guard(&["update:email_templates"], web::patch().to(change))),
    );
}

async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: Metadata = payload::parse(&body, &TEMPLATE)?;
    let Some(name) = new
        .get("template")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        let says = "Payload validation error: 'Missing required property: template'.";
        return Err(Refusal::body(says));
    };
    state.write(|tenant| {
        let templates = &mut tenant.look.email_templates;
        if templates.contains_key(&name) {
            let says = format!("Template {name} already exists.");
            return Err(Refusal::conflict(None, says));
        }
        templates.insert(name, new.clone());
        Ok(HttpResponse::Ok().json(new))
    })
}

async fn show(state: web::Data<State>, name: web::Path<String>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| {
        let template = tenant.look.email_templates.get(&*name);
        let template = template.ok_or_else(|| Refusal::missing(Missing::EmailTemplate))?;
        Ok(HttpResponse::Ok().json(template))
    })
}

async fn change(state: web::Data<State>, name: web::Path<String>, body: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body, &TEMPLATE)?;
    state.write(|tenant| {
        let template = tenant.look.email_templates.get_mut(&*name);
        let template = template.ok_or_else(|| Refusal::missing(Missing::EmailTemplate))?;
        template.extend(patch);
        template.insert("template".to_owned(), json!(*name));
        Ok(HttpResponse::Ok().json(template))
    })
}
