//! Deletes an identity provider for good.

use actix_web::{HttpResponse, delete, web};
use domain::{IdentityProviderKey, Removal};

use super::removal::{RemovalProblems, order};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// Deletes the identity provider, its connection at Auth0 and the connection's accounts. Members who log in through it
/// are removed first, or it is detached instead. While `policies.sso` is `enforce`, the last one that has been tested
/// stays.
#[utoipa::path(
    operation_id = "delete_identity_provider",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses((status = 204, description = "It is gone"), TenantProblems, RemovalProblems),
)]
#[delete("/v1/orgs/{org_id}/identity-providers/{idp_id}")]
pub(super) async fn delete(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let (key, now) = (id.parse()?, state.clock.now());
    order(&mut caller, &key, Removal::Delete, *request_id, now).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
