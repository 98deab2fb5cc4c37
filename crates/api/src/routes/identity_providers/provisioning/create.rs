//! Sets provisioning up.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::{Feature, IdentityProviderKey};
use serde_json::json;
use store::{NewAuditEvent, Provisioning, StoreError};

use super::{Asker, ProvisioningBody, ProvisioningProblems, auth0, connection, provider, refused};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::routes::identity_providers::target;
use crate::workflows::provisioning;

const ROUTE: &str = "POST provisioning";

/// Has the identity provider create, change and end its people's accounts by SCIM. Whoever it creates becomes a member
/// with the default role, as long as there are seats; whoever it deactivates or deletes is out at once. Then make a
/// token, and paste it there with `scim_url`.
///
/// Needs a plan with `scim`.
#[utoipa::path(
    operation_id = "create_provisioning",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = ProvisioningBody),
        TenantProblems,
        IdempotencyProblems,
        FeatureProblems,
        ProvisioningProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers/{idp_id}/provisioning")]
pub(super) async fn create(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let provider = provider(&mut caller, &id.parse()?).await?;
    let asker = Asker::of(&caller);
    // There is no body: which identity provider it is tells one request from another.
    let begun = idempotency
        .begin(
            &mut caller.tx,
            &asker.user,
            ROUTE,
            provider.name.as_ref().as_bytes(),
            now,
        )
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    caller.guard(Feature::Scim, now).await?;
    let connection = connection(&provider)?;
    if caller.tx.provisioning(&provider.name).await?.is_some() {
        return Err(taken());
    }
    caller.tx.commit().await?;
    let made = provisioning::set_up(auth0(&state)?, &connection)
        .await
        .map_err(|error| refused(&error))?;
    let mut tx = asker.again(&state).await?;
    let new = Provisioning {
        identity_provider: provider.name.clone(),
        connection_id: connection,
        attributes: provisioning::attributes(&made),
        user_id_attribute: made.user_id_attribute,
        keeps_groups: false,
        created_at: now,
        updated_at: now,
    };
    match tx.insert_provisioning(&new).await {
        Err(StoreError::Taken { .. }) => return Err(taken()),
        inserted => inserted?,
    }
    let created = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(json!({ "method": "scim", "user_id_attribute": new.user_id_attribute })),
        ..audit::by_person(&asker.user, "provisioning.created", target(&provider), now)
    };
    tx.insert_audit_event(&created).await?;
    let body = ProvisioningBody::of(&state, provider, Some(new));
    let response = attempt.finish(&mut tx, StatusCode::CREATED, &body).await?;
    tx.commit().await?;
    Ok(response)
}

fn taken() -> Problem {
    Problem::new(Code::Conflict).detail("Provisioning is set up already.")
}
