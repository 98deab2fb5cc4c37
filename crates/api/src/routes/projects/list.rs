//! Lists projects.

use actix_web::{get, web};

use super::{Caller, ProjectBody};
use crate::app::AppState;
use crate::auth::permissions::ReadProjects;
use crate::auth::{Authorized, Me};
use crate::openapi::problems::{MeProblems, PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The organization's projects, oldest first.
#[utoipa::path(
    operation_id = "list_projects",
    tag = "projects",
    params(("org_id" = String, Path), PageQuery),
    responses((status = 200, body = PageBody<ProjectBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/projects")]
pub(super) async fn in_organization(
    caller: Authorized<ReadProjects>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<ProjectBody>>, Problem> {
    list(caller.into(), &state, &page).await
}

/// The caller's own projects, oldest first.
#[utoipa::path(
    operation_id = "list_my_projects",
    tag = "projects",
    params(PageQuery),
    responses((status = 200, body = PageBody<ProjectBody>), MeProblems, PageProblems),
)]
#[get("/v1/me/projects")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<ProjectBody>>, Problem> {
    list(me.into(), &state, &page).await
}

async fn list(
    mut caller: Caller,
    state: &AppState,
    page: &PageQuery,
) -> Result<web::Json<PageBody<ProjectBody>>, Problem> {
    let tenant = caller.tx.tenant().clone();
    let key = &state.config.cursor_key;
    let list = List {
        tenant: tenant.as_str(),
        name: "projects",
    };
    let projects = caller.tx.projects(&page.parse(key, list)?).await?;
    Ok(web::Json(PageBody::new(
        projects,
        |project| project.id,
        ProjectBody::from,
        key,
        list,
    )))
}
