//! `/resource-servers`: the APIs that tokens are issued for.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::guarded;
use super::paging::{OFFSET, Offset};
use super::query::{FIELDS, Query};
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema};
use super::{path, payload};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Metadata, ResourceServer, Tenant};

const SCOPE: Schema = Schema {
    required: &["value"],
    properties: &[("value", Kind::Text(1, 280)), ("description", Kind::Text(0, 500))],
    open: false,
};

/// The longest lifetime of an access token, 30 days in seconds.
const LONGEST_LIFETIME: i64 = 2_592_000;

const PROPERTIES: &[(&str, Kind)] = &[
    ("name", Kind::Pattern("^[^<>]+$", is_api_name)),
    ("identifier", Kind::Text(1, 600)),
    ("scopes", Kind::List(&Kind::Object(&SCOPE), 0, 1_000)),
    ("token_lifetime", Kind::Integer(0, LONGEST_LIFETIME)),
    ("token_lifetime_for_web", Kind::Integer(0, LONGEST_LIFETIME)),
    (
        "token_dialect",
        Kind::OneOf(&["access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"]),
    ),
    ("enforce_policies", Kind::Boolean),
    ("allow_offline_access", Kind::Boolean),
    ("allow_online_access", Kind::Boolean),
    ("skip_consent_for_verifiable_first_party_clients", Kind::Boolean),
    ("signing_alg", Kind::OneOf(&["HS256", "RS256", "RS512", "PS256"])),
    ("signing_secret", Kind::Text(16, usize::MAX)),
    ("subject_type_authorization", Kind::AnyObject),
    ("authorization_details", Kind::Anything),
    ("authorization_policy", Kind::Anything),
    ("consent_policy", Kind::Anything),
    ("proof_of_possession", Kind::Anything),
    ("token_encryption", Kind::Anything),
];

const NEW_API: Schema = Schema { required: &["identifier"], properties: PROPERTIES, open: false };
const PATCH: Schema = Schema { required: &[], properties: PROPERTIES, open: false };

#[derive(Deserialize, Serialize)]
struct Scope {
    value: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct NewApi {
    identifier: String,
    #[serde(flatten)]
    rest: ApiPatch,
}

#[derive(Deserialize)]
struct ApiPatch {
    name: Option<String>,
    scopes: Option<Vec<Scope>>,
    token_lifetime: Option<i64>,
    token_dialect: Option<String>,
    enforce_policies: Option<bool>,
    allow_offline_access: Option<bool>,
    #[serde(flatten)]
    extra: Metadata,
}

#[derive(Serialize)]
struct ApiBody<'a> {
    id: &'a str,
    name: &'a str,
    identifier: &'a str,
    scopes: Vec<ScopeBody<'a>>,
    token_lifetime: i64,
    token_dialect: &'a str,
    enforce_policies: bool,
    allow_offline_access: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_system: bool,
    #[serde(flatten)]
    extra: &'a Metadata,
}

#[derive(Serialize)]
struct ScopeBody<'a> {
    value: &'a str,
    description: &'a str,
}

impl<'a> ApiBody<'a> {
    fn of(api: &'a ResourceServer) -> Self {
        Self {
            id: &api.id,
            name: &api.name,
            identifier: &api.identifier,
            scopes: api.scopes.iter().map(|(value, description)| ScopeBody { value, description }).collect(),
            token_lifetime: api.token_lifetime,
            token_dialect: &api.token_dialect,
            enforce_policies: api.enforce_policies,
            allow_offline_access: api.allow_offline_access,
            is_system: api.is_system,
            extra: &api.extra,
        }
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:resource_servers"];
    cfg.service(
        path("/resource-servers")
            .route(guarded(Bucket::Other, read, web::get().to(list)))
            .route(guarded(Bucket::Other, &["create:resource_servers"], web::post().to(create))),
    )
    .service(
        path("/resource-servers/{id}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(Bucket::Other, &["update:resource_servers"], web::patch().to(change)))
            .route(guarded(Bucket::Other, &["delete:resource_servers"], web::delete().to(remove))),
    );
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[OFFSET, FIELDS, &["identifiers"]])?;
    let offset = Offset::of(&query)?;
    let selection = query.selection(&[])?;
    let identifiers: Vec<&str> = query.all("identifiers").collect();
    let wanted =
        |api: &&ResourceServer| identifiers.is_empty() || identifiers.contains(&api.identifier.as_str());
    state.read(|tenant| {
        let apis = tenant.resource_servers.values().filter(wanted);
        Ok(offset.answer("resource_servers", apis.map(|api| selection.of(&ApiBody::of(api)))))
    })
}

async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: NewApi = payload::parse(&body, &NEW_API)?;
    state.write(|tenant| {
        if tenant.resource_servers.values().any(|api| api.identifier == new.identifier) {
            return Err(Refusal::conflict(None, "A resource server with the same identifier already exists."));
        }
        let mut api = ResourceServer {
            id: ids::resource_server(),
            name: new.identifier.clone(),
            identifier: new.identifier,
            token_lifetime: 86_400,
            token_dialect: "access_token".to_owned(),
            extra: defaults(),
            ..ResourceServer::default()
        };
        new.rest.apply(&mut api);
        let answer = HttpResponse::Created().json(ApiBody::of(&api));
        tenant.resource_servers.insert(api.id.clone(), api);
        Ok(answer)
    })
}

