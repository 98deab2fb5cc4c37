//! Ends provisioning.

use actix_web::{HttpResponse, delete, web};
use domain::IdentityProviderKey;
use serde_json::json;
use store::NewAuditEvent;

use super::provider;
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::routes::identity_providers::target;

/// Ends provisioning, and all of its tokens within seconds. The accounts stay, and stay members.
#[utoipa::path(
    operation_id = "delete_provisioning",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses((status = 204), TenantProblems),
)]
#[delete("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning")]
pub(super) async fn remove(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let provider = provider(&mut caller, &id.parse()?).await?;
    if let Some(known) = caller.tx.provisioning(&provider.name).await? {
        let now = state.clock.now();
        caller.tx.delete_provisioning(&provider.name).await?;
        let payload = json!({ "connection_id": known.connection_id });
        let key = known.connection_id.as_ref();
        caller
            .tx
            .enqueue(kind::PROVISIONING_END, key, &payload, now)
            .await?;
        let user = &caller.token.person.user_id;
        let removed = NewAuditEvent {
            request_id: Some(request_id.to_string()),
            ..audit::by_person(user, "provisioning.deleted", target(&provider), now)
        };
        caller.tx.insert_audit_event(&removed).await?;
        caller.tx.commit().await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
