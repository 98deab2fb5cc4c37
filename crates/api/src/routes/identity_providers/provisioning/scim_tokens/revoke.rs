//! Revokes a SCIM token.

use actix_web::{HttpResponse, delete, web};
use domain::ScimTokenId;
use serde_json::json;
use store::NewAuditEvent;

use super::told;
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::routes::identity_providers::provisioning::{ParentKey, provider};
use crate::routes::identity_providers::target;

/// Revokes a token. Auth0 refuses it within seconds.
#[utoipa::path(
    operation_id = "revoke_scim_token",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path), ("token_id" = String, Path)),
    responses((status = 204), TenantProblems),
)]
#[delete("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning/scim-tokens/{token_id}")]
pub(super) async fn revoke(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    provider_id: ParentKey,
    id: PathId<ScimTokenId>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let id = id.parse()?;
    let provider = provider(&mut caller, &provider_id.parse()?).await?;
    let tokens = caller.tx.scim_tokens(&provider.name).await?;
    let mut made = tokens
        .into_iter()
        .filter_map(|token| Some((token.id, token.made?)));
    let (row, made) = made
        .find(|(_, made)| made.token_id == id)
        .ok_or_else(Problem::not_found)?;
    caller.tx.delete_scim_token(row).await?;
    let payload = json!({ "connection_id": provider.connection_id, "token_id": id });
    let key = id.as_ref();
    caller
        .tx
        .enqueue(kind::SCIM_TOKEN_END, key, &payload, now)
        .await?;
    let user = &caller.token.person.user_id;
    let revoked = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(told(&provider, &made)),
        ..audit::by_person(user, "scim_token.revoked", target(&provider), now)
    };
    caller.tx.insert_audit_event(&revoked).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
