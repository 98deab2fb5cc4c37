//! Shows how an identity provider provisions.

use actix_web::{get, web};
use domain::IdentityProviderKey;

use super::{ProvisioningBody, provider};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// How the identity provider keeps its people's accounts, and the address to paste there.
#[utoipa::path(
    operation_id = "show_provisioning",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses((status = 200, body = ProvisioningBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning")]
pub(super) async fn show(
    mut caller: Authorized<ReadIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
) -> Result<web::Json<ProvisioningBody>, Problem> {
    let provider = provider(&mut caller, &id.parse()?).await?;
    let set_up = caller.tx.provisioning(&provider.name).await?;
    Ok(web::Json(ProvisioningBody::of(&state, provider, set_up)))
}
