//! `/roles`: the tenant's roles, which members of every organization are given by id.

mod permissions;
mod users;

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::call::guarded;
use super::paging::{OFFSET, Offset};
use super::query::{Query, invalid};
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema, TEXT};
use super::{path, payload};
use crate::ids;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Role, Tenant};

pub(super) const ROLE_ID: Kind = Kind::Format("role-id", is_role_id);

/// A list of role ids, as members and users are given them.
pub(super) const ROLES: Schema = Schema {
    required: &["roles"],
    properties: &[("roles", Kind::List(&ROLE_ID, 1, usize::MAX))],
    open: false,
};

#[derive(Deserialize)]
pub(super) struct Roles {
    pub(super) roles: BTreeSet<String>,
}

#[derive(Serialize)]
pub(super) struct RoleBody<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
}

impl<'a> RoleBody<'a> {
    pub(super) fn of(role: &'a Role) -> Self {
        Self {
            id: &role.id,
            name: &role.name,
            description: &role.description,
        }
    }
}

const NEW_ROLE: Schema = Schema {
    required: &["name"],
    properties: &[("name", Kind::Text(1, 50)), ("description", TEXT)],
    open: false,
};
const PATCH: Schema = Schema {
    required: &[],
    ..NEW_ROLE
};

#[derive(Deserialize)]
struct NewRole {
    name: String,
    description: Option<String>,
}

#[derive(Deserialize)]
struct RolePatch {
    name: Option<String>,
    description: Option<String>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:roles"];
    cfg.service(
        path("/roles")
            .route(guarded(Bucket::Other, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:roles"],
                web::post().to(create),
            )),
    )
    .service(
        path("/roles/{id}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:roles"],
                web::patch().to(change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:roles"],
                web::delete().to(remove),
            )),
    )
    .configure(permissions::routes)
    .configure(users::routes);
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[OFFSET, &["name_filter", "type"]])?;
    // The other type is an organization's own roles, of which there are none here.
    let are_wanted = match query.text("type") {
        None | Some("tenant") => true,
        Some("organization") => false,
        Some(other) => return Err(invalid(&format!("No enum match for: {other}"), "type")),
    };
    let offset = Offset::of(&query)?;
    let filter = query.text("name_filter").unwrap_or_default().to_lowercase();
    state.read(|tenant| {
        let named = tenant
            .roles
            .values()
            .filter(|role| are_wanted && role.name.to_lowercase().contains(&filter));
        Ok(offset.answer("roles", named.map(RoleBody::of)))
    })
}

/// Answers 200, unlike every other creation.
async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: NewRole = payload::parse(&body, &NEW_ROLE)?;
    state.write(|tenant| {
        refuse_taken_name(tenant, &new.name, None)?;
        let description = new.description.unwrap_or_else(|| new.name.clone());
        let role = Role {
            id: ids::role(),
            name: new.name,
            description,
            permissions: BTreeSet::new(),
        };
        let answer = HttpResponse::Ok().json(RoleBody::of(&role));
        tenant.roles.insert(role.id.clone(), role);
        Ok(answer)
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| Ok(HttpResponse::Ok().json(RoleBody::of(find(tenant, &id)?))))
}

async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let patch: RolePatch = payload::parse(&body, &PATCH)?;
    state.write(|tenant| {
        find(tenant, &id)?;
        if let Some(name) = &patch.name {
            refuse_taken_name(tenant, name, Some(&id))?;
        }
        let role = find_mut(tenant, &id)?;
        role.name = patch.name.unwrap_or_else(|| std::mem::take(&mut role.name));
        role.description = patch
            .description
            .unwrap_or_else(|| std::mem::take(&mut role.description));
        Ok(HttpResponse::Ok().json(RoleBody::of(role)))
    })
}

/// Takes the role from everybody who holds it.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        tenant
            .roles
            .remove(id.as_str())
            .ok_or_else(|| Refusal::missing(Missing::Role))?;
        for user in tenant.users.values_mut() {
            user.roles.remove(id.as_str());
        }
        for organization in tenant.organizations.values_mut() {
            for held in organization.member_roles.values_mut() {
                held.remove(id.as_str());
            }
        }
        Ok(HttpResponse::Ok().json(serde_json::json!({})))
    })
}

pub(super) fn refuse_unknown(tenant: &Tenant, roles: &BTreeSet<String>) -> Result<(), Refusal> {
    roles.iter().try_for_each(|id| find(tenant, id).map(|_| ()))
}

fn refuse_taken_name(tenant: &Tenant, name: &str, own: Option<&str>) -> Result<(), Refusal> {
    if tenant
        .roles
        .values()
        .any(|role| role.name == name && Some(role.id.as_str()) != own)
    {
        return Err(Refusal::conflict(
            Some("role_conflict"),
            "A role with the same name already exists.",
        ));
    }
    Ok(())
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Role, Refusal> {
    tenant
        .roles
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::Role))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut Role, Refusal> {
    tenant
        .roles
        .get_mut(id)
        .ok_or_else(|| Refusal::missing(Missing::Role))
}

fn is_role_id(text: &str) -> bool {
    text.strip_prefix("rol_")
        .is_some_and(|tail| tail.len() == 16 && tail.bytes().all(|b| b.is_ascii_alphanumeric()))
}
