//! What becomes of an invitation whose link an account used up that Auth0 does not let accept it.
//!
//! Sent again once by itself, under the same id and with the same roles; the second time it has failed. But where it is
//! bound to the organization's own identity provider and that one sent somebody in with another address, such as a UPN,
//! it is theirs: the provider vouches for them and they had the link.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::invitation::{ADDRESS_LIMIT, IssueReason, ORGANIZATION_LIMIT, State, Status, Why};
use domain::{OrganizationId, Person, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Invitation, NewAuditEvent, TenantTx};

use super::{Context, Failure, invitation, membership_pull};
use crate::audit;
use crate::jobs::kind;

/// Strategies of a customer's own identity provider: neither a database of the tenant nor a social network, where
/// anybody may have an account (Auth0, "Enterprise Identity Providers").
const ENTERPRISE: [&str; 11] = [
    "ad",
    "adfs",
    "auth0-adldap",
    "google-apps",
    "oidc",
    "okta",
    "pingfederate",
    "samlp",
    "sharepoint",
    "waad",
    "office365",
];

/// Auth0's lists show a new member within seconds.
const NOT_SHOWN_YET: Duration = Duration::from_secs(5);

/// An e-mail that would be one too many waits so long at most.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// The log's word for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spoiled {
    /// What Auth0 called the issue.
    pub auth0_id: String,
    /// Whose account it was.
    pub user_id: Option<UserId>,
    /// Name of the connection that they came through.
    pub connection: Option<String>,
}

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn run(
    context: &Context,
    organization: &OrganizationId,
    spoiled: &Spoiled,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let vouched = vouched_for(context, &tenant, spoiled).await?;
    match settle(context, &tenant, spoiled, vouched).await? {
        Next::Nothing => Ok(()),
        Next::Admit(invitation, person) => admit(context, organization, &invitation, &person).await,
    }
}

/// Whom the invitation's own connection sent in, as far as Auth0 and the organization's settings tell.
async fn vouched_for(
    context: &Context,
    tenant: &TenantId,
    spoiled: &Spoiled,
) -> Result<Option<UserId>, Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let invitation = tx.lock_invitation_at_auth0(&spoiled.auth0_id).await?;
    drop(tx);
    let bound_to = invitation.and_then(|invitation| invitation.connection);
    let (Some(bound_to), Some(user_id)) = (bound_to, &spoiled.user_id) else {
        return Ok(None);
    };
    if spoiled.connection.as_ref() != Some(&bound_to) {
        return Ok(None);
    }
    let connection = context.auth0.connections().by_name(&bound_to).await?;
    if !connection.is_some_and(|found| ENTERPRISE.contains(&found.strategy.as_str())) {
        return Ok(None);
    }
    let user = context.auth0.users().show(user_id.as_ref()).await?;
    let came_through = user.is_some_and(|user| {
        let mut identities = user.identities.iter();
        !user.blocked && identities.any(|identity| identity.connection == bound_to)
    });
    Ok(came_through.then(|| user_id.clone()))
}

enum Next {
    Nothing,
    /// At Auth0 first; the invitation waits for it.
    Admit(Box<Invitation>, Person),
}

async fn settle(
    context: &Context,
    tenant: &TenantId,
    spoiled: &Spoiled,
    vouched: Option<UserId>,
) -> Result<Next, Failure> {
    let now = context.clock.now();
    let mut tx = context.store.tenant(tenant).await?;
    // In the order of an acceptance, which takes the same two locks.
    tx.lock_subscription().await?;
    let invitation = tx.lock_invitation_at_auth0(&spoiled.auth0_id).await?;
    let Some(invitation) = invitation else {
        return match tx
            .may_be_invitation_at_auth0(&spoiled.auth0_id, now)
            .await?
        {
            true => Err(Failure::Wait {
                after: None,
                reason: "an invitation is on its way to Auth0".into(),
            }),
            false => Ok(Next::Nothing),
        };
    };
    if invitation.state != State::Pending {
        return Ok(Next::Nothing);
    }
    let stranger = match vouched {
        // A member who opens a colleague's link is not whom it is for.
        Some(user_id) if tx.membership(&user_id).await?.is_none() => Some(user_id),
        Some(_) | None => None,
    };
    let Some(user_id) = stranger else {
        if invitation.status(now) == Status::Pending {
            send_again(&mut tx, invitation, now).await?;
            tx.commit().await?;
        }
        return Ok(Next::Nothing);
    };
    if let Err(why) = membership_pull::promised(context, &mut tx, &invitation, now).await? {
        membership_pull::fail(&mut tx, invitation, why, now).await?;
        tx.commit().await?;
        return Ok(Next::Nothing);
    }
    let invitation = vouch(&mut tx, invitation, &user_id, now).await?;
    tx.commit().await?;
    let issuer = context.config.auth0.issuer().clone();
    Ok(Next::Admit(
        Box::new(invitation),
        Person { issuer, user_id },
    ))
}

