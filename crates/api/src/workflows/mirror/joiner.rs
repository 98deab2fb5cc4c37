//! Somebody whom an organization's identity provider has made by SCIM becomes a member, as if they had come through it:
//! Auth0 makes members only of those who log in, and the customer's directory has assigned this one already.

use domain::member::JoinedBy;
use domain::{
    Feature, IdentityProviderName, OrganizationId, TenantId, UserId, Wanted, identity_provider,
};
use management::Error;
use serde_json::{Value, json};
use store::{NewAuditEvent, TenantTx};

use super::member::{self, LOOKS};
use super::{Cause, account};
use crate::audit;
use crate::workflows::{Context, Failure, membership_pull, provisioning};

/// After their account was made. `attempt` counts from 1.
pub(super) async fn told(
    context: &Context,
    user: UserId,
    object: &Value,
    attempt: u32,
) -> Result<Option<&'static str>, Failure> {
    let Some(organization) = made_by(context, object).await? else {
        return Ok(Some("nothing here depends on it"));
    };
    let tenant = TenantId::from(organization.clone());
    let known = context
        .store
        .tenant(&tenant)
        .await?
        .membership(&user)
        .await?;
    if known.is_some() {
        // Their account may be a new one of the same id: then nothing is left of what the old one had.
        let said = member::told(context, &organization, &user, attempt).await?;
        let still = context
            .store
            .tenant(&tenant)
            .await?
            .membership(&user)
            .await?;
        if said.is_some() || still.is_some() {
            return Ok(said);
        }
    }
    let mut tx = context.store.tenant(&tenant).await?;
    if tx.departed_within(&user, membership_pull::SETTLING).await? {
        drop(tx);
        return later(attempt);
    }
    drop(tx);
    let person = member::person(context, user.clone());
    let account = account::seen(context, &person).await?;
    if account.is_none_or(|account| account.blocked) {
        return Ok(Some("there is no such account, or it is blocked"));
    }
    if !has_seat(context, &tenant, &user).await? {
        return Ok(Some("there is no seat"));
    }
    let organizations = context.auth0.organizations();
    match organizations
        .add_members(organization.as_ref(), &[&user])
        .await
    {
        Err(Error::Refused { status: 404, .. }) => return Ok(Some("Auth0 has them no more")),
        added => added?,
    }
    membership_pull::join(context, &organization, &person, Some(JoinedBy::Scim)).await?;
    // Auth0's event of the membership may have been here first, and knows only which connection they are of.
    let mut tx = context.store.tenant(&tenant).await?;
    let (seen, by) = (JoinedBy::IdentityProvider, JoinedBy::Scim);
    tx.correct_joined(&user, seen, by).await?;
    tx.commit().await?;
    Ok(None)
}

/// Whoever was just taken out may still be shown by Auth0's lists.
fn later(attempt: u32) -> Result<Option<&'static str>, Failure> {
    if attempt >= LOOKS {
        return Ok(Some("they left, and that never settled"));
    }
    Err(Failure::Wait {
        after: Some(membership_pull::SETTLING),
        reason: "somebody of this id has just left".into(),
    })
}

/// The organization whose identity provider keeps its people by SCIM, if the account is of one and its plan has that.
async fn made_by(context: &Context, object: &Value) -> Result<Option<OrganizationId>, Failure> {
    let connection = object["identities"][0]["connection"]
        .as_str()
        .unwrap_or_default();
    let Some(organization) = identity_provider::organization_of(connection) else {
        return Ok(None);
    };
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(found) = tx.identity_provider_of(connection).await? else {
        return Ok(None);
    };
    let may = found.is_enabled && is_provisioned(&mut tx, &found.name).await?;
    let now = context.clock.now();
    let may = may && provisioning::is_in_plan(&mut tx, Feature::Scim, now).await?;
    Ok(may.then_some(organization))
}

async fn is_provisioned(tx: &mut TenantTx, name: &IdentityProviderName) -> Result<bool, Failure> {
    Ok(tx.provisioning(name).await?.is_some())
}

/// Asked before Auth0 is told; it counts when the membership is written.
async fn has_seat(context: &Context, tenant: &TenantId, user: &UserId) -> Result<bool, Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    tx.lock_subscription().await?;
    let now = context.clock.now();
    if tx.reserve_seats(Wanted::More(1), now).await?.is_ok() {
        return Ok(true);
    }
    let refused = NewAuditEvent {
        after: Some(json!({ "failure": "no_seats_left" })),
        ..audit::by_system(
            Cause::Event.job(),
            "member.provisioning_failed",
            format!("member:{user}"),
            now,
        )
    };
    tx.insert_audit_event(&refused).await?;
    tx.commit().await?;
    Ok(false)
}
