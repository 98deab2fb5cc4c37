//! Deletes a project for good.

use actix_web::{HttpResponse, delete, web};
use domain::ProjectId;
use serde_json::json;
use store::NewAuditEvent;

use super::Caller;
use crate::app::AppState;
use crate::auth::permissions::WriteProjects;
use crate::auth::{Authorized, Me};
use crate::body::PathId;
use crate::etag::{IfMatch, PreconditionProblems};
use crate::middleware::RequestId;
use crate::openapi::problems::{MeProblems, MissingProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;

/// Deletes a project of the organization.
#[utoipa::path(
    operation_id = "delete_project",
    tag = "projects",
    params(
        ("org_id" = String, Path),
        ("project_id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "Only when it is still this version"),
    ),
    responses((status = 204, description = "It is gone"), TenantProblems, FeatureProblems, PreconditionProblems),
)]
#[delete("/v1/orgs/{org_id}/projects/{project_id}")]
pub(super) async fn in_organization(
    caller: Authorized<WriteProjects>,
    state: web::Data<AppState>,
    id: PathId<ProjectId>,
    if_match: IfMatch,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    delete(caller.into(), &state, &id, &if_match, *request_id).await
}

/// Deletes a project of the caller's own.
#[utoipa::path(
    operation_id = "delete_my_project",
    tag = "projects",
    params(
        ("project_id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "Only when it is still this version"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        MeProblems,
        MissingProblems,
        FeatureProblems,
        PreconditionProblems,
    ),
)]
#[delete("/v1/me/projects/{project_id}")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    id: PathId<ProjectId>,
    if_match: IfMatch,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    delete(me.into(), &state, &id, &if_match, *request_id).await
}

async fn delete(
    mut caller: Caller,
    state: &AppState,
    id: &PathId<ProjectId>,
    if_match: &IfMatch,
    request_id: RequestId,
) -> Result<HttpResponse, Problem> {
    let project = caller
        .tx
        .project(id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    let now = state.clock.now();
    caller.guard(now).await?;
    if_match.check(project.version)?;
    let expected = if_match.is_given().then_some(project.version);
    if !caller.tx.delete_project(project.id, expected).await? {
        let overtaken = if expected.is_some() {
            Code::PreconditionFailed
        } else {
            Code::NotFound
        };
        return Err(Problem::new(overtaken));
    }
    let deleted = NewAuditEvent {
        before: Some(json!({ "name": project.name })),
        ..caller.event("project.deleted", project.id, request_id, now)
    };
    caller.tx.insert_audit_event(&deleted).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
