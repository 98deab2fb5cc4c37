//! Shows one domain.

use actix_web::{get, web};
use domain::DomainId;

use super::DomainBody;
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// One of the organization's domains.
#[utoipa::path(
    operation_id = "show_domain",
    tag = "domains",
    params(("org_id" = String, Path), ("domain_id" = String, Path)),
    responses((status = 200, body = DomainBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/domains/{domain_id}")]
pub(super) async fn show(
    mut caller: Authorized<ReadIdentityProviders>,
    id: PathId<DomainId>,
) -> Result<web::Json<DomainBody>, Problem> {
    let domain = caller.tx.domain(id.parse()?).await?;
    let domain = domain.ok_or_else(Problem::not_found)?;
    Ok(web::Json(DomainBody::of(&caller.organization, &domain)))
}
