//! `/emails/provider`: kept and answered without what is secret; mails here go to the sandbox's own mailbox.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value};

use super::call::guarded;
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema, TEXT};
use super::{path, payload};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::Metadata;

const NAMES: Kind = Kind::OneOf(&[
    "mailgun",
    "mandrill",
    "sendgrid",
    "resend",
    "ses",
    "sparkpost",
    "smtp",
    "azure_cs",
    "ms365",
    "custom",
]);
const PROPERTIES: &[(&str, Kind)] = &[
    ("name", NAMES),
    ("enabled", Kind::Boolean),
    ("default_from_address", TEXT),
    ("credentials", Kind::Anything),
    ("settings", Kind::Anything),
];
const NEW: Schema = Schema {
    required: &["name", "credentials"],
    properties: PROPERTIES,
    open: false,
};
const CHANGE: Schema = Schema {
    required: &[],
    properties: PROPERTIES,
    open: false,
};
/// The other credentials are secret.
const SHOWN: [&str; 5] = ["api_user", "region", "smtp_host", "smtp_port", "smtp_user"];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/emails/provider")
            .route(guard(&["read:email_provider"], web::get().to(show)))
            .route(guard(&["create:email_provider"], web::post().to(create)))
            .route(guard(&["update:email_provider"], web::patch().to(change)))
            .route(guard(&["delete:email_provider"], web::delete().to(remove))),
    );
}

async fn show(state: web::Data<State>) -> Answer {
    state.read(|tenant| {
        let provider = tenant.look.email_provider.as_ref();
        let provider = provider.ok_or_else(|| Refusal::missing(Missing::EmailProvider))?;
        Ok(HttpResponse::Ok().json(shown(provider)))
    })
}

async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let mut new: Metadata = payload::parse(&body, &NEW)?;
    new.entry("enabled").or_insert(Value::Bool(true));
    state.write(|tenant| {
        let provider = &mut tenant.look.email_provider;
        if provider.is_some() {
            let says = "There is already a configured email provider";
            return Err(Refusal::conflict(None, says));
        }
        Ok(HttpResponse::Created().json(shown(provider.insert(new))))
    })
}

async fn change(state: web::Data<State>, body: web::Bytes) -> Answer {
    let patch: Metadata = payload::parse(&body, &CHANGE)?;
    state.write(|tenant| {
        let provider = tenant.look.email_provider.as_mut();
        let provider = provider.ok_or_else(|| Refusal::missing(Missing::EmailProvider))?;
        provider.extend(patch);
        Ok(HttpResponse::Ok().json(shown(provider)))
    })
}

async fn remove(state: web::Data<State>) -> Answer {
    state.write(|tenant| {
        tenant.look.email_provider = None;
        Ok(HttpResponse::NoContent().finish())
    })
}

fn shown(provider: &Metadata) -> Metadata {
    let mut shown = provider.clone();
    if let Some(Value::Object(credentials)) = shown.get_mut("credentials") {
        let all = std::mem::take(credentials).into_iter();
        let open: Map<_, _> = all
            .filter(|(name, _)| SHOWN.contains(&name.as_str()))
            .collect();
        *credentials = open;
    }
    shown
}