fn defaults() -> Metadata {
    let defaults = json!({
        "signing_alg": "RS256",
        "token_lifetime_for_web": 7_200,
        "skip_consent_for_verifiable_first_party_clients": false,
        "subject_type_authorization": {
            "user": { "policy": "allow_all" }, "client": { "policy": "require_client_grant" },
        },
    });
    match defaults {
        Value::Object(fields) => fields,
        _ => Metadata::new(),
    }
}

impl ApiPatch {
    fn apply(self, api: &mut ResourceServer) {
        if let Some(name) = self.name {
            api.name = name;
        }
        if let Some(scopes) = self.scopes {
            let pairs = scopes.into_iter().map(|scope| (scope.value, scope.description));
            api.scopes = pairs.collect::<BTreeMap<_, _>>();
        }
        if let Some(dialect) = self.token_dialect {
            api.token_dialect = dialect;
        }
        api.token_lifetime = self.token_lifetime.unwrap_or(api.token_lifetime);
        api.enforce_policies = self.enforce_policies.unwrap_or(api.enforce_policies);
        api.allow_offline_access = self.allow_offline_access.unwrap_or(api.allow_offline_access);
        api.extra.extend(self.extra);
    }
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let id = id_of(tenant, &id)?;
        Ok(HttpResponse::Ok().json(ApiBody::of(&tenant.resource_servers[&id])))
    })
}

async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let patch: ApiPatch = payload::parse(&body, &PATCH)?;
    if patch.extra.contains_key("identifier") {
        return Err(Refusal::body("Payload validation error: 'Additional properties not allowed: identifier'."));
    }
    state.write(|tenant| {
        let id = id_of(tenant, &id)?;
        let api = tenant.resource_servers.get_mut(&id).expect("found above");
        if api.is_system {
            return Err(Refusal::not_supported());
        }
        patch.apply(api);
        Ok(HttpResponse::Ok().json(ApiBody::of(api)))
    })
}

/// Its permissions leave every role and its grants go; a second delete answers the same.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        let Some(api) = id_of(tenant, &id).ok().and_then(|id| tenant.resource_servers.remove(&id)) else {
            return Ok(HttpResponse::NoContent().finish());
        };
        if api.is_system {
            tenant.resource_servers.insert(api.id.clone(), api);
            return Err(Refusal::not_supported());
        }
        for role in tenant.roles.values_mut() {
            role.permissions.retain(|(identifier, _)| *identifier != api.identifier);
        }
        let grants = tenant.client_grants.values().filter(|grant| grant.audience == api.identifier);
        let grants: Vec<String> = grants.map(|grant| grant.id.clone()).collect();
        for grant in grants {
            super::client_grants::remove_grant(tenant, &grant);
        }
        Ok(HttpResponse::NoContent().finish())
    })
}

/// An API is found by its id and by its identifier.
fn id_of(tenant: &Tenant, id: &str) -> Result<String, Refusal> {
    let named = tenant.resource_servers.values().find(|api| api.id == id || api.identifier == id);
    named.map(|api| api.id.clone()).ok_or_else(|| Refusal::missing(Missing::ResourceServer))
}

fn is_api_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 200 && !text.contains(['<', '>'])
}
