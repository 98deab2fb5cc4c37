//! One member, read again from Auth0. What Auth0 has taken away is taken away here at once; what it has given is given
//! here; roles that we are just changing are left alone until our change has settled.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{OrganizationId, Person, Role, TenantId, UserId};
use management::User;
use serde_json::json;
use store::{MemberGroups, Membership, NewAuditEvent, TenantTx};

use super::regroup::regroup;
use super::{Cause, account};
use crate::audit;
use crate::jobs::kind;
use crate::workflows::{Context, Failure, membership_pull};

/// Longer than a change of members takes to show in Auth0's lists, 5 to 10 seconds
/// (<https://auth0.com/docs/manage-users/organizations/configure-organizations/remove-members>).
const SETTLING: Duration = Duration::from_secs(15);

/// How often an event that finds a change under way is looked at.
pub(super) const LOOKS: u32 = 8;

/// How the copy changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Same,
    Added,
    Removed,
    Changed,
    /// A change is still on its way, here or there: this is to be looked at again.
    Unsettled,
}

/// After an event. `attempt` counts from 1.
pub(super) async fn told(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
    attempt: u32,
) -> Result<Option<&'static str>, Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    tx.lock_members().await?;
    if tx.customer().await?.is_none() {
        return Ok(Some("the organization is no customer"));
    }
    tx.hint_mirror(context.clock.now()).await?;
    tx.commit().await?;
    match refresh(context, organization, user, Cause::Event).await? {
        Outcome::Unsettled if attempt < LOOKS => Err(look_again()),
        Outcome::Unsettled => Ok(Some("it never settled; the comparison will tell")),
        _ => Ok(None),
    }
}

pub(super) fn look_again() -> Failure {
    Failure::Wait {
        after: Some(SETTLING),
        reason: "a change of this member has not settled".into(),
    }
}

/// Four reads of Auth0 at most.
pub(super) async fn refresh(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
    cause: Cause,
) -> Result<Outcome, Failure> {
    // Auth0 does not know them any more; what they have here passes to the account that they are part of.
    if context
        .store
        .is_linked(&person(context, user.clone()))
        .await?
    {
        return Ok(Outcome::Same);
    }
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let known = match tx.membership(user).await? {
        Some(membership) => Some(Known {
            groups: tx.member_groups(user).await?,
            membership,
        }),
        None => None,
    };
    let unsettled = is_unsettled(&mut tx, user).await?;
    drop(tx);
    match known {
        Some(known) => {
            let seen = look(context, organization, user).await?;
            apply(context, &tenant, &known, seen, cause).await
        }
        // Removed here, or being added here: Auth0 need not show it yet.
        None if unsettled => Ok(Outcome::Unsettled),
        None => join(context, organization, user).await,
    }
}

/// A change of ours is on its way to Auth0, or so lately done that its lists may lag.
pub(super) async fn is_unsettled(tx: &mut TenantTx, user: &UserId) -> Result<bool, Failure> {
    Ok(tx.departed_within(user, membership_pull::SETTLING).await?
        || tx
            .job_is_unsettled(kind::MEMBERSHIP, user.as_ref(), SETTLING)
            .await?)
}

