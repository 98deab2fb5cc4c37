//! What the groups of a customer's directory make of people, where their identity provider is the organization's own.

use chrono::TimeDelta;
use domain::member::JoinedBy;
use domain::{Held, Role, identity_provider};
use futures::TryStreamExt;
use management::{Error, Group, User};
use store::{IdentityProvider, MemberGroups, Membership, StoreError, TenantTx};

use crate::workflows::mirror::directory_groups;
use crate::workflows::{Context, Failure};

/// When the groups of somebody who came in without them are asked for again, at the latest with the next comparison.
const LOOKED_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// The account with the groups that its directory keeps at Auth0 by SCIM, where it does. They take the place of what was
/// said at the last login, which nobody takes back when somebody moves.
pub(crate) async fn as_the_directory_says(
    context: &Context,
    mut user: User,
) -> Result<User, Failure> {
    let came_through = user.identities.first();
    let connection = came_through.map_or("", |identity| identity.connection.as_str());
    let Some(organization) = identity_provider::organization_of(connection) else {
        return Ok(user);
    };
    let tenant = organization.into();
    let mut tx = context.store.tenant(&tenant).await?;
    let Some(provider) = of(&mut tx, Some(connection)).await? else {
        return Ok(user);
    };
    let Some(provisioning) = tx.provisioning(&provider.name).await? else {
        return Ok(user);
    };
    drop(tx);
    let listed = context.auth0.groups().of_user(&user.user_id);
    let groups = match unless_untold(listed.try_collect::<Vec<Group>>().await)? {
        Some(groups) => groups,
        None if provisioning.keeps_groups => {
            return Err(Failure::Wait {
                after: None,
                reason: "Auth0 does not tell the groups of this directory any more".into(),
            });
        }
        None => return Ok(user),
    };
    let own = Some(provisioning.connection_id.as_ref());
    let own = groups
        .into_iter()
        .filter(|group| group.connection_id.as_deref() == own);
    let mut names: Vec<String> = own.map(|group| group.name).collect();
    names.sort();
    if !names.is_empty() && !provisioning.keeps_groups {
        let mut tx = context.store.tenant(&tenant).await?;
        tx.note_groups_kept(&provider.name).await?;
        tx.commit().await?;
    } else if !provisioning.keeps_groups {
        return Ok(user);
    }
    user.groups = names;
    Ok(user)
}

/// The same for somebody who comes for the first time: they do not wait for what Auth0 does not tell now. They get the
/// default role, which nobody is refused, and the comparison mends it when Auth0 tells again.
pub(crate) async fn of_a_newcomer(context: &Context, user: User) -> Result<User, Failure> {
    let reason = match as_the_directory_says(context, user.clone()).await {
        Err(Failure::Wait { reason, .. } | Failure::Park(reason)) => reason,
        said => return said,
    };
    let came_through = user.identities.first();
    let connection = came_through.map_or("", |identity| identity.connection.as_str());
    tracing::warn!(connection, reason, "somebody comes in without their groups");
    if let Some(organization) = identity_provider::organization_of(connection) {
        let mut tx = context.store.tenant(&organization.into()).await?;
        directory_groups::queue(&mut tx, context.clock.now() + LOOKED_AGAIN).await?;
        tx.commit().await?;
    }
    Ok(User {
        groups: Vec::new(),
        ..user
    })
}

