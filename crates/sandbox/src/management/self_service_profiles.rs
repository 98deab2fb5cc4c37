//! `/self-service-profiles`: what a customer's administrator is offered who sets up single sign-on alone.

mod custom_text;
mod tickets;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::guarded;
use super::paging::{OFFSET, Offset};
use super::query::Query;
use super::refusal::{Answer, Refusal};
use super::schema::{Kind, Schema};
use super::{path, payload};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Metadata, SelfServiceProfile, Tenant};

/// Profiles of one tenant.
const LIMIT: usize = 20;

const STRATEGIES: Kind = Kind::OneOf(&[
    "oidc",
    "samlp",
    "waad",
    "google-apps",
    "adfs",
    "okta",
    "auth0-samlp",
    "okta-samlp",
    "keycloak-samlp",
    "pingfederate",
]);

const NEW_PROFILE: Schema = Schema {
    required: &["name"],
    properties: &[
        ("name", Kind::Text(1, 100)),
        ("description", Kind::OrNull(&Kind::Text(1, 140))),
        ("allowed_strategies", Kind::List(&STRATEGIES, 1, 10)),
        ("branding", Kind::OrNull(&Kind::AnyObject)),
        (
            "user_attributes",
            Kind::OrNull(&Kind::List(&Kind::AnyObject, 0, 20)),
        ),
        ("user_attribute_profile_id", Kind::Text(1, 100)),
    ],
    open: false,
};

const PATCH: Schema = Schema {
    required: &[],
    ..NEW_PROFILE
};

#[derive(Deserialize)]
struct Sent {
    name: Option<String>,
    description: Option<String>,
    allowed_strategies: Option<Vec<String>>,
    /// Branding and attributes.
    #[serde(flatten)]
    extra: Metadata,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:self_service_profiles"];
    cfg.service(
        path("/self-service-profiles")
            .route(guarded(Bucket::Other, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:self_service_profiles"],
                web::post().to(create),
            )),
    )
    .service(
        path("/self-service-profiles/{id}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:self_service_profiles"],
                web::patch().to(change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:self_service_profiles"],
                web::delete().to(remove),
            )),
    )
    .configure(custom_text::routes)
    .configure(tickets::routes);
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[OFFSET])?;
    let offset = Offset::of(&query)?;
    state.read(|tenant| {
        let profiles = tenant.self_service_profiles.values().map(body);
        Ok(offset.answer("self_service_profiles", profiles))
    })
}

async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let sent: Sent = payload::parse(&body, &NEW_PROFILE)?;
    let now = state.clock().now();
    state.write(|tenant| {
        if tenant.self_service_profiles.len() >= LIMIT {
            let most = format!("You have reached the limit of {LIMIT} self-service profiles.");
            return Err(Refusal::conflict(None, most));
        }
        let profile = SelfServiceProfile {
            id: ids::self_service_profile(),
            name: sent.name.unwrap_or_default(),
            description: sent.description,
            allowed_strategies: sent.allowed_strategies.unwrap_or_default(),
            extra: sent.extra,
            custom_text: Metadata::new(),
            created_at: now,
            updated_at: now,
        };
        let answer = HttpResponse::Created().json(self::body(&profile));
        tenant
            .self_service_profiles
            .insert(profile.id.clone(), profile);
        Ok(answer)
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| Ok(HttpResponse::Ok().json(body(find(tenant, &id)?))))
}

async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let sent: Sent = payload::parse(&body, &PATCH)?;
    let now = state.clock().now();
    state.write(|tenant| {
        find(tenant, &id)?;
        let profile = tenant.self_service_profiles.get_mut(id.as_str());
        let profile = profile.ok_or_else(|| missing(&id))?;
        if let Some(name) = sent.name {
            profile.name = name;
        }
        if let Some(strategies) = sent.allowed_strategies {
            profile.allowed_strategies = strategies;
        }
        profile.description = sent.description.or(profile.description.take());
        profile.extra.extend(sent.extra);
        profile.updated_at = now;
        Ok(HttpResponse::Ok().json(self::body(profile)))
    })
}

/// One that is not there is as good as deleted. Its tickets end with it.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        tenant.self_service_profiles.remove(id.as_str());
        tenant
            .sso_tickets
            .retain(|_, ticket| ticket.profile_id != *id);
    });
    Ok(HttpResponse::NoContent().finish())
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a SelfServiceProfile, Refusal> {
    let found = tenant.self_service_profiles.get(id);
    found.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Refusal {
    Refusal::missing_because(format!("Profile with ID: {id} not found"))
}

fn body(profile: &SelfServiceProfile) -> Value {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut body = json!({
        "id": profile.id, "name": profile.name, "created_at": text(profile.created_at),
        "updated_at": text(profile.updated_at),
    });
    if let Some(description) = &profile.description {
        body["description"] = json!(description);
    }
    if !profile.allowed_strategies.is_empty() {
        body["allowed_strategies"] = json!(profile.allowed_strategies);
    }
    if profile.extra.contains_key("user_attribute_profile_id") {
        body["user_attributes"] = json!([]);
    }
    for (name, value) in &profile.extra {
        body[name.as_str()] = value.clone();
    }
    body
}
