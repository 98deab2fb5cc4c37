//! `/clients`: the tenant's applications.

mod body;
mod change;
mod create;
mod credentials;
mod login_uri;
mod schema;

use actix_web::{HttpResponse, web};

use super::call::{Caller, guarded};
use super::paging::{self, CHECKPOINT, Direction, End, OFFSET, Position};
use super::path;
use super::query::{FIELDS, Query, invalid};
use super::refusal::{Answer, Missing, Refusal};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Application, Tenant};
use body::{ClientBody, Context};
pub(super) use login_uri::refuse_login_uri;

const FILTERS: &[&str] = &[
    "is_global",
    "is_first_party",
    "app_type",
    "external_client_id",
    "q",
];
const KEYS: &[&str] = &[
    "read:client_keys",
    "update:client_keys",
    "create:client_keys",
];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:clients", "read:client_keys", "read:client_summary"];
    cfg.service(
        path("/clients")
            .route(guarded(Bucket::ReadClients, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:clients"],
                web::post().to(create::create),
            )),
    )
    .service(
        path("/clients/{id}")
            .route(guarded(Bucket::ReadClients, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:clients", "update:client_keys"],
                web::patch().to(change::change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:clients"],
                web::delete().to(remove),
            )),
    )
    .service(path("/clients/{id}/rotate-secret").route(guarded(
        Bucket::Other,
        &["update:client_keys"],
        web::post().to(rotate_secret),
    )));
}

async fn list(state: web::Data<State>, caller: web::ReqData<Caller>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT, FIELDS, FILTERS])?;
    let selection = query.selection(&[])?;
    let organization = query.text("q").map(organization_of_grant).transpose()?;
    let (first_party, global) = (query.flag("is_first_party")?, query.flag("is_global")?);
    let now = state.clock().now();
    state.read(|tenant| {
        let context = Context::of(&state, tenant, &caller);
        let wanted = |client: &&Application| {
            organization.is_none_or(|id| may_act_in(tenant, client, id))
                && query.text("app_type").is_none_or(|kinds| kinds.split(',').any(|kind| kind == client.app_type))
                && first_party.is_none_or(|wanted| wanted == body::is_first_party(client))
                // The tenant's global client of old is not among ours.
                && global != Some(true)
        };
        let position = |client: &Application| Position { key: client.name.clone(), id: client.client_id.clone() };
        let mut clients: Vec<_> = tenant.clients.values().filter(wanted).map(|each| (position(each), each)).collect();
        clients.sort_by(|(left, _), (right, _)| left.cmp(right));
        let rows = clients
            .into_iter()
            .map(|(position, client)| (position, selection.of(&ClientBody::listed(client, &context))))
            .collect();
        paging::answer(&query, now, "clients", rows, Direction::Ascending, End::Known)
    })
}

/// The one search this list knows here: the clients that may act in an organization.
fn organization_of_grant(q: &str) -> Result<&str, Refusal> {
    q.strip_prefix("client_grant.organization_id:")
        .ok_or_else(|| invalid(&format!("Failed to parse query {q}"), "q"))
}

fn may_act_in(tenant: &Tenant, client: &Application, organization: &str) -> bool {
    let grants = tenant
        .organizations
        .get(organization)
        .into_iter()
        .flat_map(|found| &found.client_grants);
    grants
        .filter_map(|id| tenant.client_grants.get(id))
        .any(|grant| grant.client_id == client.client_id)
}

async fn show(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    id: web::Path<String>,
    query: Query,
) -> Answer {
    query.only(&[FIELDS])?;
    let selection = query.selection(&[])?;
    state.read(|tenant| {
        let client = find(tenant, &id)?;
        let context = Context::of(&state, tenant, &caller);
        Ok(HttpResponse::Ok().json(selection.of(&ClientBody::listed(client, &context))))
    })
}

/// Its grants and its place in connections go with it; a second delete answers the same.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        tenant.clients.remove(id.as_str());
        for connection in tenant.connections.values_mut() {
            connection.enabled_clients.remove(id.as_str());
        }
        let grants = tenant
            .client_grants
            .values()
            .filter(|grant| grant.client_id == *id);
        let grants: Vec<String> = grants.map(|grant| grant.id.clone()).collect();
        for grant in grants {
            super::client_grants::remove_grant(tenant, &grant);
        }
    });
    Ok(HttpResponse::NoContent().finish())
}

async fn rotate_secret(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    id: web::Path<String>,
) -> Answer {
    state.write(|tenant| {
        find_mut(tenant, &id)?.client_secret = Some(ids::client_secret());
        let context = Context::of(&state, tenant, &caller);
        Ok(HttpResponse::Ok().json(ClientBody::created(find(tenant, &id)?, &context)))
    })
}

pub(super) fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Application, Refusal> {
    tenant
        .clients
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::Client))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut Application, Refusal> {
    tenant
        .clients
        .get_mut(id)
        .ok_or_else(|| Refusal::missing(Missing::Client))
}
