//! Shows one project.

use actix_web::{HttpResponse, get};
use domain::ProjectId;

use super::{Caller, ProjectBody, shown};
use crate::auth::permissions::ReadProjects;
use crate::auth::{Authorized, Me};
use crate::body::PathId;
use crate::openapi::problems::{MeProblems, MissingProblems, TenantProblems};
use crate::problem::Problem;

/// One of the organization's projects.
#[utoipa::path(
    operation_id = "show_project",
    tag = "projects",
    params(("org_id" = String, Path), ("project_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = ProjectBody, headers(("etag" = String, description = "Its version, for `If-Match`"))),
        TenantProblems,
    ),
)]
#[get("/v1/orgs/{org_id}/projects/{project_id}")]
pub(super) async fn in_organization(
    caller: Authorized<ReadProjects>,
    id: PathId<ProjectId>,
) -> Result<HttpResponse, Problem> {
    show(caller.into(), &id).await
}

/// One of the caller's own projects.
#[utoipa::path(
    operation_id = "show_my_project",
    tag = "projects",
    params(("project_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = ProjectBody, headers(("etag" = String, description = "Its version, for `If-Match`"))),
        MeProblems,
        MissingProblems,
    ),
)]
#[get("/v1/me/projects/{project_id}")]
pub(super) async fn of_me(me: Me, id: PathId<ProjectId>) -> Result<HttpResponse, Problem> {
    show(me.into(), &id).await
}

async fn show(mut caller: Caller, id: &PathId<ProjectId>) -> Result<HttpResponse, Problem> {
    let project = caller
        .tx
        .project(id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(shown(project))
}
