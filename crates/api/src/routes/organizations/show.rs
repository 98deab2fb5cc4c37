//! Shows the organization.

use actix_web::{HttpResponse, get, web};

use super::{OrganizationBody, shown};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadOrganization;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// The organization that the caller has logged in to.
#[utoipa::path(
    operation_id = "show_organization",
    tag = "organizations",
    params(("org_id" = String, Path)),
    responses(
        (status = 200, body = OrganizationBody, headers(("etag" = String, description = "Its version"))),
        TenantProblems,
    ),
)]
#[get("/v1/orgs/{org_id}")]
pub(super) async fn show(
    mut caller: Authorized<ReadOrganization>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let customer = caller.tx.customer().await?.ok_or_else(Problem::not_found)?;
    let deletion = caller.tx.deletion().await?;
    shown(&state, caller.organization, customer, deletion)
}
