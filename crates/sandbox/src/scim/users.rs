//! `/Users`.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::attributes::{Attribute, OF_USERS};
use super::caller::Caller;
use super::configuration::Configuration;
use super::discovery::location;
use super::document;
use super::list::{Query, Show};
use super::patch;
use super::refusal::{Answer, CONTENT_TYPE, Refusal};
use super::user::{self, apply, is_in, resource, taken};
use crate::accounts::{NewUser, new_user};
use crate::management::remove_user;
use crate::state::State;
use crate::tenant::{Connection, Tenant, User};

/// Connection and user.
type At = web::Path<(String, String)>;
type Parameters = web::Query<HashMap<String, String>>;

pub(super) async fn list(state: web::Data<State>, caller: Caller, query: Parameters) -> Answer {
    caller.needs("get:users")?;
    answer_list(&state, &caller, &Query::read(&query)?)
}

pub(super) async fn search(state: web::Data<State>, caller: Caller, body: web::Bytes) -> Answer {
    caller.needs("get:users")?;
    answer_list(&state, &caller, &Query::of_search(&body)?)
}

fn answer_list(state: &State, caller: &Caller, query: &Query) -> Answer {
    state.read(|tenant| {
        let mut users: Vec<&User> = tenant
            .users
            .values()
            .filter(|user| is_in(user, &caller.connection))
            .collect();
        users.sort_by_key(|user| user.created_at);
        let shown = users.into_iter();
        query.answer(shown.map(|user| shown_to(state, caller, tenant, user)))
    })
}

pub(super) async fn show(
    state: web::Data<State>,
    caller: Caller,
    at: At,
    query: Parameters,
) -> Answer {
    caller.needs("get:users")?;
    let show = Show::read(&query)?;
    state.read(|tenant| {
        let user = find(tenant, &caller.connection, &at.1)?;
        let shown = show.of(shown_to(&state, &caller, tenant, user));
        Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).json(shown))
    })
}

pub(super) async fn create(state: web::Data<State>, caller: Caller, body: web::Bytes) -> Answer {
    caller.needs("post:users")?;
    let sent = document::json(&body)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let configuration = configured(tenant, &caller.connection)?;
        let fields = read(&sent, &configuration)?;
        let id = insert(tenant, &caller.connection, &configuration, fields, now)?;
        let user = find(tenant, &caller.connection, &id)?;
        let shown = shown_to(&state, &caller, tenant, user);
        Ok(HttpResponse::Created()
            .content_type(CONTENT_TYPE)
            .insert_header((
                header::LOCATION,
                location(&state, &caller, &format!("Users/{id}")),
            ))
            .json(shown))
    })
}

/// Attributes that are left out are gone, but nobody is let in again by being left out of `active`.
pub(super) async fn replace(
    state: web::Data<State>,
    caller: Caller,
    at: At,
    body: web::Bytes,
) -> Answer {
    caller.needs("put:users")?;
    let sent = document::json(&body)?;
    edit(&state, &caller, &at.1, |configuration, before| {
        let mut after = read(&sent, configuration)?;
        if let (None, Some(active)) = (after.get("active"), before.get("active")) {
            after.insert("active".to_owned(), active.clone());
        }
        Ok(after)
    })
}

pub(super) async fn change(
    state: web::Data<State>,
    caller: Caller,
    at: At,
    body: web::Bytes,
) -> Answer {
    caller.needs("patch:users")?;
    let body = document::json(&body)?;
    let operations = patch::operations(&body)?;
    edit(&state, &caller, &at.1, |configuration, mut fields| {
        for operation in &operations {
            patch::apply(&mut fields, OF_USERS, operation)?;
        }
        document::retain(&mut fields, &mapped(configuration));
        named(fields)
    })
}

pub(super) async fn remove(state: web::Data<State>, caller: Caller, at: At) -> Answer {
    caller.needs("delete:users")?;
    let now = state.clock().now();
    state.write(|tenant| {
        let id = find(tenant, &caller.connection, &at.1)?.user_id.clone();
        tenant.publish_deleted_user(&id, now);
        remove_user(tenant, &id);
        Ok(HttpResponse::NoContent().finish())
    })
}

