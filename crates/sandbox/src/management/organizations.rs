//! `/organizations` and everything under one.

mod body;
mod change;
mod connections;
mod create;
mod discovery_domains;
mod grants;
mod invitations;
mod list;
mod member_roles;
mod members;

use actix_web::{HttpResponse, web};

use super::call::guarded;
use super::path;
use super::refusal::{Answer, Missing, Refusal};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Organization, Tenant};
pub(crate) use body::OrganizationBody;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:organizations"];
    cfg.service(
        path("/organizations")
            .route(guarded(
                Bucket::ListOrganizations,
                &["read:organizations", "read:organizations_summary"],
                web::get().to(list::list),
            ))
            .route(guarded(
                Bucket::WriteOrganizations,
                &["create:organizations"],
                web::post().to(create::create),
            )),
    )
    .service(path("/organizations/name/{name}").route(guarded(
        Bucket::ReadOrganizationByName,
        read,
        web::get().to(by_name),
    )))
    .service(
        path("/organizations/{id}")
            .route(guarded(Bucket::ReadOrganization, read, web::get().to(show)))
            .route(guarded(
                Bucket::WriteOrganizations,
                &["update:organizations"],
                web::patch().to(change::change),
            ))
            .route(guarded(
                Bucket::WriteOrganizations,
                &["delete:organizations"],
                web::delete().to(remove),
            )),
    )
    .configure(connections::routes)
    .configure(discovery_domains::routes)
    .configure(members::routes)
    .configure(member_roles::routes)
    .configure(grants::routes)
    .configure(invitations::routes);
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| Ok(HttpResponse::Ok().json(OrganizationBody::of(find(tenant, &id)?))))
}

async fn by_name(state: web::Data<State>, name: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let named = tenant
            .organizations
            .values()
            .find(|organization| organization.name == *name);
        let organization = named.ok_or_else(|| Refusal::missing(Missing::Organization))?;
        Ok(HttpResponse::Ok().json(OrganizationBody::of(organization)))
    })
}

/// Memberships and enabled connections lie in the organization and go with it; users and connections stay.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    let now = state.clock().now();
    state.write(|tenant| {
        tenant.publish_deleted_organization(&id, now);
        match tenant.organizations.remove(id.as_str()) {
            Some(_) => Ok(HttpResponse::NoContent().finish()),
            None => Err(Refusal::missing(Missing::Organization)),
        }
    })
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Organization, Refusal> {
    tenant
        .organizations
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::Organization))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut Organization, Refusal> {
    tenant
        .organizations
        .get_mut(id)
        .ok_or_else(|| Refusal::missing(Missing::Organization))
}
