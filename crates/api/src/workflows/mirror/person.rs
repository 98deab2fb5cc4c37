//! One person in all of their organizations: how they are shown, whether they are blocked, and that they are gone once
//! their account is.

use domain::{Person, TenantId, UserId};
use management::User;
use store::{Drift, MemberGroups};

use super::regroup::regroup;
use super::{Cause, account, member};
use crate::workflows::identity_provider::groups;
use crate::workflows::{Context, Failure};

/// After an event, which says whether the account was blocked then. `attempt` counts from 1.
pub(super) async fn told(
    context: &Context,
    user_id: UserId,
    blocked: bool,
    attempt: u32,
) -> Result<Option<&'static str>, Failure> {
    let person = member::person(context, user_id);
    let organizations = context.store.organizations_of_person(&person).await?;
    // Somebody without an organization is a customer too.
    let matters = blocked || context.store.is_blocked(&person).await?;
    if organizations.is_empty() && !matters {
        return Ok(Some("they belong to no organization"));
    }
    let is_settled = refresh(context, &person, Cause::Event).await?;
    if !is_settled && attempt < member::LOOKS {
        return Err(member::look_again());
    }
    Ok(None)
}

/// After their account was deleted. One of the same id may be there again: it has what Auth0 gives it, and nothing of
/// what the other one had.
pub(super) async fn gone(
    context: &Context,
    user_id: UserId,
    attempt: u32,
) -> Result<Option<&'static str>, Failure> {
    let ignored = told(context, user_id.clone(), false, attempt).await?;
    let person = member::person(context, user_id);
    for organization in context.store.organizations_of_person(&person).await? {
        member::told(context, &organization, &person.user_id, attempt).await?;
    }
    Ok(ignored)
}

/// Two reads of Auth0 at most. Whoever is linked into another account is none there, and is left to that link. False when
/// a change of ours is still on its way and their groups are to be looked at again.
pub(super) async fn refresh(
    context: &Context,
    person: &Person,
    cause: Cause,
) -> Result<bool, Failure> {
    if context.store.is_linked(person).await? {
        return Ok(true);
    }
    let mut known = Vec::new();
    for organization in context.store.organizations_of_person(person).await? {
        let tenant = TenantId::from(organization);
        let mut tx = context.store.tenant(&tenant).await?;
        let groups = tx.member_groups(&person.user_id).await?;
        known.push(Known { tenant, groups });
    }
    let user = account::read(context, person).await?;
    let mut is_settled = true;
    for known in &known {
        is_settled &= show(context, known, person, user.as_ref(), cause).await?;
    }
    Ok(is_settled)
}

/// An organization of theirs, and what was known there of their groups before Auth0 was asked.
struct Known {
    tenant: TenantId,
    groups: Option<MemberGroups>,
}

async fn show(
    context: &Context,
    known: &Known,
    person: &Person,
    user: Option<&User>,
    cause: Cause,
) -> Result<bool, Failure> {
    let mut tx = context.store.tenant(&known.tenant).await?;
    tx.lock_subscription().await?;
    tx.lock_members().await?;
    let Some(mut membership) = tx.membership(&person.user_id).await? else {
        return Ok(true);
    };
    let mut is_settled = true;
    let mut drift = Drift::default();
    match user {
        None => {
            drift.removed = 1;
            member::remove(context, &mut tx, &membership, cause).await?;
        }
        Some(user) => {
            drift.changed = account::tell(context, &mut tx, &membership, cause)
                .await?
                .into();
            membership.email.clone_from(&user.email);
            membership.name.clone_from(&user.name);
            membership.picture.clone_from(&user.picture);
            // Whoever asked later has written already; what was read before that is old.
            let is_old = tx.member_groups(&person.user_id).await? != known.groups;
            if is_old || member::is_unsettled(&mut tx, &person.user_id).await? {
                is_settled = !groups::have_changed(&mut tx, &membership, user).await?;
            } else if let Some(roles) = regroup(context, &mut tx, &membership, user, cause).await? {
                drift.changed = 1;
                membership.roles = roles;
            }
            tx.save_membership(&membership).await?;
        }
    }
    if matches!(cause, Cause::Reconciliation) && drift != Drift::default() {
        tx.note_drift(context.clock.now(), drift).await?;
    }
    tx.commit().await?;
    Ok(is_settled)
}
