//! `/connections/{id}/scim-configuration` and its tokens.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::find;
use crate::ids;
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{CHECKPOINT, Checkpoint, Direction, End, Position};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema, TEXT};
use crate::management::{path, payload};
use crate::scim::{Configuration, FEWEST_SECONDS, Mapping, TOKEN_SCOPES, Token, default_mapping};
use crate::state::State;
use crate::tenant::{Connection, Tenant};

/// Live tokens of one connection.
const MOST_TOKENS: usize = 2;

const MAPPING: Kind = Kind::List(
    &Kind::Object(&Schema {
        required: &["scim", "auth0"],
        properties: &[("scim", TEXT), ("auth0", TEXT)],
        open: true,
    }),
    0,
    usize::MAX,
);
const NEW: Schema = Schema {
    required: &[],
    properties: &[("user_id_attribute", TEXT), ("mapping", MAPPING)],
    open: false,
};
const CHANGE: Schema = Schema {
    required: &["user_id_attribute", "mapping"],
    ..NEW
};
const NEW_TOKEN: Schema = Schema {
    required: &[],
    properties: &[
        (
            "scopes",
            Kind::List(&Kind::OneOf(TOKEN_SCOPES), 1, usize::MAX),
        ),
        (
            "token_lifetime",
            Kind::OrNull(&Kind::Integer(FEWEST_SECONDS, i64::MAX)),
        ),
    ],
    open: false,
};

#[derive(Deserialize)]
struct Wanted {
    user_id_attribute: Option<String>,
    mapping: Option<Vec<Mapping>>,
}

#[derive(Deserialize)]
struct WantedToken {
    scopes: Option<Vec<String>>,
    token_lifetime: Option<i64>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/connections/{id}/scim-configuration")
            .route(guard(&["read:scim_config"], web::get().to(show)))
            .route(guard(&["create:scim_config"], web::post().to(create)))
            .route(guard(&["update:scim_config"], web::patch().to(change)))
            .route(guard(&["delete:scim_config"], web::delete().to(remove))),
    )
    .service(
        path("/connections/{id}/scim-configuration/default-mapping")
            .route(guard(&["read:scim_config"], web::get().to(mapping))),
    )
    .service(
        path("/connections/{id}/scim-configuration/tokens")
            .route(guard(&["read:scim_token"], web::get().to(tokens)))
            .route(guard(&["create:scim_token"], web::post().to(create_token))),
    )
    .service(
        path("/connections/{id}/scim-configuration/tokens/{token}")
            .route(guard(&["delete:scim_token"], web::delete().to(revoke))),
    )
    .service(
        path("/connections-scim-configurations")
            .route(guard(&["read:scim_config"], web::get().to(list))),
    );
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let connection = find(tenant, &id)?;
        Ok(HttpResponse::Ok().json(body(&state, connection, configured(tenant, &id)?)))
    })
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[CHECKPOINT])?;
    let checkpoint = Checkpoint::or_first(&query, state.clock().now())?;
    state.read(|tenant| {
        let all = tenant.scim.configurations.iter();
        let rows = all.filter_map(|(id, configuration)| {
            let connection = tenant.connections.get(id)?;
            let position = Position {
                key: String::new(),
                id: id.clone(),
            };
            Some((position, body(&state, connection, configuration)))
        });
        let rows = rows.collect();
        Ok(checkpoint.answer(
            "scim_configurations",
            rows,
            Direction::Ascending,
            End::Known,
        ))
    })
}

async fn create(state: web::Data<State>, id: web::Path<String>, sent: web::Bytes) -> Answer {
    let sent = match sent.as_ref() {
        b"null" => web::Bytes::new(),
        _ => sent,
    };
    let wanted: Wanted = payload::parse(&sent, &NEW)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let connection = find(tenant, &id)?.clone();
        let standard = Configuration::standard(&connection.strategy, now).ok_or_else(|| {
            Refusal::body("SCIM is not supported for the strategy of this connection")
        })?;
        if tenant.scim.configurations.contains_key(&*id) {
            return Err(Refusal::body("The connection has a SCIM configuration"));
        }
        let configuration = wanted.over(standard)?;
        let shown = body(&state, &connection, &configuration);
        tenant.scim.configurations.insert(id.clone(), configuration);
        Ok(HttpResponse::Created().json(shown))
    })
}

async fn change(state: web::Data<State>, id: web::Path<String>, sent: web::Bytes) -> Answer {
    let wanted: Wanted = payload::parse(&sent, &CHANGE)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let connection = find(tenant, &id)?.clone();
        let known = configured(tenant, &id)?.clone();
        let configuration = Configuration {
            updated_on: now,
            ..wanted.over(known)?
        };
        let shown = body(&state, &connection, &configuration);
        tenant.scim.configurations.insert(id.clone(), configuration);
        Ok(HttpResponse::Ok().json(shown))
    })
}

