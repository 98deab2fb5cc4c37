//! Groups that a customer's directory keeps at Auth0 by SCIM: whoever is in others than we know of is read again, with
//! what follows for their roles. One person's moves are told by events of their own; this finds what no event told, and
//! what happens to a group as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{GroupRole, OrganizationId, TenantId, UserId};
use futures::TryStreamExt;
use management::{Group, GroupMember};
use serde_json::{Value, json};
use store::{IdentityProvider, Provisioning, StoreError, TenantTx};

use super::pace::Pace;
use super::{Cause, member, person};
use crate::jobs::kind;
use crate::workflows::identity_provider::groups::unless_untold;
use crate::workflows::{Context, Failure};

/// Of one member: the account, and their groups.
const READS_OF_A_MEMBER: u32 = 2;

/// A directory that is tidied up changes many groups at once: news that come within this time are one comparison.
const GATHERED: TimeDelta = TimeDelta::seconds(2);

/// After a group was renamed or deleted. Auth0 does not say whether it then tells of each member, too.
pub(super) async fn told(
    context: &Context,
    group: &Value,
) -> Result<Option<&'static str>, Failure> {
    let connection = group["connection_id"].as_str().unwrap_or_default();
    if connection.is_empty() {
        return Ok(Some("the group is no identity provider's"));
    }
    let directory = &context.directory;
    let Some(organization) = directory.organization_of(context, connection).await? else {
        return Ok(Some("the identity provider is no organization's"));
    };
    let mut tx = context.store.tenant(&TenantId::from(organization)).await?;
    if tx.customer().await?.is_none() {
        return Ok(Some("the organization is not known here"));
    }
    queue(&mut tx, context.clock.now() + GATHERED).await?;
    tx.commit().await?;
    Ok(None)
}

/// Has the organization's groups compared, once however often it is asked for until then; the caller commits.
pub(in crate::workflows) async fn queue(
    tx: &mut TenantTx,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let key = kind::DIRECTORY_GROUPS;
    tx.enqueue(key, key, &json!({}), at).await
}

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn run(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    let mut pace = Pace::new(context.config.worker.reconcile_reads_per_minute);
    compare(context, &mut pace, organization, Cause::Event).await
}

/// Only groups that give a role are read, each once, and then whoever is in others of them than we know.
pub(super) async fn compare(
    context: &Context,
    pace: &mut Pace,
    organization: &OrganizationId,
    cause: Cause,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let mut kept = Vec::new();
    for provider in tx.identity_providers().await? {
        if let Some(provisioning) = tx.provisioning(&provider.name).await? {
            let known = tx.groups_by_member(&provider.connection_name).await?;
            kept.push((provider, provisioning, known));
        }
    }
    drop(tx);
    for (provider, provisioning, known) in kept {
        let mapped = mapped(&provider);
        let Some(theirs) = in_groups(context, pace, &provisioning, &mapped).await? else {
            continue;
        };
        for user in differing(&known, &theirs, &mapped) {
            pace.turn(READS_OF_A_MEMBER).await;
            let person = member::person(context, user.clone());
            person::refresh(context, &person, cause).await?;
        }
    }
    Ok(())
}

/// The groups that give a role.
fn mapped(provider: &IdentityProvider) -> BTreeSet<String> {
    let pairs: Vec<GroupRole> = provider.group_roles.clone().into();
    pairs.into_iter().map(|pair| pair.group).collect()
}

/// Everybody's groups among those, by user id. None where the directory keeps no groups at Auth0.
async fn in_groups(
    context: &Context,
    pace: &mut Pace,
    provisioning: &Provisioning,
    mapped: &BTreeSet<String>,
) -> Result<Option<BTreeMap<String, BTreeSet<String>>>, Failure> {
    if mapped.is_empty() {
        return Ok(None);
    }
    pace.turn(1).await;
    let connection = provisioning.connection_id.as_ref();
    let listed = context.auth0.groups().of_connection(connection);
    let Some(all) = unless_untold(listed.try_collect::<Vec<Group>>().await)? else {
        return Ok(None);
    };
    if all.is_empty() && !provisioning.keeps_groups {
        return Ok(None);
    }
    let mut theirs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for group in all.iter().filter(|group| mapped.contains(&group.name)) {
        pace.turn(1).await;
        let listed = context.auth0.groups().members(&group.id);
        // One that was deleted meanwhile has nobody in it.
        let members = unless_untold(listed.try_collect::<Vec<GroupMember>>().await)?;
        for member in members.unwrap_or_default() {
            theirs
                .entry(member.id)
                .or_default()
                .insert(group.name.clone());
        }
    }
    Ok(Some(theirs))
}

fn differing<'a>(
    known: &'a [(UserId, Vec<String>)],
    theirs: &BTreeMap<String, BTreeSet<String>>,
    mapped: &BTreeSet<String>,
) -> Vec<&'a UserId> {
    let none = BTreeSet::new();
    let differs = |(user, groups): &&(UserId, Vec<String>)| {
        let ours = groups.iter().filter(|group| mapped.contains(*group));
        let theirs = theirs.get(user.as_ref()).unwrap_or(&none);
        ours.collect::<BTreeSet<_>>() != theirs.iter().collect()
    };
    known.iter().filter(differs).map(|(user, _)| user).collect()
}
