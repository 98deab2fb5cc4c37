//! Tells the link of an invitation that Auth0 does not mail, once. Whoever has it can accept the invitation.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::invitation::{Closed, Status};
use domain::{InvitationId, OrganizationId, TenantId, Wanted};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use store::{Invitation, InvitationFilter, NewAuditEvent, Page, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use crate::app::AppState;
use crate::audit;
use crate::auth::permissions::WriteInvitations;
use crate::auth::{Inviter, PlatformAdmin};
use crate::body::PathId;
use crate::client_address::client_address;
use crate::idempotency::{Attempt, Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::platform::PlatformProblems;
use crate::routes::seats::{self, SeatsProblems};
use crate::workflows::invitation;

const ROUTE: &str = "POST invitations/link";

/// How long the caller waits for Auth0 to have made it.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Serialize, ToSchema)]
#[schema(as = InvitationLink, examples(json!({
    "invitation_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "issue": 1,
    "expires_at": "2026-11-28T09:00:00Z",
    "url": "https://app.acme.example/invitation?invitation=…&organization=org_0123456789abcdef",
})))]
struct LinkBody {
    invitation_id: Uuid,
    /// How often it was made; the links of before are dead.
    issue: u32,
    expires_at: DateTime<Utc>,
    /// As secret as a password; null in the answer to a repeat.
    url: Option<String>,
}

struct LinkProblems;

impl IntoResponses for LinkProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::InvitationClosed,
            Code::Conflict,
            Code::LoginServiceUnavailable,
        ])
    }
}

/// Who asks, for the audit trail.
struct Asker {
    actor: String,
    request_id: RequestId,
    address: Option<IpAddr>,
}

/// Tells the link of an invitation with `send_email: false`, once; resending makes another. The link is shown in no
/// other answer.
#[utoipa::path(
    operation_id = "tell_invitation_link",
    tag = "invitations",
    params(
        ("org_id" = String, Path),
        ("invitation_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = LinkBody),
        TenantProblems,
        IdempotencyProblems,
        SeatsProblems,
        LinkProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/invitations/{invitation_id}/link")]
pub(super) async fn tell(
    mut inviter: Inviter<WriteInvitations>,
    state: web::Data<AppState>,
    id: PathId<InvitationId>,
    idempotency: Idempotency,
    request: HttpRequest,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let id = id.parse()?;
    let user = inviter.caller.token.person.user_id.clone();
    let asked = id.as_uuid();
    let begun = idempotency
        .begin(&mut inviter.caller.tx, &user, ROUTE, asked.as_bytes(), now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let found = inviter.caller.tx.invitation(id).await?;
    found
        .filter(|invitation| inviter.reaches(invitation))
        .ok_or_else(Problem::not_found)?;
    seats::reserve(&mut inviter.caller.tx, Wanted::Promised, now).await?;
    inviter.caller.tx.commit().await?;
    let asker = Asker {
        actor: user.to_string(),
        request_id: *request_id,
        address: client_address(&request),
    };
    let tenant = TenantId::from(inviter.caller.organization.clone());
    hand_over(&state, &tenant, id, attempt, asker).await
}

/// Tells the link of the first administrator's invitation, of an organization that was asked for with
/// `send_email: false`; once.
#[utoipa::path(
    operation_id = "tell_first_admin_link",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = LinkBody), PlatformProblems, IdempotencyProblems, LinkProblems),
)]
#[post("/v1/platform/organizations/{org_id}/first-admin/link")]
pub(super) async fn tell_platform(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    request: HttpRequest,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let org_id = org_id.parse()?;
    let mut tx = caller.organization(&state, &org_id).await?;
    let user = &caller.person.user_id;
    let begun = idempotency.begin(&mut tx, user, ROUTE, &[], now).await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    // The only invitation that a program makes.
    let own = InvitationFilter {
        status: Some(Status::Pending),
        inviter: Some(user.clone()),
    };
    let found = tx.invitations(&own, now, &Page::first(1)).await?;
    let id = found.items.first().ok_or_else(Problem::not_found)?.id;
    tx.commit().await?;
    let asker = Asker {
        actor: format!("client:{}", caller.client_id),
        request_id: *request_id,
        address: client_address(&request),
    };
    hand_over(&state, &TenantId::from(org_id), id, attempt, asker).await
}

/// # Errors
/// 409 when there is no link to tell, 503 when Auth0 does not make it in time.
async fn hand_over(
    state: &AppState,
    tenant: &TenantId,
    id: InvitationId,
    attempt: Attempt,
    asker: Asker,
) -> Result<HttpResponse, Problem> {
    let Ok(found) = tokio::time::timeout(PATIENCE, made(state, tenant, id)).await else {
        return Err(Problem::new(Code::LoginServiceUnavailable));
    };
    let (mut tx, invitation) = found?;
    tx.came_from(asker.address);
    let Some(sealed) = &invitation.sealed_link else {
        let detail = "There is no link to tell; send the invitation again for another.";
        return Err(Problem::new(Code::Conflict).detail(detail));
    };
    let url = invitation::open(&state.config.secrets_key, tenant, id, sealed)
        .map_err(|unreadable| Problem::internal(&unreadable))?;
    let now = state.clock.now();
    let told = Invitation {
        sealed_link: None,
        ..invitation
    };
    if !tx.save_invitation(&told).await? {
        return Err(Problem::new(Code::Conflict));
    }
    let event = NewAuditEvent {
        actor: asker.actor,
        request_id: Some(asker.request_id.to_string()),
        after: Some(json!({ "issue": told.issue })),
        ..audit::by_system(
            kind::INVITATION,
            "invitation.link_told",
            format!("invitation:{id}"),
            now,
        )
    };
    tx.insert_audit_event(&event).await?;
    let mut body = LinkBody {
        invitation_id: id.as_uuid(),
        issue: told.issue,
        expires_at: told.expires_at,
        url: None,
    };
    // What is kept for a repeat has no link: it is told once.
    attempt.finish(&mut tx, StatusCode::OK, &body).await?;
    tx.commit().await?;
    body.url = Some(url.expose_secret().to_owned());
    Ok(HttpResponse::Ok().json(body))
}

/// The invitation once Auth0 has it, locked.
async fn made(
    state: &AppState,
    tenant: &TenantId,
    id: InvitationId,
) -> Result<(TenantTx, Invitation), Problem> {
    loop {
        let mut tx = state.store.tenant(tenant).await?;
        let invitation = tx.lock_invitation(id).await?;
        let invitation = invitation.ok_or_else(Problem::not_found)?;
        let status = invitation.status(state.clock.now());
        if status != Status::Pending {
            return Err(Closed(status).into());
        }
        if invitation.send_email {
            let detail = "Auth0 sends it by e-mail, and tells nobody else.";
            return Err(Problem::new(Code::Conflict).detail(detail));
        }
        if invitation.auth0_id.is_some() {
            return Ok((tx, invitation));
        }
        drop(tx);
        tokio::time::sleep(PAUSE).await;
    }
}
