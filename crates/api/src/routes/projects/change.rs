//! Changes a project, unless somebody else did so since it was read.

use actix_web::{HttpResponse, patch, web};
use domain::ProjectId;
use serde_json::json;
use store::{NewAuditEvent, Project};

use super::{Caller, ProjectBody, ProjectRequest, shown};
use crate::app::AppState;
use crate::auth::permissions::WriteProjects;
use crate::auth::{Authorized, Me};
use crate::body::{Body, PathId};
use crate::etag::{IfMatch, RequiredPreconditionProblems};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, MeProblems, MissingProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;

/// Renames a project of the organization.
#[utoipa::path(
    operation_id = "change_project",
    tag = "projects",
    params(
        ("org_id" = String, Path),
        ("project_id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The `ETag` that was read"),
    ),
    request_body = ProjectRequest,
    responses(
        (status = 200, body = ProjectBody, headers(("etag" = String, description = "Its new version"))),
        TenantProblems,
        BodyProblems,
        FeatureProblems,
        RequiredPreconditionProblems,
    ),
)]
#[patch("/v1/orgs/{org_id}/projects/{project_id}")]
pub(super) async fn in_organization(
    caller: Authorized<WriteProjects>,
    state: web::Data<AppState>,
    id: PathId<ProjectId>,
    if_match: IfMatch,
    body: Body<ProjectRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    change(caller.into(), &state, &id, &if_match, &body, *request_id).await
}

/// Renames a project of the caller's own.
#[utoipa::path(
    operation_id = "change_my_project",
    tag = "projects",
    params(
        ("project_id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The `ETag` that was read"),
    ),
    request_body = ProjectRequest,
    responses(
        (status = 200, body = ProjectBody, headers(("etag" = String, description = "Its new version"))),
        MeProblems,
        MissingProblems,
        BodyProblems,
        FeatureProblems,
        RequiredPreconditionProblems,
    ),
)]
#[patch("/v1/me/projects/{project_id}")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    id: PathId<ProjectId>,
    if_match: IfMatch,
    body: Body<ProjectRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    change(me.into(), &state, &id, &if_match, &body, *request_id).await
}

async fn change(
    mut caller: Caller,
    state: &AppState,
    id: &PathId<ProjectId>,
    if_match: &IfMatch,
    body: &Body<ProjectRequest>,
    request_id: RequestId,
) -> Result<HttpResponse, Problem> {
    let before = caller
        .tx
        .project(id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    let name = body.parse()?.name()?;
    let now = state.clock.now();
    caller.guard(now).await?;
    if_match.require(before.version)?;
    let after = Project {
        name,
        updated_at: now,
        ..before.clone()
    };
    let version = caller
        .tx
        .save_project(&after)
        .await?
        .ok_or_else(|| Problem::new(Code::PreconditionFailed))?;
    let changed = NewAuditEvent {
        before: Some(json!({ "name": before.name })),
        after: Some(json!({ "name": after.name })),
        ..caller.event("project.changed", after.id, request_id, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    caller.tx.commit().await?;
    Ok(shown(Project { version, ..after }))
}
