//! The memberships of a login that has become one of another account. Auth0 has lost them; here each organization gives
//! them to the main account, in a transaction and an audit trail of its own, and Auth0 follows.

use domain::identity_link::joint_roles;
use domain::{OrganizationId, Person, TenantId};
use management::User;
use serde_json::json;
use store::{Member, Membership, NewAuditEvent, TenantTx};

use crate::audit;
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

pub(super) async fn pass_on(
    context: &Context,
    from: &Person,
    main: &Person,
) -> Result<(), Failure> {
    let organizations = context.store.organizations_of_person(from).await?;
    if organizations.is_empty() {
        return Ok(());
    }
    let account = context.auth0.users().show(main.user_id.as_ref()).await?;
    let account = account.ok_or_else(|| Failure::Park("the main account is gone".into()))?;
    for organization in &organizations {
        in_one(context, organization, from, (main, &account)).await?;
    }
    Ok(())
}

/// Neither more seats nor fewer administrators than before, nor fewer who could break the glass.
async fn in_one(
    context: &Context,
    organization: &OrganizationId,
    from: &Person,
    (main, account): (&Person, &User),
) -> Result<(), Failure> {
    let mut tx = context
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    // The seats first, then the administrators: the order in which everybody locks them.
    tx.lock_subscription().await?;
    tx.lock_members().await?;
    let Some(old) = tx.member(&from.user_id).await? else {
        return Ok(());
    };
    let current = tx.membership(&main.user_id).await?;
    let own = own_connection(&mut tx, account).await?;
    let policy = tx.customer().await?.map(|customer| customer.sso);
    let readiness = tx.sso_readiness().await?;
    let mut membership = joint(&old, (current.as_ref(), own), main, account);
    tx.save_membership(&membership).await?;
    if let Some(joined_by) = old.joined_by {
        tx.note_joined(&main.user_id, joined_by).await?;
    }
    tx.delete_membership(&from.user_id).await?;
    let after = tx.sso_readiness().await?;
    if readiness.keep(policy.unwrap_or_default(), after).is_err() {
        // It was insisted on after the request. The login is still theirs, so it stays the one on record.
        membership.connection = old.membership.connection.clone();
        tx.save_membership(&membership).await?;
    }
    note(context, &mut tx, &old.membership, (current, &membership)).await?;
    let payload = json!({ "user_id": main.user_id });
    let now = context.clock.now();
    tx.enqueue(kind::MEMBERSHIP, main.user_id.as_ref(), &payload, now)
        .await?;
    Ok(tx.commit().await?)
}

/// The one that the main account comes through, where it is the organization's own.
async fn own_connection(tx: &mut TenantTx, account: &User) -> Result<Option<String>, Failure> {
    let Some(identity) = account.identities.first() else {
        return Ok(None);
    };
    let own = tx.identity_provider_of(&identity.connection).await?;
    Ok(own.map(|_| identity.connection.clone()))
}

/// The connection that the organization knows stays: it is the one that they may come through. Where it has its own, a
/// new member's is that one.
pub(crate) fn joint_connection(
    old: &Membership,
    current: Option<&Membership>,
    own: Option<String>,
) -> Option<String> {
    match current {
        Some(current) => current.connection.clone(),
        None => own.or_else(|| old.connection.clone()),
    }
}

fn joint(
    old: &Member,
    (current, own): (Option<&Membership>, Option<String>),
    main: &Person,
    account: &User,
) -> Membership {
    let held = current.map_or(&[][..], |current| &current.roles);
    Membership {
        person: main.clone(),
        roles: joint_roles(held, &old.membership.roles),
        email: account.email.clone(),
        name: account.name.clone(),
        picture: account.picture.clone(),
        connection: joint_connection(&old.membership, current, own),
        joined_at: old.membership.joined_at,
        last_seen_at: old.membership.last_seen_at,
    }
}

async fn note(
    context: &Context,
    tx: &mut TenantTx,
    old: &Membership,
    (current, joint): (Option<Membership>, &Membership),
) -> Result<(), Failure> {
    let target = format!("member:{}", joint.person.user_id);
    let before = json!({
        "user_id": old.person.user_id,
        "roles": old.roles,
        "main_roles": current.map(|current| current.roles),
    });
    let event = NewAuditEvent {
        before: Some(before),
        after: Some(json!({ "user_id": joint.person.user_id, "roles": joint.roles })),
        ..audit::by_system(
            kind::IDENTITY_LINK,
            "member.identity_linked",
            target,
            context.clock.now(),
        )
    };
    tx.insert_audit_event(&event).await?;
    Ok(())
}
