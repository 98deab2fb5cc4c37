//! `/client-grants`: which machine client may ask for which scopes of which API.

mod body;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::call::guarded;
use super::organizations::OrganizationBody;
use super::paging::{self, CHECKPOINT, Direction, End, OFFSET, Position};
use super::query::Query;
use super::refusal::{Answer, Missing, Refusal};
use super::{clients, path, payload};
use crate::hosts::Hosts;
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{ClientGrant, Tenant};
pub(super) use body::{AssociatedGrantBody, ClientGrantBody};
use body::{GrantPatch, NEW_GRANT, NewGrant, PATCH, subject_type};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:client_grants"];
    cfg.service(
        path("/client-grants")
            .route(guarded(Bucket::Other, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:client_grants"],
                web::post().to(create),
            )),
    )
    .service(
        path("/client-grants/{id}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:client_grants"],
                web::patch().to(change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:client_grants"],
                web::delete().to(remove),
            )),
    )
    .service(path("/client-grants/{id}/organizations").route(guarded(
        Bucket::Other,
        &["read:organization_client_grants"],
        web::get().to(organizations),
    )));
}

async fn list(state: web::Data<State>, http: HttpRequest, query: Query) -> Answer {
    query.only(&[
        OFFSET,
        CHECKPOINT,
        &[
            "audience",
            "client_id",
            "allow_any_organization",
            "subject_type",
        ],
    ])?;
    let hosts = state.hosts();
    let wanted = filter(&query, hosts, &http)?;
    let now = state.clock().now();
    state.read(|tenant| {
        let position = |grant: &ClientGrant| Position {
            key: String::new(),
            id: grant.id.clone(),
        };
        let grants = tenant.client_grants.values().filter(wanted);
        let rows = grants
            .map(|grant| (position(grant), ClientGrantBody::of(grant, hosts, &http)))
            .collect();
        paging::answer(
            &query,
            now,
            "client_grants",
            rows,
            Direction::Ascending,
            End::Known,
        )
    })
}

fn filter(
    query: &Query,
    hosts: &Hosts,
    http: &HttpRequest,
) -> Result<impl Fn(&&ClientGrant) -> bool, Refusal> {
    let audience = query
        .text("audience")
        .map(|audience| hosts.kept(audience.to_owned(), http));
    let any_organization = query.flag("allow_any_organization")?.map(Value::Bool);
    let is = |name, value: &str| query.text(name).is_none_or(|wanted| wanted == value);
    Ok(move |grant: &&ClientGrant| {
        let open = grant.extra.get("allow_any_organization");
        audience
            .as_ref()
            .is_none_or(|wanted| *wanted == grant.audience)
            && is("client_id", &grant.client_id)
            && is("subject_type", subject_type(&grant.extra))
            && (any_organization.is_none() || any_organization.as_ref() == open)
    })
}

async fn create(state: web::Data<State>, http: HttpRequest, body: web::Bytes) -> Answer {
    let mut new: NewGrant = payload::parse(&body, &NEW_GRANT)?;
    let hosts = state.hosts();
    new.audience = hosts.kept(new.audience, &http);
    state.write(|tenant| {
        clients::find(tenant, &new.client_id)?;
        refuse_foreign_scopes(tenant, &new.audience, &new.scope)?;
        let same = |grant: &ClientGrant| {
            grant.client_id == new.client_id
                && grant.audience == new.audience
                && subject_type(&grant.extra) == subject_type(&new.extra)
        };
        if tenant.client_grants.values().any(same) {
            return Err(Refusal::conflict(
                None,
                format!(
                    "A client grant for '{}' already exists for this client.",
                    new.audience
                ),
            ));
        }
        let grant = ClientGrant {
            id: ids::client_grant(),
            client_id: new.client_id,
            audience: new.audience,
            scope: new.scope,
            extra: new.extra,
        };
        let answer = HttpResponse::Created().json(ClientGrantBody::of(&grant, hosts, &http));
        tenant.client_grants.insert(grant.id.clone(), grant);
        Ok(answer)
    })
}

fn refuse_foreign_scopes(
    tenant: &Tenant,
    audience: &str,
    scopes: &[String],
) -> Result<(), Refusal> {
    let api = tenant
        .resource_servers
        .get(audience)
        .ok_or_else(|| Refusal::missing(Missing::ResourceServer))?;
    match scopes
        .iter()
        .find(|scope| !api.is_system && !api.scopes.contains_key(*scope))
    {
        Some(scope) => Err(Refusal::body(format!(
            "Scope '{scope}' is not defined by '{audience}'."
        ))),
        None => Ok(()),
    }
}

async fn show(state: web::Data<State>, http: HttpRequest, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let grant = tenant
            .client_grants
            .get(id.as_str())
            .ok_or_else(|| Refusal::missing(Missing::ClientGrant))?;
        Ok(HttpResponse::Ok().json(ClientGrantBody::of(grant, state.hosts(), &http)))
    })
}

async fn change(
    state: web::Data<State>,
    http: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let patch: GrantPatch = payload::parse(&body, &PATCH)?;
    state.write(|tenant| {
        let grant = tenant
            .client_grants
            .get(id.as_str())
            .ok_or_else(|| Refusal::missing(Missing::ClientGrant))?;
        let scope = patch.scope.unwrap_or_else(|| grant.scope.clone());
        refuse_foreign_scopes(tenant, &grant.audience, &scope)?;
        let grant = tenant
            .client_grants
            .get_mut(id.as_str())
            .expect("found above");
        grant.scope = scope;
        for (name, value) in patch.extra {
            if value.is_null() {
                grant.extra.remove(&name);
            } else {
                grant.extra.insert(name, value);
            }
        }
        Ok(HttpResponse::Ok().json(ClientGrantBody::of(grant, state.hosts(), &http)))
    })
}

async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| remove_grant(tenant, &id));
    Ok(HttpResponse::NoContent().finish())
}

pub(super) fn remove_grant(tenant: &mut Tenant, id: &str) {
    tenant.client_grants.remove(id);
    for organization in tenant.organizations.values_mut() {
        organization.client_grants.remove(id);
    }
}

async fn organizations(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT])?;
    let now = state.clock().now();
    state.read(|tenant| {
        let associated = tenant
            .organizations
            .values()
            .filter(|each| each.client_grants.contains(id.as_str()));
        let position = |id: &str| Position {
            key: String::new(),
            id: id.to_owned(),
        };
        let rows = associated
            .map(|each| (position(&each.id), OrganizationBody::of(each)))
            .collect();
        paging::answer(
            &query,
            now,
            "organizations",
            rows,
            Direction::Ascending,
            End::Known,
        )
    })
}
