//! `/resource-servers`: the APIs that tokens are issued for.

mod body;

use actix_web::{HttpRequest, HttpResponse, web};

use super::call::guarded;
use super::paging::{OFFSET, Offset};
use super::query::{FIELDS, Query};
use super::refusal::{Answer, Missing, Refusal};
use super::{path, payload};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{ResourceServer, Tenant};
use body::{ApiBody, ApiPatch, NEW_API, NewApi, PATCH, defaults};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:resource_servers"];
    cfg.service(
        path("/resource-servers")
            .route(guarded(Bucket::Other, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:resource_servers"],
                web::post().to(create),
            )),
    )
    .service(
        path("/resource-servers/{id}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:resource_servers"],
                web::patch().to(change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:resource_servers"],
                web::delete().to(remove),
            )),
    );
}

async fn list(state: web::Data<State>, http: HttpRequest, query: Query) -> Answer {
    query.only(&[OFFSET, FIELDS, &["identifiers"]])?;
    let offset = Offset::of(&query)?;
    let selection = query.selection(&[])?;
    let hosts = state.hosts();
    let identifiers: Vec<String> = query
        .all("identifiers")
        .map(|one| hosts.kept(one.to_owned(), &http))
        .collect();
    let wanted =
        |api: &&ResourceServer| identifiers.is_empty() || identifiers.contains(&api.identifier);
    state.read(|tenant| {
        let apis = tenant.resource_servers.values().filter(wanted);
        Ok(offset.answer(
            "resource_servers",
            apis.map(|api| selection.of(&ApiBody::of(api, hosts, &http))),
        ))
    })
}

async fn create(state: web::Data<State>, http: HttpRequest, body: web::Bytes) -> Answer {
    let mut new: NewApi = payload::parse(&body, &NEW_API)?;
    new.identifier = state.hosts().kept(new.identifier, &http);
    state.write(|tenant| {
        if tenant.resource_servers.contains_key(&new.identifier) {
            return Err(Refusal::conflict(
                None,
                "A resource server with the same identifier already exists.",
            ));
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
        let answer = HttpResponse::Created().json(ApiBody::of(&api, state.hosts(), &http));
        tenant.resource_servers.insert(api.identifier.clone(), api);
        Ok(answer)
    })
}

async fn show(state: web::Data<State>, http: HttpRequest, id: web::Path<String>) -> Answer {
    let hosts = state.hosts();
    let id = hosts.kept(id.into_inner(), &http);
    state.read(|tenant| {
        let api = &tenant.resource_servers[&identifier(tenant, &id)?];
        Ok(HttpResponse::Ok().json(ApiBody::of(api, hosts, &http)))
    })
}

async fn change(
    state: web::Data<State>,
    http: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let patch: ApiPatch = payload::parse(&body, &PATCH)?;
    if patch.extra.contains_key("identifier") {
        return Err(Refusal::body(
            "Payload validation error: 'Additional properties not allowed: identifier'.",
        ));
    }
    state.write(|tenant| {
        let identifier = identifier(tenant, &id)?;
        let api = tenant
            .resource_servers
            .get_mut(&identifier)
            .expect("found above");
        if api.is_system {
            return Err(Refusal::not_supported());
        }
        patch.apply(api);
        Ok(HttpResponse::Ok().json(ApiBody::of(api, state.hosts(), &http)))
    })
}

/// Its permissions leave every role and its grants go; a second delete answers the same.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        let Ok(identifier) = identifier(tenant, &id) else {
            return Ok(HttpResponse::NoContent().finish());
        };
        if tenant.resource_servers[&identifier].is_system {
            return Err(Refusal::not_supported());
        }
        tenant.resource_servers.remove(&identifier);
        for role in tenant.roles.values_mut() {
            role.permissions.retain(|(api, _)| *api != identifier);
        }
        let grants = tenant
            .client_grants
            .values()
            .filter(|grant| grant.audience == identifier);
        let grants: Vec<String> = grants.map(|grant| grant.id.clone()).collect();
        for grant in grants {
            super::client_grants::remove_grant(tenant, &grant);
        }
        Ok(HttpResponse::NoContent().finish())
    })
}

/// An API is asked for by its id or by its identifier, and kept by the latter.
fn identifier(tenant: &Tenant, id: &str) -> Result<String, Refusal> {
    let named = tenant
        .resource_servers
        .values()
        .find(|api| api.id == id || api.identifier == id);
    named
        .map(|api| api.identifier.clone())
        .ok_or_else(|| Refusal::missing(Missing::ResourceServer))
}
