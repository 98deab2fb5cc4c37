//! Shows one member.

use actix_web::{get, web};
use domain::UserId;

use super::MemberBody;
use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// One member.
#[utoipa::path(
    operation_id = "show_member",
    tag = "members",
    params(
        ("org_id" = String, Path),
        ("user_id" = String, Path, description = "Percent-encoded: it contains a `|`"),
    ),
    responses((status = 200, body = MemberBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/members/{user_id}")]
pub(super) async fn show(
    mut caller: Authorized<ReadMembers>,
    user_id: PathId<UserId>,
) -> Result<web::Json<MemberBody>, Problem> {
    let member = caller
        .tx
        .member(&user_id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(web::Json(member.into()))
}
