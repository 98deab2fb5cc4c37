//! Refreshes which attributes are provisioned.

use actix_web::{put, web};
use domain::{Feature, IdentityProviderKey};
use serde_json::json;
use store::{NewAuditEvent, Provisioning};

use super::{Asker, ProvisioningBody, ProvisioningProblems, auth0, provider, refused, set_up};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::routes::guard::FeatureProblems;
use crate::routes::identity_providers::target;
use crate::workflows::provisioning;

/// Gives the identity provider Auth0's present map of attributes in place of the one from when it was set up.
#[utoipa::path(
    operation_id = "update_provisioning_attributes",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path)),
    responses((status = 200, body = ProvisioningBody), TenantProblems, FeatureProblems, ProvisioningProblems),
)]
#[put("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning/update-attributes")]
pub(super) async fn update_attributes(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    request_id: web::ReqData<RequestId>,
) -> Result<web::Json<ProvisioningBody>, Problem> {
    let now = state.clock.now();
    let provider = provider(&mut caller, &id.parse()?).await?;
    caller.guard(Feature::Scim, now).await?;
    let before = set_up(&mut caller.tx, &provider).await?;
    let asker = Asker::of(&caller);
    drop(caller);
    let attribute = &before.user_id_attribute;
    let changed = provisioning::refresh(auth0(&state)?, &before.connection_id, attribute)
        .await
        .map_err(|error| refused(&error))?;
    let mut tx = asker.again(&state).await?;
    let after = Provisioning {
        attributes: provisioning::attributes(&changed),
        updated_at: now,
        ..before.clone()
    };
    if !tx.save_provisioning(&after).await? {
        return Err(Problem::not_found());
    }
    let updated = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(json!({ "attributes": before.attributes })),
        after: Some(json!({ "attributes": after.attributes })),
        ..audit::by_person(
            &asker.user,
            "provisioning.attributes_updated",
            target(&provider),
            now,
        )
    };
    tx.insert_audit_event(&updated).await?;
    tx.commit().await?;
    Ok(web::Json(ProvisioningBody::of(
        &state,
        provider,
        Some(after),
    )))
}
