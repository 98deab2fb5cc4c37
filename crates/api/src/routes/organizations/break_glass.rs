//! The way in for an administrator whose identity provider does not work.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::sso::{FRESH, GLASS_LASTS};
use domain::{SsoPolicy, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{BrokenGlass, NewAuditEvent, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use crate::app::AppState;
use crate::audit;
use crate::auth::permissions::BreakGlass;
use crate::auth::{AccessToken, Authorized};
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::workflows::glass_mail;

const ROUTE: &str = "POST policies/break-glass";

const MAX_REASON: usize = 500;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BreakGlassRequest, examples(json!({ "reason": "Okta has been down since nine." })))]
struct GlassRequest {
    /// 1 to 500 characters on one line; the audit trail keeps it.
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrokenGlass, examples(json!({ "user_id": "auth0|64f0c0ffee64f0c0ffee64f0", "until": "2026-11-21T10:00:00Z" })))]
pub(in crate::routes) struct GlassBody {
    user_id: String,
    /// When the other way closes again.
    until: DateTime<Utc>,
}

struct GlassProblems;

impl IntoResponses for GlassProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::RecentLoginRequired, Code::SsoNotEnforced])
    }
}

/// Lets the calling administrator work for 60 minutes although they did not come through the organization's identity
/// provider. Needs a login of the last five minutes. Loud: it is in
/// the audit trail, with the reason, and every administrator hears of it by mail.
#[utoipa::path(
    operation_id = "break_glass",
    tag = "organizations",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = GlassRequest,
    responses(
        (status = 201, body = GlassBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        GlassProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/policies/break-glass")]
pub(super) async fn break_glass(
    mut caller: Authorized<BreakGlass>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<GlassRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let reason = reason(&body.parse()?.reason)?;
    require_fresh(&caller.token, now)?;
    let user = caller.token.person.user_id.clone();
    let begun = idempotency
        .begin(&mut caller.tx, &user, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let event = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_person(&user, ACTION, target(&user), now)
    };
    let shown = open(&mut caller.tx, &user, &reason, event).await?;
    let response = attempt
        .finish(&mut caller.tx, StatusCode::CREATED, &shown)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

pub(in crate::routes) const ACTION: &str = "organization.glass_broken";

pub(in crate::routes) fn target(user: &UserId) -> String {
    format!("member:{user}")
}

/// What happened is told by `event`, which says who did it and when.
///
/// # Errors
/// 409 where nobody is kept out.
pub(in crate::routes) async fn open(
    tx: &mut TenantTx,
    user: &UserId,
    reason: &str,
    event: NewAuditEvent,
) -> Result<GlassBody, Problem> {
    let customer = tx.customer().await?.ok_or_else(Problem::not_found)?;
    if customer.sso != SsoPolicy::Enforce {
        return Err(Problem::new(Code::SsoNotEnforced));
    }
    let until = event.at + GLASS_LASTS;
    let broken = BrokenGlass {
        user: user.clone(),
        reason: reason.to_owned(),
        opened_by: event.actor.clone(),
        opened_at: event.at,
        until,
    };
    tx.break_glass(&broken).await?;
    glass_mail::queue(tx, &broken).await?;
    let event = NewAuditEvent {
        after: Some(json!({ "reason": reason, "until": until })),
        ..event
    };
    tx.insert_audit_event(&event).await?;
    tracing::warn!(tenant = %tx.tenant(), %user, by = event.actor, "the glass was broken");
    Ok(GlassBody {
        user_id: user.to_string(),
        until,
    })
}

/// # Errors
/// 422 when it is empty or no line.
pub(in crate::routes) fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = (1..=MAX_REASON).contains(&text.chars().count());
    if fits && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        let detail = format_args!("1 to {MAX_REASON} characters on one line.");
        Err(Problem::invalid_field("reason", "invalid", detail))
    }
}

/// # Errors
/// 403 for a login that is older than five minutes, or of an age that the token does not tell.
fn require_fresh(token: &AccessToken, now: DateTime<Utc>) -> Result<(), Problem> {
    match token.authenticated_at {
        Some(at) if now - at <= FRESH => Ok(()),
        Some(_) | None => Err(Problem::new(Code::RecentLoginRequired)),
    }
}
