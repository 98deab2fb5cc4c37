//! Lists the organization's domains.

use actix_web::{get, web};

use super::DomainBody;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The organization's domains, oldest first.
#[utoipa::path(
    operation_id = "list_domains",
    tag = "domains",
    params(("org_id" = String, Path), PageQuery),
    responses((status = 200, body = PageBody<DomainBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/domains")]
pub(super) async fn list(
    mut caller: Authorized<ReadIdentityProviders>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<DomainBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "domains",
    };
    let domains = caller.tx.domains(&page.parse(key, list)?).await?;
    let organization = &caller.organization;
    Ok(web::Json(PageBody::new(
        domains,
        |domain| domain.id,
        |domain| DomainBody::of(organization, &domain),
        key,
        list,
    )))
}