/// Whoever is not known yet comes in by the one door for that, which knows of invitations, seats and removals.
async fn join(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<Outcome, Failure> {
    let person = person(context, user.clone());
    membership_pull::run(context, organization, &person).await?;
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    match tx.membership(user).await? {
        Some(_) => Ok(Outcome::Added),
        None => Ok(Outcome::Same),
    }
}

/// Somebody of the tenant that we are with.
pub(super) fn person(context: &Context, user_id: UserId) -> Person {
    let issuer = context.config.auth0.issuers.first();
    Person {
        issuer: issuer.expect("the configuration has an issuer").clone(),
        user_id,
    }
}

struct Seen {
    user: User,
    roles: Vec<Role>,
}

/// None when they do not belong to it.
async fn look(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<Option<Seen>, Failure> {
    let Some(profile) = account::read(context, &person(context, user.clone())).await? else {
        return Ok(None);
    };
    if !membership_pull::is_member(context, organization, user.as_ref()).await? {
        return Ok(None);
    }
    Ok(Some(Seen {
        user: profile,
        roles: membership_pull::roles(context, organization, user.as_ref()).await?,
    }))
}

/// A member as they were before Auth0 was asked.
struct Known {
    membership: Membership,
    groups: Option<MemberGroups>,
}

/// One who was changed since is left alone.
async fn apply(
    context: &Context,
    tenant: &TenantId,
    known: &Known,
    seen: Option<Seen>,
    cause: Cause,
) -> Result<Outcome, Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    // The seats first, then the administrators: the order in which everybody locks them.
    tx.lock_subscription().await?;
    tx.lock_members().await?;
    let before = &known.membership;
    let user = &before.person.user_id;
    let Some(current) = tx.membership(user).await? else {
        return Ok(Outcome::Same);
    };
    if (&current.roles, current.joined_at) != (&before.roles, before.joined_at)
        || tx.member_groups(user).await? != known.groups
    {
        return Ok(Outcome::Unsettled);
    }
    let outcome = match seen {
        None => leave(context, &mut tx, &current, cause).await?,
        Some(seen) => follow(context, &mut tx, current, seen, cause).await?,
    };
    tx.commit().await?;
    Ok(outcome)
}

async fn leave(
    context: &Context,
    tx: &mut TenantTx,
    membership: &Membership,
    cause: Cause,
) -> Result<Outcome, Failure> {
    let settling = TimeDelta::from_std(SETTLING).unwrap_or_default();
    if context.clock.now() - membership.joined_at < settling {
        return Ok(Outcome::Unsettled);
    }
    remove(context, tx, membership, cause).await?;
    Ok(Outcome::Removed)
}

pub(super) async fn remove(
    context: &Context,
    tx: &mut TenantTx,
    membership: &Membership,
    cause: Cause,
) -> Result<(), Failure> {
    tx.delete_membership(&membership.person.user_id).await?;
    let roles = json!({ "roles": membership.roles });
    let removed = NewAuditEvent {
        before: Some(roles),
        ..changed(context, membership, "member.removed", cause)
    };
    tx.insert_audit_event(&removed).await?;
    note_without_admin(context, tx, membership, cause).await
}

async fn follow(
    context: &Context,
    tx: &mut TenantTx,
    current: Membership,
    seen: Seen,
    cause: Cause,
) -> Result<Outcome, Failure> {
    let unsettled = is_unsettled(tx, &current.person.user_id).await?;
    let mut wanted = current.clone();
    wanted.email.clone_from(&seen.user.email);
    wanted.name.clone_from(&seen.user.name);
    wanted.picture.clone_from(&seen.user.picture);
    let regrouped = match unsettled {
        true => None,
        false => regroup(context, tx, &current, &seen.user, cause).await?,
    };
    let differs = regrouped.is_none() && !is_same(&current.roles, &seen.roles);
    if let Some(roles) = regrouped {
        wanted.roles = roles;
    }
    // Ours may be the whole difference, and the job that carries it there starts from the roles here.
    if differs && !unsettled {
        tx.take_roles_as_given_by_hand(&current.person.user_id)
            .await?;
        wanted.roles = seen.roles;
        let event = NewAuditEvent {
            before: Some(json!({ "roles": current.roles })),
            after: Some(json!({ "roles": wanted.roles })),
            ..changed(context, &current, "member.roles_changed", cause)
        };
        tx.insert_audit_event(&event).await?;
    }
    let blocked = account::tell(context, tx, &current, cause).await?;
    if wanted != current {
        tx.save_membership(&wanted).await?;
        note_without_admin(context, tx, &current, cause).await?;
    }
    Ok(
        match (differs && unsettled, wanted == current && !blocked) {
            (true, _) => Outcome::Unsettled,
            (false, true) => Outcome::Same,
            (false, false) => Outcome::Changed,
        },
    )
}

fn is_same(one: &[Role], other: &[Role]) -> bool {
    one.len() == other.len() && one.iter().all(|role| other.contains(role))
}

pub(super) fn changed(
    context: &Context,
    membership: &Membership,
    action: &str,
    cause: Cause,
) -> NewAuditEvent {
    let target = format!("member:{}", membership.person.user_id);
    audit::by_system(cause.job(), action, target, context.clock.now())
}

/// Auth0's administration may take the last administrator away; we cannot refuse it, but somebody has to know.
pub(super) async fn note_without_admin(
    context: &Context,
    tx: &mut TenantTx,
    before: &Membership,
    cause: Cause,
) -> Result<(), Failure> {
    if !before.roles.contains(&Role::OrgAdmin) || tx.count_active_admins().await? > 0 {
        return Ok(());
    }
    tracing::error!(organization = %tx.tenant(), "an organization has no administrator any more");
    let target = format!("organization:{}", tx.tenant());
    let action = "organization.needs_admin";
    let event = audit::by_system(cause.job(), action, target, context.clock.now());
    tx.insert_audit_event(&event).await?;
    Ok(())
}
