//! On-demand repair: somebody holds a valid token of an organization in which we do not know them. Auth0 is asked
//! whether they are a member, and by which invitation; the membership is written here, last.

mod turned_away;
mod verdict;

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::invitation::{State, Why};
use domain::member::JoinedBy;
use domain::usage::{Metric, Period};
use domain::{InvitationId, OrganizationId, Person, Role, TenantId, UserId};
use futures::TryStreamExt;
use management::User;
use serde_json::json;
use store::{Invitation, Membership, NewAuditEvent, TenantTx};
use uuid::Uuid;

use super::identity_provider::groups;
use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;

pub(super) use verdict::promised;
use verdict::{Verdict, judge};

/// A removal takes up to ten seconds to show at Auth0 (Auth0, "Remove Members from Organizations"), and its lists lag.
pub(super) const SETTLING: Duration = Duration::from_secs(60);

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn run(
    context: &Context,
    organization: &OrganizationId,
    person: &Person,
) -> Result<(), Failure> {
    join(context, organization, person, None).await
}

/// The same for somebody of whom it is known what brings them, if no invitation does.
pub(super) async fn join(
    context: &Context,
    organization: &OrganizationId,
    person: &Person,
    uninvited: Option<JoinedBy>,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    if is_settled(&mut tx, &person.user_id).await? {
        return Ok(());
    }
    drop(tx);
    // Their account is just being deleted, and Auth0 may have them a while yet.
    let now = context.clock.now();
    if context.store.standing(person, now).await?.is_closed {
        return Ok(());
    }
    let Some(user) = context
        .auth0
        .users()
        .show(person.user_id.as_ref())
        .await?
        .filter(|user| !user.blocked)
    else {
        return Ok(());
    };
    if !is_member(context, organization, &user.user_id).await? {
        return Ok(());
    }
    let user = groups::of_a_newcomer(context, user).await?;
    let mut held = roles(context, organization, &user.user_id).await?;
    loop {
        match admit(context, &tenant, (person, &user), &held, uninvited).await? {
            Next::Nothing => return Ok(()),
            Next::Give(granted) => {
                give(context, organization, &user.user_id, &held, &granted).await?;
                held = granted;
            }
            Next::TurnAway(id) => {
                let organizations = context.auth0.organizations();
                organizations
                    .remove_members(organization.as_ref(), &[&user.user_id])
                    .await?;
                // Only now: whoever is still there after a crash is turned away again.
                return turned_away::note(context, &tenant, id, person).await;
            }
        }
    }
}

/// Nothing to ask: we know them, or we have removed them and Auth0 need not show it yet.
async fn is_settled(tx: &mut TenantTx, user_id: &UserId) -> Result<bool, Failure> {
    Ok(tx.membership(user_id).await?.is_some()
        || tx.departed_within(user_id, SETTLING).await?
        || tx
            .job_is_unsettled(kind::MEMBERSHIP, user_id.as_ref(), SETTLING)
            .await?)
}

