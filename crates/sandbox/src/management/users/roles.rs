//! `/users/{id}/roles`: the roles of a person outside any organization.

use actix_web::{HttpResponse, web};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{OFFSET, Offset};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Refusal};
use crate::management::roles::{ROLES, RoleBody, Roles, refuse_unknown};
use crate::management::{path, payload};
use crate::state::State;

/// Roles that one user may hold.
const LIMIT: usize = 50;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/users/{id}/roles")
            .route(guarded(
                Bucket::ReadUsers,
                &["read:users", "read:roles", "read:role_members"],
                web::get().to(list),
            ))
            .route(guarded(
                Bucket::WriteUsers,
                &["update:users", "create:role_members"],
                web::post().to(assign),
            ))
            .route(guarded(
                Bucket::WriteUsers,
                &["update:users", "delete:role_members"],
                web::delete().to(take_away),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET])?;
    let offset = Offset::of(&query)?;
    state.read(|tenant| {
        let held = find(tenant, &id)?
            .roles
            .iter()
            .filter_map(|role| tenant.roles.get(role));
        Ok(offset.answer("roles", held.map(RoleBody::of)))
    })
}

async fn assign(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let new: Roles = payload::parse(&body, &ROLES)?;
    state.write(|tenant| {
        let mut held = find(tenant, &id)?.roles.clone();
        refuse_unknown(tenant, &new.roles)?;
        held.extend(new.roles);
        if held.len() > LIMIT {
            return Err(Refusal::body(format!(
                "A user can have at most {LIMIT} roles."
            )));
        }
        find_mut(tenant, &id)?.roles = held;
        Ok(HttpResponse::NoContent().finish())
    })
}

async fn take_away(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let gone: Roles = payload::parse(&body, &ROLES)?;
    state.write(|tenant| {
        find_mut(tenant, &id)?
            .roles
            .retain(|role| !gone.roles.contains(role));
        Ok(HttpResponse::NoContent().finish())
    })
}
