//! Takes an identity provider out of the organization and leaves its connection to Auth0.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::{IdentityProviderKey, Removal};

use super::IdentityProviderBody;
use super::removal::{RemovalProblems, order};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, TenantProblems};
use crate::problem::Problem;

const ROUTE: &str = "POST identity-providers/detach";

/// Takes the identity provider out of the organization. Its connection stays at Auth0 with its accounts, offered to
/// nobody; an identity provider of the same name and strategy takes it up again. Members who log in through it are
/// removed first; while `policies.sso` is `enforce`, the last one that has been tested stays. Answers what it was.
#[utoipa::path(
    operation_id = "detach_identity_provider",
    tag = "identity providers",
    params(
        ("org_id" = String, Path),
        ("idp_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = IdentityProviderBody),
        TenantProblems,
        IdempotencyProblems,
        RemovalProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers/{idp_id}/detach")]
pub(super) async fn detach(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let (key, now) = (id.parse()?, state.clock.now());
    let user = caller.token.person.user_id.clone();
    // There is no body: which one it is tells one request from another.
    let which = key.to_string();
    let begun = idempotency.begin(&mut caller.tx, &user, ROUTE, which.as_bytes(), now);
    let attempt = match begun.await? {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let before = order(&mut caller, &key, Removal::Detach, *request_id, now).await?;
    let was = IdentityProviderBody::of(&mut caller.tx, before).await?;
    let response = attempt.finish(&mut caller.tx, StatusCode::OK, &was).await?;
    caller.tx.commit().await?;
    Ok(response)
}
