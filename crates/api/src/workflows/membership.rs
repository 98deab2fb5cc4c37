//! Makes Auth0 follow what the database says of one member: there with exactly these roles, or not there. Read from the
//! live rows, never from the job, and one job at a time for each member, so that changes in any order end in the same
//! state.

mod addition;

use domain::{OrganizationId, Role, TenantId, UserId};
use management::Error;

use super::{Context, Failure};

/// Roles that Auth0 lets one member hold in one organization (Auth0, entity limit policy).
const MOST_ROLES: usize = 50;

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn follow(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<(), Failure> {
    let mut tx = context
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    let member = tx.membership(user).await?;
    let addition = tx.member_addition(user).await?;
    drop(tx);
    match (member, addition) {
        // Where the account or the organization is gone from Auth0, the mirror takes that over.
        (Some(member), None) => place(context, organization, user, &member.roles)
            .await
            .map(drop),
        (_, Some(addition)) => addition::fulfil(context, organization, addition).await,
        (None, None) => remove(context, organization, user).await,
    }
}

/// Ends all logins of somebody who was removed.
///
/// # Errors
/// See [`Failure`].
pub async fn end_sessions(context: &Context, user: &UserId) -> Result<(), Failure> {
    let users = context.auth0.users();
    users.end_sessions(user.as_ref()).await?;
    users.revoke_refresh_tokens(user.as_ref()).await?;
    Ok(())
}

async fn remove(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<(), Failure> {
    let organizations = context.auth0.organizations();
    let removed = organizations
        .remove_members(organization.as_ref(), &[user])
        .await;
    unless_missing(removed).map(drop)
}

/// None where Auth0 has no such organization or account.
fn unless_missing<T>(answer: Result<T, Error>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A member with exactly `wanted` of our roles; roles of the tenant that are not ours stay. False when Auth0 has no such
/// organization or account.
async fn place(
    context: &Context,
    organization: &OrganizationId,
    user: &UserId,
    wanted: &[Role],
) -> Result<bool, Failure> {
    let (id, user) = (organization.as_ref(), user.as_ref());
    let organizations = context.auth0.organizations();
    if unless_missing(organizations.add_members(id, &[user]).await)?.is_none() {
        return Ok(false);
    }
    // Auth0's lists lag behind the membership that has just been made.
    let held = unless_missing(organizations.member_roles(id, user).await)?.unwrap_or_default();
    let ours: Vec<Role> = held
        .iter()
        .filter_map(|role| role.name.parse().ok())
        .collect();
    let missing = ids(context, wanted, &ours).await?;
    let surplus = ids(context, &ours, wanted).await?;
    // No moment without a role, unless there is no room for one more.
    let fits = held.len() + missing.len() <= MOST_ROLES;
    if !fits {
        organizations
            .remove_member_roles(id, user, &surplus)
            .await?;
    }
    organizations.add_member_roles(id, user, &missing).await?;
    if fits {
        organizations
            .remove_member_roles(id, user, &surplus)
            .await?;
    }
    Ok(true)
}

/// The ids at Auth0 of those roles of `of` that `without` does not have.
async fn ids(context: &Context, of: &[Role], without: &[Role]) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for role in of.iter().filter(|role| !without.contains(role)) {
        ids.push(context.directory.role(context, *role).await?);
    }
    Ok(ids)
}
