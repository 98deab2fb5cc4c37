//! What becomes of invitations that were sent before the organization insisted on its own identity providers.

use chrono::{DateTime, Utc};
use domain::invitation::{IssueReason, State, Status, Why};
use domain::{InvitationId, SsoStanding};
use serde_json::json;
use store::{Invitation, InvitationFilter, NewAuditEvent, Page};

use super::{deliver, event};
use crate::auth::Authorized;
use crate::middleware::RequestId;
use crate::pagination::MAX_LIMIT;
use crate::problem::{Code, Problem};

/// Sends every invitation that can be accepted by another way again, bound to the organization's only identity provider;
/// where there are several, it is void. The caller has locked the subscription and saved the policy, and commits.
///
/// # Errors
/// The database failed.
pub(in crate::routes) async fn all<P>(
    caller: &mut Authorized<P>,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let sso = caller.tx.sso_standing(&caller.token.person).await?;
    let pending = InvitationFilter {
        status: Some(Status::Pending),
        inviter: None,
    };
    let mut page = Page::first(MAX_LIMIT);
    loop {
        let found = caller.tx.invitations(&pending, now, &page).await?;
        page.after = found.items.last().map(|last| last.id);
        for invitation in found.items {
            bind(caller, (invitation.id, &sso), request_id, now).await?;
        }
        if !found.more {
            return Ok(());
        }
    }
}

async fn bind<P>(
    caller: &mut Authorized<P>,
    (id, sso): (InvitationId, &SsoStanding),
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let before = caller.tx.lock_invitation(id).await?;
    let before = before.ok_or_else(Problem::not_found)?;
    let after = match sso.pin_again(before.connection.clone()) {
        Ok(connection) if connection == before.connection => return Ok(()),
        // It lasts no longer than before, and is on the same person's word.
        Ok(connection) => before.clone().sent_again(connection, now),
        Err(_) => Invitation {
            state: State::Failed {
                why: Why::SsoEnforced,
                at: now,
            },
            updated_at: now,
            ..before.clone()
        },
    };
    if !caller.tx.save_invitation(&after).await? {
        return Err(Problem::new(Code::Conflict));
    }
    let is_void = after.state != State::Pending;
    let action = match is_void {
        true => "invitation.failed",
        false => "invitation.bound",
    };
    let failure = is_void.then_some(Why::SsoEnforced);
    let changed = NewAuditEvent {
        before: Some(json!({ "connection": before.connection, "issue": before.issue })),
        after: Some(
            json!({ "connection": after.connection, "issue": after.issue, "failure": failure }),
        ),
        ..event(caller, action, id, request_id, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    if !is_void {
        caller
            .tx
            .insert_invitation_issue(&after, IssueReason::Resent, now)
            .await?;
    }
    deliver(&mut caller.tx, id, now).await
}
