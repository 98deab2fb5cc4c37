//! Sends an invitation once more: with a new link, the old one ends; under the same id and with its history.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::TimeDelta;
use domain::invitation::{IssueReason, Status};
use domain::usage::Metric;
use domain::{InvitationId, Wanted};
use store::Invitation;

use super::limits::{SendingProblems, require_quiet};
use super::{InvitationBody, name_in_mail, require_grantable, save};
use crate::app::AppState;
use crate::auth::permissions::WriteInvitations;
use crate::auth::{Authorized, Inviter};
use crate::body::PathId;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::{seats, usage};

const ROUTE: &str = "POST invitations/resend";

struct ClosedProblems;

impl utoipa::IntoResponses for ClosedProblems {
    fn responses()
    -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        responses_of(&[Code::InvitationClosed, Code::Conflict, Code::SsoEnforced])
    }
}

/// Sends a pending, expired or failed invitation again. The caller becomes its inviter. While `policies.sso` is `enforce`
/// it is bound to the organization's own identity provider from now on; where there are several and it names none of
/// them, it is refused.
#[utoipa::path(
    operation_id = "resend_invitation",
    tag = "invitations",
    params(
        ("org_id" = String, Path),
        ("invitation_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = InvitationBody),
        TenantProblems,
        IdempotencyProblems,
        SendingProblems,
        ClosedProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/invitations/{invitation_id}/resend")]
pub(super) async fn resend(
    mut inviter: Inviter<WriteInvitations>,
    state: web::Data<AppState>,
    id: PathId<InvitationId>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let id = id.parse()?;
    let user_id = inviter.caller.token.person.user_id.clone();
    // There is no body: which invitation it is tells one request from another.
    let begun = idempotency
        .begin(
            &mut inviter.caller.tx,
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
    // The seats are locked before the invitation, as everywhere.
    inviter.caller.tx.lock_subscription().await?;
    let found = inviter.caller.tx.lock_invitation(id).await?;
    let before = found
        .filter(|invitation| inviter.reaches(invitation))
        .ok_or_else(Problem::not_found)?;
    let pending = before.clone().state.resend()?;
    let Inviter { mut caller, reach } = inviter;
    require_grantable(reach, &before.roles)?;
    let wanted = if before.status(now) == Status::Pending {
        Wanted::Promised
    } else {
        require_alone(&mut caller, &before, now).await?;
        Wanted::More(1)
    };
    seats::reserve(&mut caller.tx, wanted, now).await?;
    require_quiet(&mut caller.tx, &[&before.email], now).await?;
    usage::spend(&mut caller.tx, Metric::InvitationsSent, 1, now).await?;
    let connection = pinned(&mut caller, &before).await?;
    let after = Invitation {
        state: pending,
        inviter: caller.token.person.clone(),
        inviter_name: name_in_mail(&mut caller.tx, &caller.member).await?,
        expires_at: now + TimeDelta::seconds(i64::from(before.ttl_seconds)),
        ..before.clone().sent_again(connection, now)
    };
    save(
        &mut caller,
        &before,
        &after,
        "invitation.resent",
        *request_id,
    )
    .await?;
    caller
        .tx
        .insert_invitation_issue(&after, IssueReason::Resent, now)
        .await?;
    let body = InvitationBody::at(now, after);
    let response = attempt
        .finish(&mut caller.tx, StatusCode::OK, &body)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

/// # Errors
/// 409 where it would have to be said which of several identity providers it is for.
async fn pinned(
    caller: &mut Authorized<WriteInvitations>,
    before: &Invitation,
) -> Result<Option<String>, Problem> {
    let sso = caller.tx.sso_standing(&caller.token.person).await?;
    sso.pin_again(before.connection.clone()).map_err(|refusal| {
        let detail =
            format_args!("Revoke it and invite them anew, naming the connection. {refusal}");
        Problem::new(Code::SsoEnforced).detail(detail)
    })
}

/// # Errors
/// 409 when the same address was invited anew since this one ended.
async fn require_alone(
    caller: &mut Authorized<WriteInvitations>,
    invitation: &Invitation,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Problem> {
    let email = std::slice::from_ref(&invitation.email);
    if caller
        .tx
        .pending_invitations_to(email, now)
        .await?
        .is_empty()
    {
        Ok(())
    } else {
        Err(Problem::new(Code::Conflict).detail("This address has another invitation by now."))
    }
}
