//! `/connections`: the ways to log in to the tenant.

mod body;
mod change;
mod clients;
mod create;
mod okta;
mod options;
mod scim;
mod strategies;

use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde_json::json;

use super::call::guarded;
use super::paging::{self, CHECKPOINT, Direction, End, OFFSET, Position};
use super::path;
use super::query::{FIELDS, Query};
use super::refusal::{Answer, Missing, Refusal};
use super::users::remove_user;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Connection, Tenant, User};
use body::{ConnectionBody, SELECTABLE};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:connections"];
    cfg.service(
        path("/connections")
            .route(guarded(Bucket::ReadConnections, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:connections"],
                web::post().to(create::create),
            )),
    )
    .service(
        path("/connections/{id}")
            .route(guarded(Bucket::ReadConnections, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:connections"],
                web::patch().to(change::change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:connections"],
                web::delete().to(remove),
            )),
    )
    .configure(clients::routes)
    .configure(scim::routes);
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT, FIELDS, &["strategy", "name"]])?;
    let selection = query.selection(SELECTABLE)?;
    let strategies: Vec<&str> = query.all("strategy").collect();
    let wanted = |connection: &&Connection| {
        query
            .text("name")
            .is_none_or(|name| connection.name == name)
            && (strategies.is_empty() || strategies.contains(&connection.strategy.as_str()))
    };
    let now = state.clock().now();
    state.read(|tenant| {
        let position = |id: &str| Position {
            key: String::new(),
            id: id.to_owned(),
        };
        let connections = tenant.connections.values().filter(wanted);
        let rows = connections
            .map(|each| (position(&each.id), selection.of(&ConnectionBody::of(each))))
            .collect();
        paging::answer(
            &query,
            now,
            "connections",
            rows,
            Direction::Ascending,
            End::Known,
        )
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[FIELDS])?;
    let selection = query.selection(SELECTABLE)?;
    state.read(|tenant| {
        Ok(HttpResponse::Ok().json(selection.of(&ConnectionBody::of(find(tenant, &id)?))))
    })
}

/// Auth0 deletes in the background and says so; here it is done at once. The users of the connection go with it. A
/// second delete has nothing to announce.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    let at = state
        .clock()
        .now()
        .to_rfc3339_opts(SecondsFormat::Millis, true);
    state.write(|tenant| {
        let Some(connection) = tenant.connections.remove(id.as_str()) else {
            return Ok(HttpResponse::NoContent().finish());
        };
        tenant.scim.forget_connection(&id);
        for organization in tenant.organizations.values_mut() {
            organization.connections.remove(id.as_str());
        }
        let only_there = |user: &&User| {
            !user.identities.is_empty()
                && user
                    .identities
                    .iter()
                    .all(|identity| identity.connection == connection.name)
        };
        let users = tenant
            .users
            .values()
            .filter(only_there)
            .map(|user| user.user_id.clone());
        for user_id in users.collect::<Vec<_>>() {
            remove_user(tenant, &user_id);
        }
        Ok(HttpResponse::Accepted().json(json!({ "deleted_at": at })))
    })
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Connection, Refusal> {
    tenant
        .connections
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::Connection))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut Connection, Refusal> {
    tenant
        .connections
        .get_mut(id)
        .ok_or_else(|| Refusal::missing(Missing::Connection))
}
