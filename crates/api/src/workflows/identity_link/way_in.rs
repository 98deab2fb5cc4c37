//! Before Auth0 takes a login out of an account: whoever is on record with it comes by the main one from now on.

use domain::{OrganizationId, TenantId};
use management::User;
use store::IdentityLink;

use super::at_auth0::identity;
use crate::workflows::{Context, Failure};

/// False when an organization insists on its identity provider, and only they, by that login, could break the glass:
/// then it is not to be taken out.
pub(super) async fn let_go(context: &Context, link: &IdentityLink) -> Result<bool, Failure> {
    let organizations = context.store.organizations_of_person(&link.main).await?;
    if organizations.is_empty() {
        return Ok(true);
    }
    let account = context
        .auth0
        .users()
        .show(link.main.user_id.as_ref())
        .await?;
    let Some(account) = account else {
        return Ok(true);
    };
    for organization in &organizations {
        if !in_one(context, organization, link, &account).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Under the lock on the members, so that nobody counts on this one afterwards.
async fn in_one(
    context: &Context,
    organization: &OrganizationId,
    link: &IdentityLink,
    account: &User,
) -> Result<bool, Failure> {
    // Of a login that Auth0 has taken out already there is nothing to keep.
    let Some(lost) = identity(account, &link.person) else {
        return Ok(true);
    };
    let main = &link.main.user_id;
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    tx.lock_members().await?;
    let Some(mut membership) = tx.membership(main).await? else {
        return Ok(true);
    };
    let recorded = membership.connection.as_ref();
    if recorded.is_some_and(|recorded| *recorded != lost.connection) {
        return Ok(true);
    }
    let policy = tx.customer().await?.map(|customer| customer.sso);
    let before = tx.sso_readiness().await?;
    let after = tx.sso_readiness_without(main).await?;
    if before.keep(policy.unwrap_or_default(), after).is_err() {
        return Ok(false);
    }
    membership.connection = identity(account, &link.main).map(|left| left.connection.clone());
    tx.save_membership(&membership).await?;
    tx.commit().await?;
    Ok(true)
}
