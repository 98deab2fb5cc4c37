//! `/roles/{id}/permissions`.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{OFFSET, Offset};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Refusal};
use crate::management::schema::{Kind, Schema, TEXT};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::Tenant;

const PERMISSION: Schema = Schema {
    required: &["resource_server_identifier", "permission_name"],
    properties: &[
        ("resource_server_identifier", TEXT),
        ("permission_name", TEXT),
    ],
    open: false,
};

const PERMISSIONS: Schema = Schema {
    required: &["permissions"],
    properties: &[(
        "permissions",
        Kind::List(&Kind::Object(&PERMISSION), 1, usize::MAX),
    )],
    open: false,
};

#[derive(Deserialize)]
struct Permissions {
    permissions: Vec<Permission>,
}

#[derive(Deserialize)]
struct Permission {
    resource_server_identifier: String,
    permission_name: String,
}

#[derive(Serialize)]
struct PermissionBody<'a> {
    permission_name: &'a str,
    description: &'a str,
    resource_server_name: &'a str,
    resource_server_identifier: &'a str,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/roles/{id}/permissions")
            .route(guarded(Bucket::Other, &["read:roles"], web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["update:roles"],
                web::post().to(add),
            ))
            .route(guarded(
                Bucket::Other,
                &["update:roles"],
                web::delete().to(remove),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET])?;
    let offset = Offset::of(&query)?;
    state.read(|tenant| {
        let held = find(tenant, &id)?.permissions.iter();
        Ok(offset.answer(
            "permissions",
            held.filter_map(|(api, name)| PermissionBody::of(tenant, api, name)),
        ))
    })
}

impl<'a> PermissionBody<'a> {
    /// `None` once the API has dropped the permission.
    fn of(tenant: &'a Tenant, identifier: &str, name: &str) -> Option<Self> {
        let api = tenant.resource_servers.get(identifier)?;
        let (permission_name, description) = api.scopes.get_key_value(name)?;
        Some(Self {
            permission_name,
            description,
            resource_server_name: &api.name,
            resource_server_identifier: &api.identifier,
        })
    }
}

impl Permissions {
    fn pairs(self) -> BTreeSet<(String, String)> {
        let pair = |permission: Permission| {
            (
                permission.resource_server_identifier,
                permission.permission_name,
            )
        };
        self.permissions.into_iter().map(pair).collect()
    }
}

async fn add(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let new: Permissions = payload::parse(&body, &PERMISSIONS)?;
    let pairs = new.pairs();
    state.write(|tenant| {
        find(tenant, &id)?;
        if let Some((api, name)) = pairs
            .iter()
            .find(|(api, name)| PermissionBody::of(tenant, api, name).is_none())
        {
            return Err(Refusal::body(format!(
                "Permission '{name}' of resource server '{api}' does not exist."
            )));
        }
        find_mut(tenant, &id)?.permissions.extend(pairs);
        Ok(HttpResponse::Created().json(serde_json::json!({})))
    })
}

async fn remove(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let gone: Permissions = payload::parse(&body, &PERMISSIONS)?;
    let pairs = gone.pairs();
    state.write(|tenant| {
        find_mut(tenant, &id)?
            .permissions
            .retain(|pair| !pairs.contains(pair));
        Ok(HttpResponse::Ok().json(serde_json::json!({})))
    })
}
