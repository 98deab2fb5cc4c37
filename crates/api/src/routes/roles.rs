//! The roles that a member can have. They are the same in every organization.

use actix_web::{get, web};
use domain::{Permission, Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = Roles)]
struct RolesBody {
    items: Vec<RoleBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Role, examples(json!({
    "role": "org_readonly",
    "display_name": "Read-only",
    "permissions": ["organization:read", "members:read", "billing:read", "projects:read"],
})))]
struct RoleBody {
    /// `org_admin`, `org_member`, `org_billing`, `org_readonly`.
    role: &'static str,
    /// As people read it.
    display_name: &'static str,
    /// What it allows, as far as the access token allows it too. Several roles add up.
    permissions: Vec<&'static str>,
}

/// The four roles and what each may do.
#[utoipa::path(
    operation_id = "list_roles",
    tag = "members",
    params(("org_id" = String, Path)),
    responses((status = 200, body = RolesBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/roles")]
pub(super) async fn list(_: Authorized<ReadMembers>) -> Result<web::Json<RolesBody>, Problem> {
    let items = Role::ALL.iter().map(|role| RoleBody {
        role: role.as_str(),
        display_name: role.display_name(),
        permissions: role
            .permissions()
            .iter()
            .map(|permission| Permission::as_str(*permission))
            .collect(),
    });
    Ok(web::Json(RolesBody {
        items: items.collect(),
    }))
}
