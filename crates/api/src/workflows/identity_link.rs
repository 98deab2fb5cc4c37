//! Two logins become one account, or one becomes two again. The order is: the other login is refused (in the request),
//! Auth0 links, each organization gives the memberships to the main account, and one local commit ends it. Whatever
//! breaks off, the next run goes on from what is so by then, here and at Auth0.

mod at_auth0;
mod memberships;
mod own_tenant;
mod way_in;

use domain::identity_link::{LinkFailure, LinkState};
use domain::{IdentityLinkId, IndividualId, TenantId};
use serde_json::json;
use store::{IdentityLink, NewAuditEvent, TenantTx};

use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;
use at_auth0::Linked;

pub(crate) use memberships::joint_connection;
pub(crate) use own_tenant::pays;

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn follow(
    context: &Context,
    individual: &IndividualId,
    id: IdentityLinkId,
) -> Result<(), Failure> {
    let tenant = TenantId::from(individual.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let Some(link) = tx.lock_identity_link(id).await? else {
        return Ok(());
    };
    drop(tx);
    match link.state {
        LinkState::Failed => Ok(()),
        LinkState::Linking => {
            if let Some(failure) = link_accounts(context, &link).await? {
                return fail(context, &tenant, link, failure).await;
            }
            memberships::pass_on(context, &link.person, &link.main).await?;
            settle(context, &tenant, &link).await?;
            own_tenant::close(context, &link.person).await
        }
        LinkState::Linked => own_tenant::close(context, &link.person).await,
        LinkState::Unlinking => {
            own_tenant::close(context, &link.person).await?;
            if !way_in::let_go(context, &link).await? {
                return keep(context, &tenant, &link).await;
            }
            at_auth0::unlink(context, &link.main, &link.person).await?;
            release(context, &tenant, &link).await
        }
    }
}

/// Why it cannot be, if so; nothing has changed then.
async fn link_accounts(
    context: &Context,
    link: &IdentityLink,
) -> Result<Option<LinkFailure>, Failure> {
    let IdentityLink { main, person, .. } = link;
    match at_auth0::look(context, main, person).await? {
        Linked::Yes => Ok(None),
        Linked::Cannot(failure) => Ok(Some(failure)),
        Linked::No => {
            // Since the request nothing can have begun, but a payment may have arrived just before it.
            if own_tenant::has_plan(context, person).await? {
                return Ok(Some(LinkFailure::HasPlan));
            }
            at_auth0::link(context, main, person).await
        }
    }
}

/// What the login had of its own comes along, and the link is done.
async fn settle(context: &Context, tenant: &TenantId, link: &IdentityLink) -> Result<(), Failure> {
    let projects = own_tenant::projects(context, &link.person).await?;
    let mut tx = context.store.tenant(tenant).await?;
    let Some(current) = tx.lock_identity_link(link.id).await? else {
        return Ok(());
    };
    if current.state != LinkState::Linking {
        return Ok(());
    }
    for project in &projects {
        tx.insert_project(project).await?;
    }
    let after = json!({ "state": LinkState::Linked, "projects": projects.len() });
    note(context, &mut tx, link, "identity.linked", after).await?;
    save(context, &mut tx, current, LinkState::Linked, None).await?;
    Ok(tx.commit().await?)
}

/// The other login is an account of its own as before.
async fn fail(
    context: &Context,
    tenant: &TenantId,
    link: IdentityLink,
    failure: LinkFailure,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let after = json!({ "state": LinkState::Failed, "failure": failure });
    note(context, &mut tx, &link, "identity.link_failed", after).await?;
    tx.release_link(&link.person).await?;
    save(context, &mut tx, link, LinkState::Failed, Some(failure)).await?;
    Ok(tx.commit().await?)
}

async fn release(context: &Context, tenant: &TenantId, link: &IdentityLink) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    note(context, &mut tx, link, "identity.unlinked", json!(null)).await?;
    tx.release_link(&link.person).await?;
    tx.delete_identity_link(link.id).await?;
    // Since the request somebody may have come by that login once more.
    tx.end_logins(context.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// An organization came to depend on the login after it was asked to go.
async fn keep(context: &Context, tenant: &TenantId, link: &IdentityLink) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let Some(current) = tx.lock_identity_link(link.id).await? else {
        return Ok(());
    };
    let after = json!({ "state": LinkState::Linked });
    note(context, &mut tx, link, "identity.unlink_refused", after).await?;
    save(context, &mut tx, current, LinkState::Linked, None).await?;
    Ok(tx.commit().await?)
}

async fn save(
    context: &Context,
    tx: &mut TenantTx,
    link: IdentityLink,
    state: LinkState,
    failure: Option<LinkFailure>,
) -> Result<(), Failure> {
    let link = IdentityLink {
        state,
        failure,
        updated_at: context.clock.now(),
        ..link
    };
    Ok(tx.save_identity_link(&link).await?)
}

async fn note(
    context: &Context,
    tx: &mut TenantTx,
    link: &IdentityLink,
    action: &str,
    after: serde_json::Value,
) -> Result<(), Failure> {
    let target = format!("identity:{}", link.id);
    let before = json!({ "user_id": link.person.user_id, "state": link.state });
    let event = NewAuditEvent {
        before: Some(before),
        after: Some(after).filter(|after| !after.is_null()),
        ..audit::by_system(kind::IDENTITY_LINK, action, target, context.clock.now())
    };
    tx.insert_audit_event(&event).await?;
    Ok(())
}
