//! The tenant's roles: `/api/v2/roles`, following [Roles](https://auth0.com/docs/api/management/v2/roles).

use std::future::ready;

use futures::TryStreamExt;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::page::{self, Listing};
use crate::request::Request;

/// Defined once per tenant; assigned by id, per organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Role {
    /// `rol_` and 16 letters or digits.
    pub id: String,
    /// Unique in the tenant.
    pub name: String,
    /// For people.
    pub description: Option<String>,
}

/// What a role allows, at one API of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RolePermission {
    /// For example `projects:read`.
    pub permission_name: String,
    /// The API's audience.
    pub resource_server_identifier: String,
}

/// Calls below `/roles`, following [Roles](https://auth0.com/docs/api/management/v2/roles).
#[derive(Clone, Copy)]
pub struct Roles<'a>(pub(crate) &'a Client);

impl Roles<'_> {
    /// All roles, at most 1000: `GET /roles`, scope `read:roles`.
    pub fn list(self) -> Listing<Role> {
        page::by_offset(self.0, Request::get("roles", &[]), "roles")
    }

    /// All that a role allows: `GET /roles/{id}/permissions`, scope `read:roles`.
    pub fn permissions(self, id: &str) -> Listing<RolePermission> {
        let request = Request::get("roles/{}/permissions", &[id]);
        page::by_offset(self.0, request, "permissions")
    }

    /// The role of exactly this name: `GET /roles?name_filter=`, scope `read:roles`.
    pub async fn by_name(self, name: &str) -> Result<Option<Role>, Error> {
        // Auth0's filter also finds names that merely contain the text.
        let request = Request::get("roles", &[]).map(|all| all.query("name_filter", name));
        page::by_offset(self.0, request, "roles")
            .try_filter(|role: &Role| ready(role.name == name))
            .try_next()
            .await
    }
}