fn edit(
    state: &State,
    caller: &Caller,
    id: &str,
    become_: impl FnOnce(&Configuration, Map<String, Value>) -> Result<Map<String, Value>, Refusal>,
) -> Answer {
    let connection = &caller.connection;
    let now = state.clock().now();
    state.write(|tenant| {
        let configuration = configured(tenant, connection)?;
        let known = find(tenant, connection, id)?;
        let Value::Object(before) = resource(tenant, connection, known) else {
            return Err(Refusal::missing());
        };
        let after = become_(&configuration, before)?;
        save(tenant, connection, &configuration, id, after, now)?;
        let user = find(tenant, connection, id)?;
        let shown = shown_to(state, caller, tenant, user);
        Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).json(shown))
    })
}

fn insert(
    tenant: &mut Tenant,
    connection: &Connection,
    configuration: &Configuration,
    fields: Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<String, Refusal> {
    if let Some(attribute) = taken(tenant, connection, None, &fields) {
        return Err(Refusal::uniqueness(attribute));
    }
    let document = Value::Object(fields);
    let subject = configuration.subject(&document)?;
    let local_id = format!("{}|{subject}", connection.name);
    let id = format!("{}|{local_id}", connection.strategy);
    if tenant.users.contains_key(&id) {
        return Err(Refusal::uniqueness("id"));
    }
    let new = NewUser {
        connection,
        email: None,
        email_verified: false,
        name: None,
        password: None,
    };
    let mut user = new_user(new, now);
    user.user_id.clone_from(&id);
    user.identities[0].user_id = local_id;
    apply(&document, configuration, &mut user);
    tenant.users.insert(id.clone(), user);
    tenant.scim.users.insert(id.clone(), document);
    tenant.publish_user("user.created", &id, now);
    Ok(id)
}

/// Whoever is deactivated has no session and no refresh token from then on.
fn save(
    tenant: &mut Tenant,
    connection: &Connection,
    configuration: &Configuration,
    id: &str,
    fields: Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if let Some(attribute) = taken(tenant, connection, Some(id), &fields) {
        return Err(Refusal::uniqueness(attribute));
    }
    let document = Value::Object(fields);
    let user = tenant.users.get_mut(id).ok_or_else(Refusal::missing)?;
    apply(&document, configuration, user);
    user.updated_at = now;
    let blocked = user.blocked == Some(true);
    tenant.scim.users.insert(id.to_owned(), document);
    if blocked {
        tenant.sessions.retain(|_, session| session.user_id != id);
        let tokens = tenant.refresh_tokens.values_mut();
        for token in tokens.filter(|token| token.user_id == id) {
            token.revoked = true;
        }
    }
    tenant.publish_user("user.updated", id, now);
    Ok(())
}

fn read(sent: &Value, configuration: &Configuration) -> Result<Map<String, Value>, Refusal> {
    named(document::read_user(sent, &mapped(configuration))?)
}

fn mapped(configuration: &Configuration) -> impl Fn(bool, &Attribute) -> bool + '_ {
    |is_enterprise, attribute| configuration.maps(is_enterprise, attribute)
}

fn named(fields: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let name = fields.get("userName").and_then(Value::as_str);
    match name.is_some_and(|name| !name.trim().is_empty()) {
        true => Ok(fields),
        false => Err(Refusal::value("userName is missing")),
    }
}

fn shown_to(state: &State, caller: &Caller, tenant: &Tenant, user: &User) -> Value {
    let mut shown = user::resource(tenant, &caller.connection, user);
    let at = location(state, caller, &format!("Users/{}", user.user_id));
    shown["meta"]["location"] = json!(at);
    shown
}

fn configured(tenant: &Tenant, connection: &Connection) -> Result<Configuration, Refusal> {
    let found = tenant.scim.configurations.get(&connection.id);
    found.cloned().ok_or_else(Refusal::missing)
}

/// Users of other connections do not exist.
fn find<'t>(tenant: &'t Tenant, connection: &Connection, id: &str) -> Result<&'t User, Refusal> {
    let found = tenant.users.get(id);
    found
        .filter(|user| is_in(user, connection))
        .ok_or_else(Refusal::missing)
}
