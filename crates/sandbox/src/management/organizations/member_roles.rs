//! `/organizations/{id}/members/{user_id}/roles`.

use actix_web::{HttpResponse, web};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{OFFSET, Offset};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::roles::{ROLES, RoleBody, Roles, refuse_unknown};
use crate::management::{path, payload};
use crate::state::State;

/// Roles that one member may hold in one organization.
const LIMIT: usize = 50;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let (read, write) = (Bucket::ReadMemberRoles, Bucket::WriteMemberRoles);
    cfg.service(
        path("/organizations/{id}/members/{user_id}/roles")
            .route(guarded(
                read,
                &["read:organization_member_roles"],
                web::get().to(list),
            ))
            .route(guarded(
                write,
                &["create:organization_member_roles"],
                web::post().to(assign),
            ))
            .route(guarded(
                write,
                &["delete:organization_member_roles"],
                web::delete().to(take_away),
            )),
    );
}

async fn list(state: web::Data<State>, ids: web::Path<(String, String)>, query: Query) -> Answer {
    query.only(&[OFFSET])?;
    let offset = Offset::of(&query)?;
    let (id, user_id) = ids.into_inner();
    state.read(|tenant| {
        let organization = find(tenant, &id)?;
        if !organization.members.contains_key(&user_id) {
            return Err(Refusal::missing(Missing::User));
        }
        let held = organization
            .member_roles
            .get(&user_id)
            .into_iter()
            .flatten();
        Ok(offset.answer(
            "roles",
            held.filter_map(|role| tenant.roles.get(role))
                .map(RoleBody::of),
        ))
    })
}

/// Roles may be given before the membership; they show once it exists.
async fn assign(
    state: web::Data<State>,
    ids: web::Path<(String, String)>,
    body: web::Bytes,
) -> Answer {
    let new: Roles = payload::parse(&body, &ROLES)?;
    let (id, user_id) = ids.into_inner();
    let now = state.clock().now();
    state.write(|tenant| {
        find(tenant, &id)?;
        if !tenant.users.contains_key(&user_id) {
            return Err(Refusal::missing(Missing::User));
        }
        refuse_unknown(tenant, &new.roles)?;
        let mut held = find(tenant, &id)?
            .member_roles
            .get(&user_id)
            .cloned()
            .unwrap_or_default();
        let added: Vec<String> = new.roles.difference(&held).cloned().collect();
        held.extend(new.roles);
        if held.len() > LIMIT {
            return Err(Refusal::conflict(
                None,
                format!("A member can have at most {LIMIT} roles in an organization."),
            ));
        }
        let organization = find_mut(tenant, &id)?;
        organization.is_changing(&user_id, now);
        organization.member_roles.insert(user_id.clone(), held);
        for role in added {
            let kind = "organization.member.role.assigned";
            tenant.publish_member_role(kind, (&id, &user_id), &role, now);
        }
        Ok(HttpResponse::NoContent().finish())
    })
}

async fn take_away(
    state: web::Data<State>,
    ids: web::Path<(String, String)>,
    body: web::Bytes,
) -> Answer {
    let gone: Roles = payload::parse(&body, &ROLES)?;
    let (id, user_id) = ids.into_inner();
    let now = state.clock().now();
    state.write(|tenant| {
        refuse_unknown(tenant, &gone.roles)?;
        let organization = find_mut(tenant, &id)?;
        organization.is_changing(&user_id, now);
        let Some(held) = organization.member_roles.get_mut(&user_id) else {
            return Ok(HttpResponse::NoContent().finish());
        };
        let taken: Vec<String> = gone.roles.intersection(held).cloned().collect();
        held.retain(|role| !gone.roles.contains(role));
        for role in taken {
            let kind = "organization.member.role.deleted";
            tenant.publish_member_role(kind, (&id, &user_id), &role, now);
        }
        Ok(HttpResponse::NoContent().finish())
    })
}
