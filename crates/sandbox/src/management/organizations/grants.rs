//! `/organizations/{id}/client-grants`: which machine clients may act in an organization.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::client_grants::{AssociatedGrantBody, ClientGrantBody};
use crate::management::paging::{OFFSET, Offset};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Schema, TEXT};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::ClientGrant;

const NEW_ASSOCIATION: Schema = Schema {
    required: &["grant_id"],
    properties: &[("grant_id", TEXT)],
    open: false,
};

#[derive(Deserialize)]
struct NewAssociation {
    grant_id: String,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let (read, write) = (
        Bucket::ReadOrganizationGrants,
        Bucket::WriteOrganizationGrants,
    );
    cfg.service(
        path("/organizations/{id}/client-grants")
            .route(guarded(
                read,
                &["read:organization_client_grants"],
                web::get().to(list),
            ))
            .route(guarded(
                write,
                &["create:organization_client_grants"],
                web::post().to(associate),
            )),
    )
    .service(
        path("/organizations/{id}/client-grants/{grant_id}").route(guarded(
            write,
            &["delete:organization_client_grants"],
            web::delete().to(dissociate),
        )),
    );
}

async fn list(
    state: web::Data<State>,
    http: HttpRequest,
    id: web::Path<String>,
    query: Query,
) -> Answer {
    query.only(&[OFFSET, &["audience", "client_id", "grant_ids"]])?;
    let offset = Offset::of(&query)?;
    let wanted: Vec<&str> = query.all("grant_ids").collect();
    let hosts = state.hosts();
    let audience = query
        .text("audience")
        .map(|audience| hosts.kept(audience.to_owned(), &http));
    let matches = |grant: &&ClientGrant| {
        audience
            .as_ref()
            .is_none_or(|audience| grant.audience == *audience)
            && query
                .text("client_id")
                .is_none_or(|client_id| grant.client_id == client_id)
            && (wanted.is_empty() || wanted.contains(&grant.id.as_str()))
    };
    state.read(|tenant| {
        let grants = find(tenant, &id)?
            .client_grants
            .iter()
            .filter_map(|id| tenant.client_grants.get(id));
        Ok(offset.answer(
            "client_grants",
            grants
                .filter(matches)
                .map(|grant| ClientGrantBody::of(grant, hosts, &http).in_organization()),
        ))
    })
}

async fn associate(
    state: web::Data<State>,
    http: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let new: NewAssociation = payload::parse(&body, &NEW_ASSOCIATION)?;
    state.write(|tenant| {
        find(tenant, &id)?;
        let grant = tenant
            .client_grants
            .get(&new.grant_id)
            .ok_or_else(|| Refusal::missing(Missing::ClientGrant))?;
        let answer =
            HttpResponse::Created().json(AssociatedGrantBody::of(grant, state.hosts(), &http));
        if !find_mut(tenant, &id)?.client_grants.insert(new.grant_id) {
            return Err(Refusal::conflict(
                None,
                "The client grant is already associated with this organization.",
            ));
        }
        Ok(answer)
    })
}

async fn dissociate(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    state.write(|tenant| {
        find_mut(tenant, &ids.0)?.client_grants.remove(&ids.1);
        Ok(HttpResponse::NoContent().finish())
    })
}
