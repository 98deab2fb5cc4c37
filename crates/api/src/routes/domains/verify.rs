//! Has the proof of a domain looked for.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::{DomainId, DomainStatus, Feature};
use serde_json::json;
use store::Domain;

use super::{DomainBody, event};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::PathId;
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, TenantProblems};
use crate::problem::Problem;
use crate::routes::guard::FeatureProblems;

const ROUTE: &str = "POST domains/verify";

/// Looks for the TXT record, in the background: `status` says what it found. One that is verified already is looked for
/// again, as it is every 30 days.
#[utoipa::path(
    operation_id = "verify_domain",
    tag = "domains",
    params(
        ("org_id" = String, Path),
        ("domain_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 202, body = DomainBody, description = "It is being looked for"),
        TenantProblems,
        IdempotencyProblems,
        FeatureProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/domains/{domain_id}/verify")]
pub(super) async fn verify(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<DomainId>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let id = id.parse()?;
    let user_id = caller.token.person.user_id.clone();
    // There is no body: which domain it is tells one request from another.
    let begun = idempotency
        .begin(
            &mut caller.tx,
            &user_id,
            ROUTE,
            id.as_uuid().as_bytes(),
            now,
        )
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let before = caller.tx.lock_domain(id).await?;
    let before = before.ok_or_else(Problem::not_found)?;
    caller.guard(Feature::Sso, now).await?;
    let after = match before.status {
        DomainStatus::Verified => before,
        DomainStatus::Pending | DomainStatus::Failed => Domain {
            status: DomainStatus::Pending,
            failure: None,
            ..before
        },
    };
    caller.tx.save_domain(&after).await?;
    let payload = json!({ "domain_id": id });
    caller
        .tx
        .enqueue(kind::DOMAIN_PROOF, &id.to_string(), &payload, now)
        .await?;
    let asked = event(&caller, "domain.verification_asked", id, *request_id, now);
    caller.tx.insert_audit_event(&asked).await?;
    let body = DomainBody::of(&caller.organization, &after);
    let response = attempt
        .finish(&mut caller.tx, StatusCode::ACCEPTED, &body)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}