/// None where Auth0 does not tell: the tenant has no such groups, or its grant is of before we asked for them.
pub(crate) fn unless_untold<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Err(Error::Refused {
            status: 403 | 404, ..
        }) => {
            tracing::warn!(
                "Auth0 does not tell the groups of directories; see `tenantry tenant plan`"
            );
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

/// The roles of somebody who comes for the first time without an invitation, through an identity provider of the
/// organization's own. None when they came another way.
pub(crate) async fn at_first(
    tx: &mut TenantTx,
    user: &User,
) -> Result<Option<Vec<Role>>, StoreError> {
    let came_through = user.identities.first();
    let connection = came_through.map(|identity| identity.connection.as_str());
    let provider = of(tx, connection).await?;
    Ok(provider.map(|provider| provider.group_roles.of(&user.groups, provider.default_role)))
}

/// How somebody came without an invitation: as is known already, or through an identity provider of the organization's
/// own. None for whoever was added at Auth0.
pub(crate) async fn joined_by(
    tx: &mut TenantTx,
    user: &User,
    known: Option<JoinedBy>,
) -> Result<Option<JoinedBy>, StoreError> {
    if known.is_some() {
        return Ok(known);
    }
    let came_through = user.identities.first();
    let connection = came_through.map(|identity| identity.connection.as_str());
    let provider = of(tx, connection).await?;
    Ok(provider.map(|_| JoinedBy::IdentityProvider))
}

/// Keeps the groups of a member who came through an identity provider of the organization's own, and that these gave
/// their roles if they did.
pub(crate) async fn note(
    tx: &mut TenantTx,
    member: &Membership,
    user: &User,
    invited: bool,
) -> Result<(), StoreError> {
    let came_through = user.identities.first();
    let connection = came_through.map(|identity| identity.connection.as_str());
    let Some(provider) = of(tx, connection).await? else {
        return Ok(());
    };
    let by_groups = provider.group_roles.of(&user.groups, provider.default_role);
    let given = match !invited && is_same(&by_groups, &member.roles) {
        true => by_groups,
        false => Vec::new(),
    };
    let groups = MemberGroups {
        groups: user.groups.clone(),
        given,
    };
    tx.save_member_groups(&member.person.user_id, &groups).await
}

/// Whether a member's groups are others than when they were looked at last.
pub(crate) async fn have_changed(
    tx: &mut TenantTx,
    member: &Membership,
    user: &User,
) -> Result<bool, StoreError> {
    if of(tx, member.connection.as_deref()).await?.is_none() {
        return Ok(false);
    }
    let before = tx.member_groups(&member.person.user_id).await?;
    Ok(before.is_none_or(|before| before.groups != user.groups))
}

/// What becomes of a member whose groups are others than when they were looked at last, which it notes. None when their
/// roles stay as they are.
pub(crate) async fn moved(
    tx: &mut TenantTx,
    member: &Membership,
    user: &User,
) -> Result<Option<Vec<Role>>, StoreError> {
    let Some(provider) = of(tx, member.connection.as_deref()).await? else {
        return Ok(None);
    };
    let user_id = &member.person.user_id;
    let before = tx.member_groups(user_id).await?;
    let is_first_look = before.is_none();
    let before = before.unwrap_or_default();
    if !is_first_look && before.groups == user.groups {
        return Ok(None);
    }
    let held = Held {
        roles: member.roles.clone(),
        given: before.given,
    };
    // Nobody had looked, so nothing is known to have changed.
    let earlier = match is_first_look {
        true => &user.groups,
        false => &before.groups,
    };
    let mut next = provider
        .group_roles
        .moved(&held, earlier, &user.groups, provider.default_role);
    let loses_admin =
        member.roles.contains(&Role::OrgAdmin) && !next.roles.contains(&Role::OrgAdmin);
    if loses_admin && tx.count_admins_besides(user_id).await? == 0 {
        tracing::warn!(organization = %tx.tenant(), "the groups of the last administrator make none any more");
        next.roles.insert(0, Role::OrgAdmin);
        next.given.insert(0, Role::OrgAdmin);
    }
    let noted = MemberGroups {
        groups: user.groups.clone(),
        given: next.given,
    };
    tx.save_member_groups(user_id, &noted).await?;
    Ok((!is_same(&next.roles, &member.roles)).then_some(next.roles))
}

fn is_same(one: &[Role], other: &[Role]) -> bool {
    one.len() == other.len() && one.iter().all(|role| other.contains(role))
}

async fn of(
    tx: &mut TenantTx,
    connection: Option<&str>,
) -> Result<Option<IdentityProvider>, StoreError> {
    match connection {
        Some(connection) => tx.identity_provider_of(connection).await,
        None => Ok(None),
    }
}
