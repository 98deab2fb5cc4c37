//! Lists an identity provider's SCIM tokens.

use actix_web::{get, web};
use domain::IdentityProviderKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::ScimTokenBody;
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::routes::identity_providers::provisioning::provider;

#[derive(Serialize, ToSchema)]
#[schema(as = ScimTokens)]
struct ScimTokensBody {
    scim_tokens: Vec<ScimTokenBody>,
}

/// The identity provider's tokens, oldest first, without their secrets.
#[utoipa::path(
    operation_id = "list_scim_tokens",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses((status = 200, body = ScimTokensBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning/scim-tokens")]
pub(super) async fn list(
    mut caller: Authorized<ReadIdentityProviders>,
    id: PathId<IdentityProviderKey>,
) -> Result<web::Json<ScimTokensBody>, Problem> {
    let provider = provider(&mut caller, &id.parse()?).await?;
    let tokens = caller.tx.scim_tokens(&provider.name).await?;
    let scim_tokens = tokens.into_iter().filter_map(ScimTokenBody::of).collect();
    Ok(web::Json(ScimTokensBody { scim_tokens }))
}
