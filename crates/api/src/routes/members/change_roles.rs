//! Replaces a member's roles.

use std::collections::BTreeMap;

use actix_web::{put, web};
use domain::UserId;
use domain::member::keep_an_admin;
use serde::Deserialize;
use serde_json::json;
use store::{Membership, NewAuditEvent};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{MemberBody, event, follow, lock, names, require_write, wanted};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteMembers;
use crate::body::{Body, PathId};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::way_back::WayBack;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "roles": ["org_member", "org_billing"] })))]
struct RolesRequest {
    /// All that they are to have, and nothing else: `org_admin`, `org_member`, `org_billing`, `org_readonly`.
    #[schema(min_items = 1)]
    roles: Vec<String>,
}

/// Of operations after which an organization might have no administrator.
pub(super) struct LastAdminProblems;

impl IntoResponses for LastAdminProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::LastAdmin, Code::SsoEnforced])
    }
}

/// Replaces all roles of a member at once; their next request goes by the new ones, and Auth0 follows. The last
/// administrator stays one, and while `policies.sso` is `enforce` so does the last one who can break the glass.
#[utoipa::path(
    operation_id = "change_member_roles",
    tag = "members",
    params(
        ("org_id" = String, Path),
        ("user_id" = String, Path, description = "Percent-encoded: it contains a `|`"),
    ),
    request_body = RolesRequest,
    responses((status = 200, body = MemberBody), TenantProblems, BodyProblems, LastAdminProblems),
)]
#[put("/v1/orgs/{org_id}/members/{user_id}/roles")]
pub(super) async fn change_roles(
    mut caller: Authorized<WriteMembers>,
    state: web::Data<AppState>,
    user_id: PathId<UserId>,
    body: Body<RolesRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<web::Json<MemberBody>, Problem> {
    lock(&mut caller).await?;
    require_write(&caller)?;
    let user = user_id.parse()?;
    let mut member = caller
        .tx
        .member(&user)
        .await?
        .ok_or_else(Problem::not_found)?;
    let roles = wanted("roles", body.parse()?.roles)?;
    let before = member.membership.clone();
    if before.roles == roles {
        return Ok(web::Json(member.into()));
    }
    let others = caller.tx.count_admins_besides(&user).await?;
    keep_an_admin(&before.roles, &roles, others)?;
    let way_back = WayBack::before(&mut caller.tx).await?;
    let now = state.clock.now();
    member.membership = Membership {
        roles,
        ..before.clone()
    };
    caller.tx.save_membership(&member.membership).await?;
    way_back.keep(&mut caller.tx).await?;
    caller.tx.take_roles_as_given_by_hand(&user).await?;
    // Administrators have their seats first, so that may have changed as well.
    let shown = caller.tx.member(&user).await?;
    let shown = shown.ok_or_else(Problem::not_found)?;
    let changed = NewAuditEvent {
        before: Some(json!({ "roles": names(&before.roles) })),
        after: Some(json!({ "roles": names(&member.membership.roles) })),
        ..event(&caller, "member.roles_changed", &user, *request_id, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    follow(&mut caller.tx, &user, now).await?;
    caller.tx.commit().await?;
    Ok(web::Json(shown.into()))
}
