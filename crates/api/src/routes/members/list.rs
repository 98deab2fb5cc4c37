//! Lists the members, or those whose name, a word of it or e-mail address begins in some way.

use actix_web::{get, web};

use super::MemberBody;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The members, by user id.
#[utoipa::path(
    operation_id = "list_members",
    tag = "members",
    params(
        ("org_id" = String, Path),
        PageQuery,
        ("q" = Option<String>, Query, description = "How the name, a word of it or the e-mail address begins; case does not matter"),
    ),
    responses((status = 200, body = PageBody<MemberBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/members")]
pub(super) async fn list(
    mut caller: Authorized<ReadMembers>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<MemberBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "members",
    };
    let (page, filters) = page.parse_filtered(key, list, &["q"])?;
    let members = match filters.get("q") {
        Some(beginning) => caller.tx.search_members(beginning, &page).await?,
        None => caller.tx.members(&page).await?,
    };
    Ok(web::Json(PageBody::new(
        members,
        |member| member.membership.person.user_id.clone(),
        MemberBody::from,
        key,
        list,
    )))
}
