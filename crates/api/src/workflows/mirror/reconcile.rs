//! Compares every customer's members and roles with Auth0's, organizations with news first, within a budget of reads.
//! How far it got is noted for each organization, so that the next run goes on from there.

use std::collections::{BTreeMap, HashSet};

use chrono::TimeDelta;
use domain::{OrganizationId, Role, TenantId, UserId};
use management::{Error, Member};
use store::{Drift, Membership, Page};

use super::member::{self, Outcome};
use super::pace::Pace;
use super::{Cause, account, directory_groups, organization};
use crate::workflows::{Context, Failure, sso_ticket};

/// Organizations asked for at a time; news that come meanwhile go before the rest.
const BATCH: u32 = 20;

/// Memberships of ours read at a time.
const PAGE: u32 = 1000;

/// Reads of Auth0 for one member whom the lists show differently.
const READS_OF_A_MEMBER: u32 = 4;

/// One round over all organizations that are due.
///
/// # Errors
/// See [`Failure`]; the next run goes on with the organization at which this one stopped.
pub async fn run(context: &Context) -> Result<(), Failure> {
    let settings = &context.config.worker;
    let mut pace = Pace::new(settings.reconcile_reads_per_minute);
    let half = TimeDelta::from_std(settings.reconcile_every / 2).unwrap_or_default();
    let before = context.clock.now() - half;
    accounts(context, &mut pace).await?;
    let mut refused = HashSet::new();
    loop {
        let mut due = context
            .store
            .organizations_to_reconcile(before, BATCH)
            .await?;
        due.retain(|organization| !refused.contains(organization));
        if due.is_empty() {
            break;
        }
        for organization in due {
            match compare(context, &mut pace, &organization).await {
                Ok(()) => {}
                // One that has to wait does not hold the others up.
                Err(Failure::Park(reason) | Failure::Wait { reason, .. }) => {
                    tracing::error!(%organization, reason, "members cannot be compared with Auth0's");
                    refused.insert(organization);
                }
                Err(other) => return Err(other),
            }
        }
    }
    context.store.purge_departures().await?;
    Ok(())
}

/// What cannot be compared now does not hold the members up.
async fn accounts(context: &Context, pace: &mut Pace) -> Result<(), Failure> {
    match account::compare(context, pace).await {
        Err(Failure::Park(reason) | Failure::Wait { reason, .. }) => {
            tracing::warn!(
                reason,
                "blocked accounts could not be compared with Auth0's"
            );
            Ok(())
        }
        compared => compared,
    }
}

/// The lists only say where to look: each member shown differently is read on its own before anything is changed.
async fn compare(
    context: &Context,
    pace: &mut Pace,
    organization: &OrganizationId,
) -> Result<(), Failure> {
    let started = context.clock.now();
    let tenant = TenantId::from(organization.clone());
    let known = known(context, &tenant).await?;
    let Some(theirs) = listed(context, pace, organization).await? else {
        organization::missed(context, organization, Cause::Reconciliation).await?;
        return note(context, &tenant, started, Drift::default()).await;
    };
    let mut drift = Drift::default();
    for user in differing(&known, &theirs) {
        pace.turn(READS_OF_A_MEMBER).await;
        match member::refresh(context, organization, user, Cause::Reconciliation).await? {
            Outcome::Added => drift.added += 1,
            Outcome::Removed => drift.removed += 1,
            Outcome::Changed => drift.changed += 1,
            Outcome::Same | Outcome::Unsettled => {}
        }
    }
    directory_groups::compare(context, pace, organization, Cause::Reconciliation).await?;
    if drift != Drift::default() {
        tracing::warn!(%organization, ?drift, "members differed from Auth0's");
    }
    note(context, &tenant, started, drift).await?;
    // Whatever became of the jobs that follow them.
    sso_ticket::look(context, organization).await
}

async fn note(
    context: &Context,
    tenant: &TenantId,
    started: chrono::DateTime<chrono::Utc>,
    drift: Drift,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    // One that was erased while it was compared leaves no trace; the lock keeps it until this is written.
    tx.lock_members().await?;
    if tx.customer().await?.is_none() {
        return Ok(());
    }
    tx.note_reconciled(started, drift).await?;
    Ok(tx.commit().await?)
}

async fn known(
    context: &Context,
    tenant: &TenantId,
) -> Result<BTreeMap<UserId, Membership>, Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    let mut known = BTreeMap::new();
    let mut page = Page::first(PAGE);
    loop {
        let listed = tx.memberships(&page).await?;
        page.after = listed.items.last().map(|last| last.person.user_id.clone());
        let members = listed.items.into_iter();
        known.extend(members.map(|member| (member.person.user_id.clone(), member)));
        if !listed.more {
            return Ok(known);
        }
    }
}

/// None when Auth0 has no such organization.
async fn listed(
    context: &Context,
    pace: &mut Pace,
    organization: &OrganizationId,
) -> Result<Option<BTreeMap<UserId, Member>>, Failure> {
    let mut all = BTreeMap::new();
    let mut from: Option<String> = None;
    loop {
        pace.turn(1).await;
        let organizations = context.auth0.organizations();
        let page = organizations
            .members_page(organization.as_ref(), from.as_deref())
            .await;
        let page = match page {
            Err(Error::Refused { status: 404, .. }) => return Ok(None),
            Err(Error::RateLimited { wait, .. }) if pace.put_off(wait) => continue,
            other => other?,
        };
        for member in page.items {
            if let Ok(user) = member.user_id.parse::<UserId>() {
                all.insert(user, member);
            }
        }
        from = page.next;
        if from.is_none() {
            return Ok(Some(all));
        }
    }
}

/// Whom one side has and the other has not, or has otherwise.
fn differing<'a>(
    known: &'a BTreeMap<UserId, Membership>,
    theirs: &'a BTreeMap<UserId, Member>,
) -> Vec<&'a UserId> {
    let gone_or_changed = known.iter().filter(|(user, membership)| {
        let theirs = theirs.get(user);
        theirs.is_none_or(|theirs| !is_same(membership, theirs))
    });
    let new = theirs.keys().filter(|user| !known.contains_key(user));
    gone_or_changed.map(|(user, _)| user).chain(new).collect()
}

fn is_same(membership: &Membership, theirs: &Member) -> bool {
    let named = theirs.roles.iter().map(|role| role.name.parse::<Role>());
    let roles: HashSet<&str> = named.flatten().map(Role::as_str).collect();
    let held = membership.roles.iter().map(|role| role.as_str());
    roles == held.collect::<HashSet<&str>>()
        && (&membership.email, &membership.name, &membership.picture)
            == (&theirs.email, &theirs.name, &theirs.picture)
}
