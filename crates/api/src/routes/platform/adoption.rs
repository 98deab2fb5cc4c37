//! Has Auth0 write to a member who was created ahead of time and has no password yet.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::{OrganizationId, UserId};
use serde::Serialize;
use serde_json::json;
use store::NewAuditEvent;
use utoipa::ToSchema;

use super::PlatformProblems;
use crate::app::AppState;
use crate::audit;
use crate::auth::PlatformAdmin;
use crate::body::PathId;
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::IdempotencyProblems;
use crate::problem::Problem;

const ROUTE: &str = "POST adoption-ticket";

#[derive(Serialize, ToSchema)]
#[schema(as = Adoption)]
struct AdoptionBody {
    user_id: String,
    /// `queued`: the organization's audit trail says what became of it.
    status: &'static str,
}

/// Has Auth0 write to a member who has never logged in, with a link under which they choose their password and come
/// into the organization. The link is told to nobody else. Who has logged in already gets nothing.
#[utoipa::path(
    operation_id = "mail_adoption_ticket",
    tag = "platform",
    params(
        ("org_id" = String, Path),
        ("user_id" = String, Path, description = "Percent-encoded: it contains a `|`"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses((status = 202, body = AdoptionBody), PlatformProblems, IdempotencyProblems),
)]
#[post("/v1/platform/organizations/{org_id}/members/{user_id}/adoption-ticket")]
pub(super) async fn create(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    http: HttpRequest,
    user_id: PathId<UserId>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let org_id = http.match_info().get("org_id").unwrap_or_default();
    let org_id: OrganizationId = org_id.parse().map_err(|_| Problem::not_found())?;
    let user_id = user_id.parse()?;
    let now = state.clock.now();
    let mut tx = caller.organization(&state, &org_id).await?;
    if tx.membership(&user_id).await?.is_none() {
        return Err(Problem::not_found());
    }
    let caller_id = &caller.person.user_id;
    let asked = user_id.as_ref().as_bytes();
    let begun = idempotency
        .begin(&mut tx, caller_id, ROUTE, asked, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let payload = json!({ "user_id": user_id });
    tx.enqueue(kind::ADOPTION, user_id.as_ref(), &payload, now)
        .await?;
    let target = format!("member:{user_id}");
    let requested = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_client(&caller.client_id, "member.adoption_requested", target, now)
    };
    tx.insert_audit_event(&requested).await?;
    let body = AdoptionBody {
        user_id: user_id.into(),
        status: "queued",
    };
    let response = attempt.finish(&mut tx, StatusCode::ACCEPTED, &body).await?;
    tx.commit().await?;
    Ok(response)
}