/// Notes on whose word the invitation will be accepted; the acceptance itself says so too.
async fn vouch(
    tx: &mut TenantTx,
    invitation: Invitation,
    user_id: &UserId,
    now: DateTime<Utc>,
) -> Result<Invitation, Failure> {
    if invitation.vouched_for.as_ref() == Some(user_id) {
        return Ok(invitation);
    }
    let after = Invitation {
        vouched_for: Some(user_id.clone()),
        updated_at: now,
        ..invitation
    };
    let event = NewAuditEvent {
        after: Some(json!({ "user_id": user_id, "connection": after.connection })),
        ..event(&after, "invitation.vouched_for", now)
    };
    save(tx, &after, &event).await?;
    Ok(after)
}

async fn send_again(
    tx: &mut TenantTx,
    invitation: Invitation,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let issues = tx.issues_of_invitation(invitation.id).await?;
    let last = issues.last().map(|issue| issue.reason);
    let wait = wait(tx, &invitation, now).await?;
    if !last.is_some_and(IssueReason::may_be_reissued) || wait > LONGEST_WAIT {
        return membership_pull::fail(tx, invitation, Why::Spoiled, now).await;
    }
    if let Ok(after @ 1..) = u64::try_from(wait.num_seconds()) {
        return Err(Failure::Wait {
            after: Some(Duration::from_secs(after)),
            reason: "one more e-mail would be too many".into(),
        });
    }
    let sso = tx.sso_standing(&invitation.inviter).await?;
    let Ok(connection) = sso.pin_again(invitation.connection.clone()) else {
        return membership_pull::fail(tx, invitation, Why::Spoiled, now).await;
    };
    let after = Invitation {
        connection,
        issue: invitation.issue + 1,
        auth0_id: None,
        ticket_hash: None,
        sealed_link: None,
        updated_at: now,
        ..invitation
    };
    let event = NewAuditEvent {
        before: Some(json!({ "issue": invitation.issue })),
        after: Some(json!({ "issue": after.issue })),
        ..event(&after, "invitation.reissued", now)
    };
    tx.insert_invitation_issue(&after, IssueReason::Reissued, now)
        .await?;
    let payload = json!({ "invitation_id": after.id });
    tx.enqueue(kind::INVITATION, &after.id.to_string(), &payload, now)
        .await?;
    save(tx, &after, &event).await
}

/// Until one more e-mail is within the limits; nobody gets around them with somebody else's link.
async fn wait(
    tx: &mut TenantTx,
    invitation: &Invitation,
    now: DateTime<Utc>,
) -> Result<TimeDelta, Failure> {
    let issues = tx.invitation_issues(ADDRESS_LIMIT.since(now)).await?;
    let all: Vec<_> = issues.iter().map(|issue| issue.at).collect();
    let same = issues
        .iter()
        .filter(|issue| issue.email == invitation.email);
    let same: Vec<_> = same.map(|issue| issue.at).collect();
    let waits = [
        ORGANIZATION_LIMIT.wait(&all, 1, now),
        ADDRESS_LIMIT.wait(&same, 1, now),
    ];
    let longest = waits.into_iter().flatten().max();
    Ok(longest.map_or(TimeDelta::zero(), |wait| wait + TimeDelta::seconds(1)))
}

/// Makes them a member at Auth0, with the mark by which every acceptance is known, and then here by its one door.
async fn admit(
    context: &Context,
    organization: &OrganizationId,
    invitation: &Invitation,
    person: &Person,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let user_id = person.user_id.as_ref();
    let marks = invitation::correlation(&tenant, invitation.id);
    context
        .auth0
        .users()
        .merge_app_metadata(user_id, marks)
        .await?;
    context
        .auth0
        .organizations()
        .add_members(organization.as_ref(), &[user_id])
        .await?;
    membership_pull::run(context, organization, person).await?;
    let mut tx = context.store.tenant(&tenant).await?;
    let left = tx.invitation(invitation.id).await?;
    if left.is_some_and(|left| left.state == State::Pending && left.issue == invitation.issue) {
        return Err(Failure::Wait {
            after: Some(NOT_SHOWN_YET),
            reason: "Auth0 does not show the new member yet".into(),
        });
    }
    Ok(())
}

fn event(invitation: &Invitation, action: &str, now: DateTime<Utc>) -> NewAuditEvent {
    let target = format!("invitation:{}", invitation.id);
    audit::by_system(kind::SPOILED_INVITATION, action, target, now)
}

async fn save(
    tx: &mut TenantTx,
    invitation: &Invitation,
    event: &NewAuditEvent,
) -> Result<(), Failure> {
    if !tx.save_invitation(invitation).await? {
        return Err(Failure::FenceLost);
    }
    tx.insert_audit_event(event).await?;
    Ok(())
}
