//! `/Groups`.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value};

use super::attributes::OF_GROUPS;
use super::caller::Caller;
use super::discovery::location;
use super::document;
use super::group::{self, Group, MOST_CHANGED};
use super::list::{Query, Show};
use super::patch::{self, Operation};
use super::refusal::{Answer, CONTENT_TYPE, Refusal};
use crate::state::State;
use crate::tenant::Tenant;

/// Connection and group.
type At = web::Path<(String, String)>;
type Parameters = web::Query<HashMap<String, String>>;

pub(super) async fn list(state: web::Data<State>, caller: Caller, query: Parameters) -> Answer {
    caller.needs("get:groups")?;
    answer_list(&state, &caller, &Query::read(&query)?)
}

pub(super) async fn search(state: web::Data<State>, caller: Caller, body: web::Bytes) -> Answer {
    caller.needs("get:groups")?;
    answer_list(&state, &caller, &Query::of_search(&body)?)
}

fn answer_list(state: &State, caller: &Caller, query: &Query) -> Answer {
    state.read(|tenant| {
        let groups = tenant.scim.groups.get(&caller.connection.id);
        let mut groups: Vec<&Group> = groups.into_iter().flat_map(BTreeMap::values).collect();
        groups.sort_by_key(|group| group.created_at);
        let shown = groups.into_iter();
        query.answer(shown.map(|group| shown_to(state, caller, group)))
    })
}

pub(super) async fn show(
    state: web::Data<State>,
    caller: Caller,
    at: At,
    query: Parameters,
) -> Answer {
    caller.needs("get:groups")?;
    let show = Show::read(&query)?;
    state.read(|tenant| {
        let shown = shown_to(&state, &caller, find(tenant, &caller, &at.1)?);
        Ok(HttpResponse::Ok()
            .content_type(CONTENT_TYPE)
            .json(show.of(shown)))
    })
}

pub(super) async fn create(state: web::Data<State>, caller: Caller, body: web::Bytes) -> Answer {
    caller.needs("post:groups")?;
    let fields = group::read(document::json(&body)?)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let fields = group::check(tenant, &caller.connection, fields)?;
        let group = Group::new(fields, now);
        let shown = shown_to(&state, &caller, &group);
        tenant.publish_group("group.created", &caller.connection.id, &group, now);
        tenant.publish_group_members(&caller.connection.id, &group, None, now);
        let at = location(&state, &caller, &format!("Groups/{}", group.id));
        let groups = tenant.scim.groups.entry(caller.connection.id.clone());
        groups.or_default().insert(group.id.clone(), group);
        Ok(HttpResponse::Created()
            .content_type(CONTENT_TYPE)
            .insert_header((header::LOCATION, at))
            .json(shown))
    })
}

pub(super) async fn replace(
    state: web::Data<State>,
    caller: Caller,
    at: At,
    body: web::Bytes,
) -> Answer {
    caller.needs("put:groups")?;
    let fields = group::read(document::json(&body)?)?;
    edit(&state, &caller, &at.1, |_| Ok(fields))
}

pub(super) async fn change(
    state: web::Data<State>,
    caller: Caller,
    at: At,
    body: web::Bytes,
) -> Answer {
    caller.needs("patch:groups")?;
    let body = document::json(&body)?;
    let operations = patch::operations(&body)?;
    if changed(&operations) > MOST_CHANGED {
        return Err(Refusal::too_many("At most 1,000 members in one request"));
    }
    edit(&state, &caller, &at.1, |mut fields| {
        for operation in &operations {
            patch::apply(&mut fields, OF_GROUPS, operation)?;
        }
        Ok(fields)
    })
}

/// Values in all operations together.
fn changed(operations: &[Operation<'_>]) -> usize {
    let values = operations.iter().map(|operation| match operation.value {
        Some(Value::Array(values)) => values.len(),
        Some(Value::Object(fields)) => {
            let lists = fields.values().filter_map(Value::as_array);
            lists.map(Vec::len).sum::<usize>().max(1)
        }
        _ => 1,
    });
    values.sum()
}

pub(super) async fn remove(state: web::Data<State>, caller: Caller, at: At) -> Answer {
    caller.needs("delete:groups")?;
    let now = state.clock().now();
    state.write(|tenant| {
        let group = find(tenant, &caller, &at.1)?.clone();
        tenant.publish_group("group.deleted", &caller.connection.id, &group, now);
        tenant.scim.forget_group(&at.1);
        Ok(HttpResponse::NoContent().finish())
    })
}

fn edit(
    state: &State,
    caller: &Caller,
    id: &str,
    become_: impl FnOnce(Map<String, Value>) -> Result<Map<String, Value>, Refusal>,
) -> Answer {
    let now = state.clock().now();
    state.write(|tenant| {
        let before = find(tenant, caller, id)?.clone();
        let after = become_(before.fields.clone())?;
        let after = group::check(tenant, &caller.connection, after)?;
        let groups = tenant.scim.groups.get_mut(&caller.connection.id);
        let group = groups.and_then(|groups| groups.get_mut(id));
        let group = group.ok_or_else(Refusal::missing)?;
        group.change(after, now);
        let group = group.clone();
        let shown = shown_to(state, caller, &group);
        let connection = &caller.connection.id;
        if (before.name(), before.external_id()) != (group.name(), group.external_id()) {
            tenant.publish_group("group.updated", connection, &group, now);
        }
        tenant.publish_group_members(connection, &group, Some(&before), now);
        Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).json(shown))
    })
}

fn shown_to(state: &State, caller: &Caller, group: &Group) -> Value {
    group.resource(&location(state, caller, &format!("Groups/{}", group.id)))
}

fn find<'t>(tenant: &'t Tenant, caller: &Caller, id: &str) -> Result<&'t Group, Refusal> {
    let groups = tenant.scim.groups.get(&caller.connection.id);
    groups
        .and_then(|groups| groups.get(id))
        .ok_or_else(Refusal::missing)
}
