//! Creates a project.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::ProjectId;
use domain::usage::Metric;
use serde_json::json;
use store::{NewAuditEvent, Project};
use uuid::Uuid;

use super::{Caller, ProjectBody, ProjectRequest, location};
use crate::app::AppState;
use crate::auth::permissions::WriteProjects;
use crate::auth::{Authorized, Me};
use crate::body::Body;
use crate::etag::etag;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, MeProblems, TenantProblems};
use crate::problem::Problem;
use crate::routes::guard::FeatureProblems;
use crate::routes::usage::{self, UsageProblems};

/// The tenant is part of a key already.
const ROUTE: &str = "POST projects";

/// Creates a project in the organization. An answer that is replayed has no `Location` and no `ETag`.
#[utoipa::path(
    operation_id = "create_project",
    tag = "projects",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ProjectRequest,
    responses(
        (status = 201, body = ProjectBody, headers(("location" = String), ("etag" = String))),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        UsageProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/projects")]
pub(super) async fn in_organization(
    caller: Authorized<WriteProjects>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<ProjectRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    create(caller.into(), &state, &idempotency, &body, *request_id).await
}

/// Creates a project of the caller's own. An answer that is replayed has no `Location` and no `ETag`.
#[utoipa::path(
    operation_id = "create_my_project",
    tag = "projects",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = ProjectRequest,
    responses(
        (status = 201, body = ProjectBody, headers(("location" = String), ("etag" = String))),
        MeProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        UsageProblems,
    ),
)]
#[post("/v1/me/projects")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<ProjectRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    create(me.into(), &state, &idempotency, &body, *request_id).await
}

async fn create(
    mut caller: Caller,
    state: &AppState,
    idempotency: &Idempotency,
    body: &Body<ProjectRequest>,
    request_id: RequestId,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let name = body.parse()?.name()?;
    let begun = idempotency
        .begin(&mut caller.tx, &caller.user_id, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    caller.guard(now).await?;
    usage::spend(&mut caller.tx, Metric::ProjectsCreated, 1, now).await?;
    let id = ProjectId::from(Uuid::now_v7());
    let created_by = caller.user_id.clone();
    let project = Project {
        id,
        name,
        created_by,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    caller.tx.insert_project(&project).await?;
    let created = NewAuditEvent {
        after: Some(json!({ "name": project.name })),
        ..caller.event("project.created", id, request_id, now)
    };
    caller.tx.insert_audit_event(&created).await?;
    let headers = [location(caller.tx.tenant(), id), etag(project.version)];
    let mut response = attempt
        .finish(
            &mut caller.tx,
            StatusCode::CREATED,
            &ProjectBody::from(project),
        )
        .await?;
    caller.tx.commit().await?;
    headers
        .into_iter()
        .for_each(|(name, value)| drop(response.headers_mut().insert(name, value)));
    Ok(response)
}
