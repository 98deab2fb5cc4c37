//! Suspends an organization and reinstates it. What is paid at Stripe goes on as it was: stopping that is a decision of
//! its own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::OrganizationId;
use serde::Deserialize;
use serde_json::json;
use store::{Customer, NewAuditEvent};
use utoipa::ToSchema;

use super::show::{self, OrganizationBody};
use crate::app::AppState;
use crate::audit;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::platform::{PlatformProblems, reason};

/// Why, as the organization's own audit trail will say it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuspensionRequest, examples(json!({ "reason": "The invoice of October is unpaid." })))]
struct SuspensionRequest {
    /// 1 to 500 characters. Its administrators can read it.
    reason: String,
}

/// The customer was changed by somebody else at this very moment.
struct ChangedProblems;

impl utoipa::IntoResponses for ChangedProblems {
    fn responses()
    -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        responses_of(&[Code::Conflict])
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Suspended,
    Reinstated,
}

impl Wanted {
    fn route(self) -> &'static str {
        match self {
            Self::Suspended => "POST suspend",
            Self::Reinstated => "POST reinstate",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Suspended => "organization.suspended",
            Self::Reinstated => "organization.reinstated",
        }
    }
}

/// Suspends an organization: from the next request on every member is refused, reads too, whatever token they hold.
/// Nothing changes at Stripe. One that is suspended already stays as it is.
#[utoipa::path(
    operation_id = "suspend_platform_organization",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = SuspensionRequest,
    responses(
        (status = 200, body = OrganizationBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        ChangedProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/suspend")]
pub(super) async fn suspend(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<SuspensionRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let request = (&caller, &idempotency, &body, *request_id);
    change(&state, org_id.parse()?, request, Wanted::Suspended).await
}

/// Reinstates a suspended organization: its members are let in again from the next request on.
#[utoipa::path(
    operation_id = "reinstate_platform_organization",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = SuspensionRequest,
    responses(
        (status = 200, body = OrganizationBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        ChangedProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/reinstate")]
pub(super) async fn reinstate(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<SuspensionRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let request = (&caller, &idempotency, &body, *request_id);
    change(&state, org_id.parse()?, request, Wanted::Reinstated).await
}

type Request<'a> = (
    &'a PlatformAdmin,
    &'a Idempotency,
    &'a Body<SuspensionRequest>,
    RequestId,
);

async fn change(
    state: &AppState,
    org_id: OrganizationId,
    (caller, idempotency, body, request_id): Request<'_>,
    wanted: Wanted,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = caller.organization(state, &org_id).await?;
    let reason = reason::checked(&body.parse()?.reason)?;
    let user = &caller.person.user_id;
    let begun = idempotency
        .begin(&mut tx, user, wanted.route(), body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    // One at a time, so that of two at once the second finds it done.
    tx.lock_members().await?;
    let before = tx.customer().await?.ok_or_else(Problem::not_found)?;
    if before.suspended_at.is_some() != (wanted == Wanted::Suspended) {
        let after = Customer {
            suspended_at: (wanted == Wanted::Suspended).then_some(now),
            updated_at: now,
            ..before
        };
        tx.save_customer(&after).await?;
        let target = format!("organization:{org_id}");
        let changed = NewAuditEvent {
            request_id: Some(request_id.to_string()),
            after: Some(json!({ "reason": reason })),
            ..audit::by_client(&caller.client_id, wanted.action(), target, now)
        };
        tx.insert_audit_event(&changed).await?;
    }
    let shown = show::of(&mut tx, org_id, now).await?;
    let response = attempt.finish(&mut tx, StatusCode::OK, &shown).await?;
    tx.commit().await?;
    Ok(response)
}
