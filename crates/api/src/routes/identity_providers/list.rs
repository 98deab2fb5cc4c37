//! Lists the organization's identity providers.

use actix_web::{get, web};

use super::IdentityProviderBody;
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::openapi::problems::TenantProblems;
use crate::pagination::PageBody;
use crate::problem::Problem;

/// All of the organization's identity providers, by name; there are never more than ten.
#[utoipa::path(
    operation_id = "list_identity_providers",
    tag = "identity providers",
    params(("org_id" = String, Path)),
    responses((status = 200, body = PageBody<IdentityProviderBody>), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/identity-providers")]
pub(super) async fn list(
    mut caller: Authorized<ReadIdentityProviders>,
) -> Result<web::Json<PageBody<IdentityProviderBody>>, Problem> {
    let mut items = Vec::new();
    for provider in caller.tx.identity_providers().await? {
        items.push(IdentityProviderBody::of(&mut caller.tx, provider).await?);
    }
    Ok(web::Json(PageBody {
        items,
        next_cursor: None,
    }))
}
