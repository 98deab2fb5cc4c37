//! Somebody leaves an organization because their account goes.

use chrono::{DateTime, Utc};
use domain::member::keep_an_admin;
use domain::{Person, Role, TenantId, UserId};
use serde_json::json;
use store::{NewAuditEvent, StoreError, TenantTx};

use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;

/// What became of the wish to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Left,
    /// They were no member.
    WasNot,
    /// They are the last administrator, and the organization is to stay.
    LastAdmin,
    /// Single sign-on is enforced, and only they could break the glass.
    LastGlassBreaker,
}

impl Leave {
    pub fn is_refused(self) -> bool {
        match self {
            Self::LastAdmin | Self::LastGlassBreaker => true,
            Self::Left | Self::WasNot => false,
        }
    }
}

/// Who leaves, and in which request.
pub struct Leaver<'a> {
    pub user_id: &'a UserId,
    pub request_id: Option<String>,
    pub now: DateTime<Utc>,
}

/// Leaves the organization of this transaction, which the caller commits; Auth0 follows.
///
/// # Errors
/// The database failed.
pub async fn leave(tx: &mut TenantTx, leaver: &Leaver<'_>) -> Result<Leave, StoreError> {
    let outcome = may_leave(tx, leaver.user_id).await?;
    if outcome.is_refused() {
        return Ok(outcome);
    }
    go(tx, leaver).await
}

/// Whether they could leave now.
///
/// # Errors
/// The database failed.
pub async fn may_leave(tx: &mut TenantTx, user_id: &UserId) -> Result<Leave, StoreError> {
    tx.lock_members().await?;
    let Some(member) = tx.membership(user_id).await? else {
        return Ok(Leave::WasNot);
    };
    let goes = tx.deletion().await?.is_some_and(|found| found.is_wanted());
    if goes {
        return Ok(Leave::Left);
    }
    let others = tx.count_admins_besides(user_id).await?;
    if keep_an_admin(&member.roles, &[], others).is_err() {
        return Ok(Leave::LastAdmin);
    }
    let sso = tx.customer().await?.map(|customer| customer.sso);
    let before = tx.sso_readiness().await?;
    let after = tx.sso_readiness_without(user_id).await?;
    match before.keep(sso.unwrap_or_default(), after) {
        Ok(()) => Ok(Leave::Left),
        Err(_) => Ok(Leave::LastGlassBreaker),
    }
}

async fn go(tx: &mut TenantTx, leaver: &Leaver<'_>) -> Result<Leave, StoreError> {
    let Leaver { user_id, now, .. } = *leaver;
    tx.take_member_addition(user_id).await?;
    let Some(member) = tx.membership(user_id).await? else {
        return Ok(Leave::WasNot);
    };
    tx.delete_membership(user_id).await?;
    let target = format!("member:{user_id}");
    let left = NewAuditEvent {
        request_id: leaver.request_id.clone(),
        before: Some(json!({ "roles": member.roles })),
        after: Some(json!({ "account": "deleted" })),
        ..audit::by_person(user_id, "member.left", target, now)
    };
    tx.insert_audit_event(&left).await?;
    let payload = json!({ "user_id": user_id });
    tx.enqueue(kind::MEMBERSHIP, user_id.as_ref(), &payload, now)
        .await?;
    if member.roles.contains(&Role::OrgAdmin) && tx.count_active_admins().await? == 0 {
        let target = format!("organization:{}", tx.tenant());
        let event = audit::by_system(kind::ERASURE, "organization.needs_admin", target, now);
        tx.insert_audit_event(&event).await?;
    }
    Ok(Leave::Left)
}

/// Whatever they have become a member of since they asked for it, also as the last administrator: their account goes.
///
/// # Errors
/// See [`Failure`].
pub(super) async fn leave_all(context: &Context, person: &Person) -> Result<(), Failure> {
    for organization in context.store.organizations_of_person(person).await? {
        let mut tx = context.store.tenant(&TenantId::from(organization)).await?;
        tx.lock_members().await?;
        let leaver = Leaver {
            user_id: &person.user_id,
            request_id: None,
            now: context.clock.now(),
        };
        go(&mut tx, &leaver).await?;
        tx.commit().await?;
    }
    Ok(())
}
