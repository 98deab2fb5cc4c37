//! Takes an invitation back. It counts at once, whether Auth0 can be reached or not.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, web};
use chrono::{DateTime, Utc};
use domain::InvitationId;
use domain::invitation::{Closed, Status};
use store::{Invitation, InvitationFilter, Page};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::save;
use crate::app::AppState;
use crate::auth::permissions::WriteInvitations;
use crate::auth::{Authorized, Inviter};
use crate::body::PathId;
use crate::middleware::RequestId;
use crate::openapi::problems::{TenantProblems, responses_of};
use crate::pagination::MAX_LIMIT;
use crate::problem::{Code, Problem};

struct ClosedProblems;

impl IntoResponses for ClosedProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::InvitationClosed])
    }
}

/// Revokes an invitation; whoever has accepted it at Auth0 in the same moment is turned away. Again is the same.
#[utoipa::path(
    operation_id = "revoke_invitation",
    tag = "invitations",
    params(("org_id" = String, Path), ("invitation_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "It can no longer be accepted"), TenantProblems, ClosedProblems),
)]
#[delete("/v1/orgs/{org_id}/invitations/{invitation_id}")]
pub(super) async fn revoke(
    mut inviter: Inviter<WriteInvitations>,
    state: web::Data<AppState>,
    id: PathId<InvitationId>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let id = id.parse()?;
    // In the order of an acceptance, which takes the same two locks.
    inviter.caller.tx.lock_subscription().await?;
    let found = inviter.caller.tx.lock_invitation(id).await?;
    let before = found
        .filter(|invitation| inviter.reaches(invitation))
        .ok_or_else(Problem::not_found)?;
    let mut caller = inviter.caller;
    let revoked = match before.state.clone().revoke(now) {
        Ok(revoked) => revoked,
        Err(Closed(Status::Revoked)) => return Ok(HttpResponse::NoContent().finish()),
        Err(refusal) => return Err(refusal.into()),
    };
    let after = Invitation {
        state: revoked,
        updated_at: now,
        ..before.clone()
    };
    save(
        &mut caller,
        &before,
        &after,
        "invitation.revoked",
        *request_id,
    )
    .await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revokes every invitation that can still be accepted. The caller has locked the subscription, and commits.
pub(in crate::routes) async fn all<P>(
    caller: &mut Authorized<P>,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    loop {
        let page = Page::first(MAX_LIMIT);
        let pending = InvitationFilter {
            status: Some(Status::Pending),
            inviter: None,
        };
        let found = caller.tx.invitations(&pending, now, &page).await?;
        if found.items.is_empty() {
            return Ok(());
        }
        for invitation in found.items {
            let before = caller.tx.lock_invitation(invitation.id).await?;
            let before = before.ok_or_else(Problem::not_found)?;
            let after = Invitation {
                state: before.state.clone().revoke(now)?,
                updated_at: now,
                ..before.clone()
            };
            save(caller, &before, &after, "invitation.revoked", request_id).await?;
        }
    }
}
