//! One person in all of their organizations: how they are shown, and that they are gone once their account is.

use domain::{OrganizationId, TenantId, UserId};
use management::User;

use super::{Cause, member};
use crate::workflows::{Context, Failure};

pub(super) async fn refresh(
    context: &Context,
    user_id: UserId,
) -> Result<Option<&'static str>, Failure> {
    let person = member::person(context, user_id);
    let organizations = context.store.organizations_of_person(&person).await?;
    if organizations.is_empty() {
        return Ok(Some("they belong to no organization"));
    }
    let user = context.auth0.users().show(person.user_id.as_ref()).await?;
    for organization in organizations {
        show(context, &organization, &person.user_id, user.as_ref()).await?;
    }
    Ok(None)
}

async fn show(
    context: &Context,
    organization: &OrganizationId,
    user_id: &UserId,
    user: Option<&User>,
) -> Result<(), Failure> {
    let mut tx = context
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    tx.lock_subscription().await?;
    tx.lock_members().await?;
    let Some(mut membership) = tx.membership(user_id).await? else {
        return Ok(());
    };
    match user {
        None => member::remove(context, &mut tx, &membership, Cause::Event).await?,
        Some(user) => {
            membership.email.clone_from(&user.email);
            membership.name.clone_from(&user.name);
            membership.picture.clone_from(&user.picture);
            tx.save_membership(&membership).await?;
        }
    }
    Ok(tx.commit().await?)
}
