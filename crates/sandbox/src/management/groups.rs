//! `/groups` and `/users/{id}/groups`: groups that customers' identity providers keep by SCIM.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::call::guarded;
use super::paging::{self, CHECKPOINT, Checkpoint, Direction, End, OFFSET, Position};
use super::path;
use super::query::{FIELDS, Query};
use super::refusal::{Answer, Missing, Refusal};
use crate::event_stream::{TENANT, instant};
use crate::limits::Bucket;
use crate::scim::Group;
use crate::state::State;
use crate::tenant::Tenant;

const SELECTABLE: &[&str] = &[
    "id",
    "name",
    "external_id",
    "organization_id",
    "connection_id",
    "tenant_name",
    "description",
    "created_at",
    "updated_at",
    "membership_created_at",
];
const SELECTABLE_OF_MEMBERS: &[&str] =
    &["id", "member_type", "type", "connection_id", "created_at"];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:groups"];
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(path("/groups").route(guard(read, web::get().to(list))))
        .service(
            path("/groups/{id}")
                .route(guard(read, web::get().to(show)))
                .route(guard(&["delete:groups"], web::delete().to(remove))),
        )
        .service(
            path("/groups/{id}/members")
                .route(guard(&["read:group_members"], web::get().to(members))),
        )
        .service(path("/users/{id}/groups").route(guard(read, web::get().to(of_user))));
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    let filters = ["connection_id", "name", "external_id", "search"];
    query.only(&[OFFSET, CHECKPOINT, FIELDS, &filters])?;
    let is =
        |name: &str, value: Option<&str>| query.text(name).is_none_or(|text| Some(text) == value);
    let wanted = |connection: &str, group: &Group| {
        is("connection_id", Some(connection))
            && is("name", Some(group.name()))
            && is("external_id", group.external_id())
            && query
                .text("search")
                .is_none_or(|text| group.name().contains(text))
    };
    answer(&state, &query, wanted)
}

async fn of_user(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT, FIELDS])?;
    answer(&state, &query, |_, group| {
        group.members().contains(id.as_str())
    })
}

fn answer(state: &State, query: &Query, wanted: impl Fn(&str, &Group) -> bool) -> Answer {
    let selection = query.selection(SELECTABLE)?;
    let now = state.clock().now();
    state.read(|tenant| {
        let groups = tenant.scim.groups().into_iter();
        let rows = groups
            .filter(|(connection, group)| wanted(connection, group))
            .map(|(connection, group)| {
                let position = Position {
                    key: instant(group.created_at),
                    id: group.id.clone(),
                };
                (position, selection.of(&body(connection, group)))
            });
        let rows = rows.collect();
        paging::answer(query, now, "groups", rows, Direction::Ascending, End::Known)
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| {
        let (connection, group) = find(tenant, &id)?;
        Ok(HttpResponse::Ok().json(body(connection, group)))
    })
}

async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    let now = state.clock().now();
    state.write(|tenant| {
        let (connection, group) = find(tenant, &id)?;
        let (connection, group) = (connection.to_owned(), group.clone());
        tenant.publish_group("group.deleted", &connection, &group, now);
        tenant.scim.forget_group(&id);
        Ok(HttpResponse::NoContent().finish())
    })
}

async fn members(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[CHECKPOINT, FIELDS])?;
    let selection = query.selection(SELECTABLE_OF_MEMBERS)?;
    let page = Checkpoint::or_first(&query, state.clock().now())?;
    state.read(|tenant| {
        let (connection, group) = find(tenant, &id)?;
        let rows = group.members().into_iter().map(|user| {
            let position = Position {
                key: String::new(),
                id: user.to_owned(),
            };
            let member = json!({
                "id": user, "member_type": "user", "type": "connection", "connection_id": connection,
            });
            (position, selection.of(&member))
        });
        Ok(page.answer("members", rows.collect(), Direction::Ascending, End::Known))
    })
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<(&'t str, &'t Group), Refusal> {
    let found = tenant.scim.group(id);
    found.ok_or_else(|| Refusal::missing(Missing::Group))
}

fn body(connection: &str, group: &Group) -> Value {
    let mut body = json!({
        "id": group.id,
        "name": group.name(),
        "connection_id": connection,
        "tenant_name": TENANT,
        "created_at": instant(group.created_at),
        "updated_at": instant(group.updated_at),
    });
    if let Some(id) = group.external_id() {
        body["external_id"] = json!(id);
    }
    body
}
