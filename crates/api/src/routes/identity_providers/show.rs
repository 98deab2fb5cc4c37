//! Shows one identity provider.

use actix_web::{HttpResponse, get};
use domain::IdentityProviderKey;

use super::{IdentityProviderBody, shown};
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// One of the organization's identity providers. Its secrets are never shown.
#[utoipa::path(
    operation_id = "show_identity_provider",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses(
        (status = 200, body = IdentityProviderBody,
            headers(("etag" = String, description = "Its version, for `If-Match`"))),
        TenantProblems,
    ),
)]
#[get("/v1/orgs/{org_id}/identity-providers/{idp_id}")]
pub(super) async fn show(
    mut caller: Authorized<ReadIdentityProviders>,
    id: PathId<IdentityProviderKey>,
) -> Result<HttpResponse, Problem> {
    let found = caller.tx.identity_provider(&id.parse()?).await?;
    let provider = found.ok_or_else(Problem::not_found)?;
    shown(&mut caller.tx, provider).await
}