/// Its tokens go with it; the users stay. A second time is as good as the first.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        find(tenant, &id)?;
        tenant.scim.configurations.remove(&*id);
        Ok(HttpResponse::NoContent().finish())
    })
}

async fn mapping(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        find(tenant, &id)?;
        Ok(HttpResponse::Ok().json(json!({ "mapping": shown(&default_mapping()) })))
    })
}

/// A bare list, without the secrets.
async fn tokens(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        find(tenant, &id)?;
        let tokens = configured(tenant, &id)?.tokens.iter().map(token);
        Ok(HttpResponse::Ok().json(tokens.collect::<Vec<_>>()))
    })
}

async fn create_token(state: web::Data<State>, id: web::Path<String>, sent: web::Bytes) -> Answer {
    let wanted: WantedToken = payload::parse(&sent, &NEW_TOKEN)?;
    let now = state.clock().now();
    let lifetime = wanted.token_lifetime.map(|seconds| {
        TimeDelta::try_seconds(seconds)
            .and_then(|lifetime| now.checked_add_signed(lifetime))
            .ok_or_else(|| Refusal::body("token_lifetime is too long"))
    });
    let valid_until = lifetime.transpose()?;
    state.write(|tenant| {
        find(tenant, &id)?;
        let configuration = tenant.scim.configurations.get_mut(&*id);
        let configuration =
            configuration.ok_or_else(|| Refusal::missing(Missing::ScimConfiguration))?;
        configuration.tokens.retain(|token| token.is_live(now));
        if configuration.tokens.len() >= MOST_TOKENS {
            return Err(Refusal::conflict(
                None,
                "The connection has two active SCIM tokens, which is the most",
            ));
        }
        let secret = ids::scim_secret();
        let new = Token::new(ids::scim_token(), &secret, wanted.scopes, valid_until, now);
        let mut shown = token(&new);
        shown["token"] = json!(secret);
        configuration.tokens.push(new);
        Ok(HttpResponse::Created().json(shown))
    })
}

async fn revoke(state: web::Data<State>, at: web::Path<(String, String)>) -> Answer {
    let (id, token_id) = at.into_inner();
    state.write(|tenant| {
        find(tenant, &id)?;
        let configuration = tenant.scim.configurations.get_mut(&id);
        let tokens = configuration.map(|configuration| &mut configuration.tokens);
        let gone = tokens.is_some_and(|tokens| {
            let before = tokens.len();
            tokens.retain(|token| token.token_id != token_id);
            tokens.len() < before
        });
        match gone {
            true => Ok(HttpResponse::NoContent().finish()),
            false => Err(Refusal::missing(Missing::ScimToken)),
        }
    })
}

impl Wanted {
    /// One to one, in both directions.
    fn over(self, known: Configuration) -> Result<Configuration, Refusal> {
        let mapping = self.mapping.unwrap_or(known.mapping);
        let (mut scim, mut auth0) = (BTreeSet::new(), BTreeSet::new());
        for each in &mapping {
            if !(scim.insert(&each.scim) && auth0.insert(&each.auth0)) {
                return Err(Refusal::body("An attribute is mapped twice"));
            }
        }
        Ok(Configuration {
            user_id_attribute: self.user_id_attribute.unwrap_or(known.user_id_attribute),
            mapping,
            ..known
        })
    }
}

fn configured<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Configuration, Refusal> {
    let found = tenant.scim.configurations.get(id);
    found.ok_or_else(|| Refusal::missing(Missing::ScimConfiguration))
}

fn body(state: &State, connection: &Connection, configuration: &Configuration) -> Value {
    let host = &state.hosts().http;
    let tenant = host
        .split("://")
        .nth(1)
        .unwrap_or(host)
        .trim_end_matches('/');
    json!({
        "tenant_name": tenant,
        "connection_id": connection.id,
        "connection_name": connection.name,
        "strategy": connection.strategy,
        "mapping": shown(&configuration.mapping),
        "updated_on": text(configuration.updated_on),
        "created_at": text(configuration.created_at),
        "user_id_attribute": configuration.user_id_attribute,
    })
}

fn shown(mapping: &[Mapping]) -> Vec<Value> {
    let each = |each: &Mapping| json!({ "scim": each.scim, "auth0": each.auth0 });
    mapping.iter().map(each).collect()
}

fn token(token: &Token) -> Value {
    let mut shown = json!({
        "token_id": token.token_id,
        "created_at": text(token.created_at),
    });
    if let Some(scopes) = &token.scopes {
        shown["scopes"] = json!(scopes);
    }
    if let Some(until) = token.valid_until {
        shown["valid_until"] = json!(text(until));
    }
    if let Some(used) = token.last_used_at {
        shown["last_used_at"] = json!(text(used));
    }
    shown
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
