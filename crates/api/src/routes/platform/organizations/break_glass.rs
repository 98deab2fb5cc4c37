//! Breaks the glass for an administrator who cannot.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::{OrganizationId, Role, UserId};
use serde::Deserialize;
use store::NewAuditEvent;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::audit;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::organizations::{GlassBody, glass};
use crate::routes::platform::PlatformProblems;

const ROUTE: &str = "POST break-glass";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlatformBreakGlassRequest)]
struct GlassRequest {
    /// An administrator of the organization.
    user_id: String,
    /// 1 to 500 characters on one line; its administrators can read it.
    reason: String,
}

struct GlassProblems;

impl utoipa::IntoResponses for GlassProblems {
    fn responses()
    -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        responses_of(&[Code::SsoNotEnforced])
    }
}

/// Lets an administrator work for 60 minutes although they do not come through the organization's identity provider, as
/// they can do themselves with a fresh login.
#[utoipa::path(
    operation_id = "break_platform_organization_glass",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = GlassRequest,
    responses(
        (status = 201, body = GlassBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        GlassProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/break-glass")]
pub(super) async fn break_glass(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<GlassRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = caller.organization(&state, &org_id.parse()?).await?;
    let request = body.parse()?;
    let reason = glass::reason(&request.reason)?;
    let invalid =
        |detail: &dyn std::fmt::Display| Problem::invalid_field("user_id", "invalid", detail);
    let user: UserId = request.user_id.parse().map_err(|refusal| {
        let refusal: domain::ids::InvalidId = refusal;
        invalid(&refusal)
    })?;
    let begun = idempotency
        .begin(&mut tx, &caller.person.user_id, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let member = tx.membership(&user).await?;
    if !member.is_some_and(|member| member.roles.contains(&Role::OrgAdmin)) {
        return Err(invalid(&"They are no administrator of the organization."));
    }
    let event = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_client(&caller.client_id, glass::ACTION, glass::target(&user), now)
    };
    let shown = glass::open(&mut tx, &user, &reason, event).await?;
    let response = attempt.finish(&mut tx, StatusCode::CREATED, &shown).await?;
    tx.commit().await?;
    Ok(response)
}
