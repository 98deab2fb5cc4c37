//! Somebody who has an account becomes a member: at Auth0 first, here last. Who asked for it, the plan's seats and the
//! request itself are looked at once more in the transaction that grants it.

use domain::member::JoinedBy;
use domain::usage::{Metric, Period};
use domain::{OrganizationId, Permission, TenantId, Wanted, role};
use management::User;
use serde_json::json;
use store::{MemberAddition, Membership, NewAuditEvent, TenantTx};
use uuid::Uuid;

use super::{place, remove};
use crate::audit;
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// Why nobody was added, as the audit trail says it.
const NO_ACCOUNT: &str = "no_account";
const NOT_ALLOWED: &str = "requester_not_allowed";
const NO_SEATS_LEFT: &str = "no_seats_left";

pub(super) async fn fulfil(
    context: &Context,
    organization: &OrganizationId,
    addition: MemberAddition,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let user_id = &addition.person.user_id;
    let mut tx = context.store.tenant(&tenant).await?;
    if tx.membership(user_id).await?.is_none()
        && let Some(why) = refusal(context, &mut tx, &addition).await?
    {
        drop(tx);
        return give_up(context, organization, &addition, why).await;
    }
    drop(tx);
    let account = context.auth0.users().show(user_id.as_ref()).await?;
    let account = account.filter(|account| !account.blocked);
    let placed =
        account.is_some() && place(context, organization, user_id, &addition.roles).await?;
    let Some(account) = account.filter(|_| placed) else {
        return give_up(context, organization, &addition, NO_ACCOUNT).await;
    };
    let mut tx = context.store.tenant(&tenant).await?;
    // Before anything else is locked, as everywhere: it is the lock on the seats.
    tx.lock_subscription().await?;
    let taken = tx.take_member_addition(user_id).await?;
    if taken.as_ref() != Some(&addition) {
        // Taken back or replaced meanwhile, with a job of its own that looks at this again.
        drop(tx);
        return ask_again(context, &tenant, &addition).await;
    }
    if tx.membership(user_id).await?.is_some() {
        // The mirror was faster, or they accepted an invitation: what they have here counts.
        tx.commit().await?;
        return ask_again(context, &tenant, &addition).await;
    }
    if let Some(why) = refusal(context, &mut tx, &addition).await? {
        drop(tx);
        return give_up(context, organization, &addition, why).await;
    }
    admit(context, &mut tx, &addition, account).await?;
    Ok(tx.commit().await?)
}

async fn refusal(
    context: &Context,
    tx: &mut TenantTx,
    addition: &MemberAddition,
) -> Result<Option<&'static str>, Failure> {
    let requester = tx.membership(&addition.requested_by).await?;
    let may =
        requester.is_some_and(|requester| role::allows(&requester.roles, Permission::MembersWrite));
    if !may {
        return Ok(Some(NOT_ALLOWED));
    }
    let now = context.clock.now();
    let seat = tx.reserve_seats(Wanted::Promised, now).await?;
    Ok(seat.is_err().then_some(NO_SEATS_LEFT))
}

async fn admit(
    context: &Context,
    tx: &mut TenantTx,
    addition: &MemberAddition,
    account: User,
) -> Result<(), Failure> {
    let now = context.clock.now();
    let connection = account.identities.into_iter().next();
    tx.save_membership(&Membership {
        person: addition.person.clone(),
        roles: addition.roles.clone(),
        email: account.email,
        name: account.name,
        picture: account.picture,
        connection: connection.map(|identity| identity.connection),
        joined_at: now,
        last_seen_at: None,
    })
    .await?;
    tx.note_joined(&addition.person.user_id, JoinedBy::Addition)
        .await?;
    tx.count_usage(Metric::MembersJoined, Period::of(now), 1, Uuid::now_v7())
        .await?;
    let added = NewAuditEvent {
        after: Some(json!({ "roles": addition.roles })),
        ..event(context, addition, "member.added")
    };
    tx.insert_audit_event(&added).await?;
    Ok(())
}

/// An earlier run may have got as far as Auth0, so that is undone as well.
async fn give_up(
    context: &Context,
    organization: &OrganizationId,
    addition: &MemberAddition,
    why: &str,
) -> Result<(), Failure> {
    tracing::info!(%organization, why, "nobody was added");
    remove(context, organization, &addition.person.user_id).await?;
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let taken = tx.take_member_addition(&addition.person.user_id).await?;
    if taken.as_ref() != Some(addition) {
        drop(tx);
        return ask_again(context, &tenant, addition).await;
    }
    let failed = NewAuditEvent {
        after: Some(json!({ "failure": why })),
        ..event(context, addition, "member.addition_failed")
    };
    tx.insert_audit_event(&failed).await?;
    Ok(tx.commit().await?)
}

async fn ask_again(
    context: &Context,
    tenant: &TenantId,
    addition: &MemberAddition,
) -> Result<(), Failure> {
    let user_id = &addition.person.user_id;
    let mut tx = context.store.tenant(tenant).await?;
    let payload = json!({ "user_id": user_id });
    tx.enqueue(
        kind::MEMBERSHIP,
        user_id.as_ref(),
        &payload,
        context.clock.now(),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// In the name of whoever asked for it.
fn event(context: &Context, addition: &MemberAddition, action: &str) -> NewAuditEvent {
    let target = format!("member:{}", addition.person.user_id);
    NewAuditEvent {
        request_id: addition.request_id.clone(),
        ..audit::by_person(&addition.requested_by, action, target, context.clock.now())
    }
}
