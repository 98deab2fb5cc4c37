//! Individuals invite friends into the one community organization (`COMMUNITY_ORGANIZATION_ID`). The individual's row and
//! the organization's lie in two tenants, each written in a transaction of its own; both have the same id, so that every
//! step can run again.

use chrono::{DateTime, TimeDelta, Utc};
use domain::community::{FRIEND, Failure as Why, State};
use domain::invitation::{
    ADDRESS_LIMIT, DEFAULT_TTL_SECONDS, IssueReason, State as InvitationState, name_in_mail,
};
use domain::seats::{SeatsRefusal, Wanted};
use domain::{IndividualId, InvitationId, TenantId};
use management::User;
use serde_json::json;
use store::{CommunityInvitation, Invitation, NewAuditEvent, TenantTx};

use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;

/// What a mail calls an individual without a name that can be shown.
const NAMELESS: &str = "A friend";

/// Brings an invitation from the individual's tenant into the community's.
///
/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn send(
    context: &Context,
    individual: &IndividualId,
    id: InvitationId,
) -> Result<(), Failure> {
    let own = TenantId::from(individual.clone());
    let mut tx = context.store.tenant(&own).await?;
    let Some(wanted) = tx.community_invitation(id).await? else {
        return Ok(());
    };
    drop(tx);
    if wanted.state != State::Sending {
        return Ok(());
    }
    let users = context.auth0.users();
    let inviter = users.show(wanted.inviter.user_id.as_ref()).await?;
    let state = match (inviter, &context.config.community) {
        (_, None) => Some(State::Failed(Why::NotConfigured)),
        (Some(inviter), Some(community)) if !inviter.blocked => {
            let tx = context.store.tenant(&community.clone().into()).await?;
            invite(context, tx, individual, &wanted, &inviter).await?
        }
        _ => Some(State::Failed(Why::InviterNotAllowed)),
    };
    match state {
        Some(state) => note(context, individual, id, state).await,
        None => Ok(()),
    }
}

/// None when an invitation is on its way, of which [`report`] will tell.
async fn invite(
    context: &Context,
    mut tx: TenantTx,
    individual: &IndividualId,
    wanted: &CommunityInvitation,
    inviter: &User,
) -> Result<Option<State>, Failure> {
    let now = context.clock.now();
    let Some(community) = tx.customer().await? else {
        return Ok(Some(State::Failed(Why::NotConfigured)));
    };
    if community.suspended_at.is_some() {
        return Ok(Some(State::Failed(Why::Unavailable)));
    }
    // Whom it leaves to invite is counted under the lock on the seats.
    tx.lock_subscription().await?;
    if tx.invitation(wanted.id).await?.is_some() {
        return Ok(None);
    }
    if is_quiet(&mut tx, wanted, now).await? {
        return Ok(Some(State::Sent));
    }
    match tx.reserve_seats(Wanted::More(1), now).await? {
        Ok(_) => {}
        Err(SeatsRefusal::Full { .. }) => return Ok(Some(State::Failed(Why::NoSeatsLeft))),
        Err(SeatsRefusal::Ended | SeatsRefusal::NotInPlan) => {
            return Ok(Some(State::Failed(Why::Unavailable)));
        }
    }
    // Which of several it would be is not the friend's to say.
    let sso = tx.sso_standing(&wanted.inviter).await?;
    let Ok(connection) = sso.pin(None) else {
        return Ok(Some(State::Failed(Why::Unavailable)));
    };
    let invitation = Invitation {
        connection,
        ..invitation(wanted, inviter, now)
    };
    tx.insert_invitation(&invitation).await?;
    tx.insert_invitation_sponsor(invitation.id, individual)
        .await?;
    tx.insert_invitation_issue(&invitation, IssueReason::Created, now)
        .await?;
    let payload = json!({ "invitation_id": invitation.id });
    tx.enqueue(kind::INVITATION, &invitation.id.to_string(), &payload, now)
        .await?;
    let target = format!("invitation:{}", invitation.id);
    let created = NewAuditEvent {
        after: Some(
            json!({ "email": invitation.email, "roles": invitation.roles, "community": true }),
        ),
        ..audit::by_person(&wanted.inviter.user_id, "invitation.created", target, now)
    };
    tx.insert_audit_event(&created).await?;
    tx.commit().await?;
    Ok(None)
}

/// Nothing more is sent to a member, to somebody who is invited already, and to an address that has had enough for
/// today. The inviter is told the same as ever: who is in the community is not theirs to know.
async fn is_quiet(
    tx: &mut TenantTx,
    wanted: &CommunityInvitation,
    now: DateTime<Utc>,
) -> Result<bool, Failure> {
    let email = std::slice::from_ref(&wanted.email);
    if !tx.emails_of_members(email).await?.is_empty()
        || !tx.pending_invitations_to(email, now).await?.is_empty()
    {
        return Ok(true);
    }
    let issues = tx.invitation_issues(ADDRESS_LIMIT.since(now)).await?;
    let to_them: Vec<_> = issues
        .iter()
        .filter(|issue| issue.email == wanted.email)
        .map(|issue| issue.at)
        .collect();
    Ok(ADDRESS_LIMIT.wait(&to_them, 1, now).is_some())
}

fn invitation(wanted: &CommunityInvitation, inviter: &User, now: DateTime<Utc>) -> Invitation {
    let name = inviter.name.as_deref().and_then(name_in_mail);
    Invitation {
        id: wanted.id,
        email: wanted.email.clone(),
        roles: vec![FRIEND],
        inviter: wanted.inviter.clone(),
        inviter_name: name.unwrap_or_else(|| NAMELESS.into()),
        connection: None,
        locale: None,
        send_email: true,
        ttl_seconds: DEFAULT_TTL_SECONDS,
        expires_at: now + TimeDelta::seconds(i64::from(DEFAULT_TTL_SECONDS)),
        state: InvitationState::Pending,
        issue: 1,
        auth0_id: None,
        ticket_hash: None,
        sealed_link: None,
        vouched_for: None,
        stale_auth0_ids: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// Tells the individual who sent this invitation of the community's, if it was one, what has become of it.
///
/// # Errors
/// See [`Failure`].
pub async fn report(
    context: &Context,
    community: &TenantId,
    id: InvitationId,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(community).await?;
    let Some(individual) = tx.invitation_sponsor(id).await? else {
        return Ok(());
    };
    let Some(invitation) = tx.invitation(id).await? else {
        return Ok(());
    };
    drop(tx);
    let state = State::of(&invitation.state, invitation.auth0_id.is_some());
    note(context, &individual, id, state).await
}

async fn note(
    context: &Context,
    individual: &IndividualId,
    id: InvitationId,
    state: State,
) -> Result<(), Failure> {
    let tenant = TenantId::from(individual.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    tx.save_community_state(id, state, context.clock.now())
        .await?;
    tx.commit().await?;
    Ok(())
}