/// Whether Auth0 has them as a member.
pub(super) async fn is_member(
    context: &Context,
    organization: &OrganizationId,
    user_id: &str,
) -> Result<bool, Failure> {
    let mut joined = context.auth0.users().organizations(user_id);
    while let Some(joined) = joined.try_next().await? {
        if joined.id == organization.as_ref() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Roles of the tenant that are not ours mean nothing here.
pub(super) async fn roles(
    context: &Context,
    organization: &OrganizationId,
    user_id: &str,
) -> Result<Vec<Role>, Failure> {
    let held = context
        .auth0
        .organizations()
        .member_roles(organization.as_ref(), user_id)
        .await?;
    Ok(held
        .iter()
        .filter_map(|role| role.name.parse().ok())
        .collect())
}

/// Auth0's set becomes exactly the granted one, before it is granted here.
async fn give(
    context: &Context,
    organization: &OrganizationId,
    user_id: &str,
    held: &[Role],
    granted: &[Role],
) -> Result<(), Failure> {
    let organizations = context.auth0.organizations();
    let without = |of: &[Role], these: &[Role]| -> Vec<Role> {
        let rest = of.iter().filter(|role| !these.contains(role));
        rest.copied().collect()
    };
    let missing = ids(context, &without(granted, held)).await?;
    organizations
        .add_member_roles(organization.as_ref(), user_id, &missing)
        .await?;
    let surplus = ids(context, &without(held, granted)).await?;
    organizations
        .remove_member_roles(organization.as_ref(), user_id, &surplus)
        .await?;
    Ok(())
}

async fn ids(context: &Context, roles: &[Role]) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for role in roles {
        ids.push(context.directory.role(context, *role).await?);
    }
    Ok(ids)
}

/// What is left to do at Auth0.
enum Next {
    Nothing,
    /// They are to get these roles there first.
    Give(Vec<Role>),
    TurnAway(InvitationId),
}

async fn admit(
    context: &Context,
    tenant: &TenantId,
    (person, user): (&Person, &User),
    held: &[Role],
    uninvited: Option<JoinedBy>,
) -> Result<Next, Failure> {
    let now = context.clock.now();
    let mut tx = context.store.tenant(tenant).await?;
    // One at a time in this organization: seats, revocations and removals are counted in.
    tx.lock_subscription().await?;
    // The inviter stays what they are, and the policy what it is, until this is decided.
    tx.lock_members().await?;
    if is_settled(&mut tx, &person.user_id).await? {
        return Ok(Next::Nothing);
    }
    let next = match judge(context, &mut tx, user, held, now).await? {
        Verdict::Admitted(granted, _) if !same(held, &granted) => return Ok(Next::Give(granted)),
        Verdict::Admitted(granted, invitation) => {
            let known = invitation.as_ref().map(|_| JoinedBy::Invitation);
            let by = groups::joined_by(&mut tx, user, known.or(uninvited)).await?;
            write(&mut tx, person, user, granted, invitation, now).await?;
            if let Some(by) = by {
                tx.note_joined(&person.user_id, by).await?;
            }
            Next::Nothing
        }
        Verdict::TurnedAway(invitation, why) => {
            let id = invitation.id;
            if let Some(why) = why {
                fail(&mut tx, invitation, why, now).await?;
            }
            Next::TurnAway(id)
        }
        Verdict::NoSeat => {
            tracing::warn!(organization = %tenant, "Auth0 has a member for whom there is no seat");
            Next::Nothing
        }
    };
    tx.commit().await?;
    Ok(next)
}

fn same(one: &[Role], other: &[Role]) -> bool {
    one.len() == other.len() && one.iter().all(|role| other.contains(role))
}

async fn write(
    tx: &mut TenantTx,
    person: &Person,
    user: &User,
    roles: Vec<Role>,
    invitation: Option<Invitation>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let joined = NewAuditEvent {
        after: Some(json!({
            "roles": roles,
            "invitation": invitation.as_ref().map(|invitation| invitation.id),
        })),
        ..audit::by_system(
            kind::MEMBERSHIP_PULL,
            "member.added",
            format!("member:{}", person.user_id),
            now,
        )
    };
    let connection = invitation
        .as_ref()
        .and_then(|invitation| invitation.connection.clone());
    let identity = user.identities.first();
    let connection = connection.or_else(|| identity.map(|identity| identity.connection.clone()));
    let member = Membership {
        person: person.clone(),
        roles,
        email: user.email.clone(),
        name: user.name.clone(),
        picture: user.picture.clone(),
        connection,
        joined_at: now,
        last_seen_at: None,
    };
    tx.save_membership(&member).await?;
    groups::note(tx, &member, user, invitation.is_some()).await?;
    tx.count_usage(Metric::MembersJoined, Period::of(now), 1, Uuid::now_v7())
        .await?;
    tx.insert_audit_event(&joined).await?;
    let Some(mut invitation) = invitation else {
        return Ok(());
    };
    invitation.state = State::Accepted {
        by: person.user_id.clone(),
        at: now,
    };
    let how = match &invitation.vouched_for {
        Some(vouched_for) if *vouched_for == person.user_id => "identity_provider",
        Some(_) | None => "link",
    };
    let event = NewAuditEvent {
        after: Some(json!({ "state": "accepted", "how": how })),
        ..audit::by_person(
            &person.user_id,
            "invitation.accepted",
            format!("invitation:{}", invitation.id),
            now,
        )
    };
    save(tx, invitation, &event, now).await
}

pub(super) async fn fail(
    tx: &mut TenantTx,
    mut invitation: Invitation,
    why: Why,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    invitation.state = State::Failed { why, at: now };
    let target = format!("invitation:{}", invitation.id);
    let event = NewAuditEvent {
        after: Some(json!({ "state": "failed", "failure": why })),
        ..audit::by_system(kind::MEMBERSHIP_PULL, "invitation.failed", target, now)
    };
    save(tx, invitation, &event, now).await
}

async fn save(
    tx: &mut TenantTx,
    mut invitation: Invitation,
    event: &NewAuditEvent,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    invitation.updated_at = now;
    if !tx.save_invitation(&invitation).await? {
        return Err(Failure::FenceLost);
    }
    let is_void = matches!(invitation.state, State::Failed { .. });
    if is_void || tx.invitation_sponsor(invitation.id).await?.is_some() {
        // The job takes back what Auth0 still has of a void one, and tells the individual.
        let payload = json!({ "invitation_id": invitation.id });
        tx.enqueue(kind::INVITATION, &invitation.id.to_string(), &payload, now)
            .await?;
    }
    tx.insert_audit_event(event).await?;
    Ok(())
}
