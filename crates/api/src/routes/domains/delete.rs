//! Gives a domain up.

use actix_web::{HttpResponse, delete, web};
use domain::{DomainId, DomainStatus};
use serde_json::json;
use store::NewAuditEvent;

use super::event;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::workflows::domain_routes;

/// Gives a domain up, whatever the plan: nobody is led to the organization by it any more, and another organization may
/// prove it. Members stay members. Claimed again it needs another record.
#[utoipa::path(
    operation_id = "delete_domain",
    tag = "domains",
    params(("org_id" = String, Path), ("domain_id" = String, Path)),
    responses((status = 204, description = "It is given up"), TenantProblems),
)]
#[delete("/v1/orgs/{org_id}/domains/{domain_id}")]
pub(super) async fn delete(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<DomainId>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let domain = caller.tx.lock_domain(id.parse()?).await?;
    let domain = domain.ok_or_else(Problem::not_found)?;
    if domain.status == DomainStatus::Verified {
        domain_routes::release(&mut caller.tx, &domain.name, now).await?;
    }
    caller.tx.delete_domain(domain.id).await?;
    let deleted = NewAuditEvent {
        before: Some(json!({ "domain": domain.name.as_ref(), "status": domain.status })),
        ..event(&caller, "domain.deleted", domain.id, *request_id, now)
    };
    caller.tx.insert_audit_event(&deleted).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
