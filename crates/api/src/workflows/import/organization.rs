//! One organization of an import: judged first, then marked at Auth0, then written here, its members last.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use domain::import::Why;
use domain::member::JoinedBy;
use domain::seats::reserve;
use domain::{
    DisplayName, OrganizationId, OrganizationName, PaidTerm, Person, Role, SeatsTaken, State,
    Subscription, TenantId, UserId, Wanted,
};
use management::{Error, Member, Organization};
use serde_json::json;
use store::{
    AuditFilter, Membership, NewAuditEvent, NewCustomer, Page, PlatformImport, StoreError,
    SubscriptionRecord, TenantTx,
};

use crate::audit;
use crate::jobs::kind;
use crate::workflows::membership_pull::SETTLING;
use crate::workflows::mirror::pace::Pace;
use crate::workflows::{Context, Failure, marker};

/// Entries of metadata that Auth0 takes (Auth0, "Entity Limit Policy").
const MAX_METADATA: usize = 25;

/// Memberships written in one transaction.
const AT_ONCE: usize = 200;

pub(super) enum Verdict {
    Refused(Why),
    AlreadyOurs,
    Fit(Fit),
}

/// An organization that can be or has been imported.
pub(super) struct Fit {
    pub(super) name: OrganizationName,
    pub(super) members: u32,
    pub(super) needs_admin: bool,
}

pub(super) async fn take_over(
    context: &Context,
    pace: &mut Pace,
    import: &PlatformImport,
    id: &OrganizationId,
) -> Result<Verdict, Failure> {
    let tenant = TenantId::from(id.clone());
    let mut tx = context.store.tenant(&tenant).await?;
    let is_ours = tx.customer().await?.is_some();
    let is_begun = tx.imported_by().await? == Some(import.id);
    drop(tx);
    if is_ours && !is_begun {
        return Ok(Verdict::AlreadyOurs);
    }
    pace.turn(1).await;
    let found = context.auth0.organizations().show(id.as_ref()).await?;
    let Some(found) = found else {
        return Ok(Verdict::Refused(Why::NotFound));
    };
    let Ok(name) = OrganizationName::imported(found.name.clone()) else {
        return Ok(Verdict::Refused(Why::InvalidName));
    };
    if let Some(why) = refusal_of_metadata(context, &found.metadata) {
        return Ok(Verdict::Refused(why));
    }
    let Some(mut members) = members(context, pace, id).await? else {
        return Ok(Verdict::Refused(Why::NotFound));
    };
    let is_admin = |member: &Member| roles(member).contains(&Role::OrgAdmin);
    // Administrators have their seats first.
    members.sort_by_key(|member| !is_admin(member));
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let subscription = subscription(import, seats(import, count));
    let wanted = Wanted::More(count);
    let now = context.clock.now();
    let is_full = reserve(&subscription, SeatsTaken::default(), wanted, now).is_err();
    // One that was begun is ours, whoever has joined it at Auth0 since.
    if is_full && !import.may_exceed_seats && !is_begun {
        return Ok(Verdict::Refused(Why::TooFewSeats));
    }
    let fit = Fit {
        name,
        members: count,
        needs_admin: !members.iter().any(is_admin),
    };
    if import.dry_run {
        return Ok(Verdict::Fit(fit));
    }
    if !is_begun {
        mark(context, id, &subscription).await?;
        if !found_here(context, import, &found, &fit, subscription).await? {
            return Ok(Verdict::Refused(Why::NameTaken));
        }
    }
    admit(context, import, &tenant, &members).await?;
    finish(context, import, &tenant, &fit).await?;
    Ok(Verdict::Fit(fit))
}

/// Nothing of anybody else's is taken over, and nothing that is there is pushed out.
fn refusal_of_metadata(context: &Context, metadata: &BTreeMap<String, String>) -> Option<Why> {
    let environment = &context.config.environment;
    if marker::is_of_another(metadata, environment) {
        return Some(Why::OtherEnvironment);
    }
    if marker::conversion(metadata, environment).is_some() {
        return Some(Why::BeingCreated);
    }
    let ours = marker::imported(environment, "");
    let new = ours.keys().filter(|key| !metadata.contains_key(*key));
    (metadata.len() + new.count() > MAX_METADATA).then_some(Why::MetadataFull)
}

/// None when Auth0 has no such organization.
async fn members(
    context: &Context,
    pace: &mut Pace,
    id: &OrganizationId,
) -> Result<Option<Vec<Member>>, Failure> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    let mut from: Option<String> = None;
    loop {
        pace.turn(1).await;
        let organizations = context.auth0.organizations();
        let page = organizations
            .members_page(id.as_ref(), from.as_deref())
            .await;
        let page = match page {
            Err(Error::Refused { status: 404, .. }) => return Ok(None),
            Err(Error::RateLimited { wait, .. }) if pace.put_off(wait) => continue,
            other => other?,
        };
        let items = page.items.into_iter();
        all.extend(items.filter(|member| seen.insert(member.user_id.clone())));
        from = page.next;
        if from.is_none() {
            return Ok(Some(all));
        }
    }
}

/// Roles of the tenant that are not ours mean nothing here; whoever has none of ours is a plain member.
fn roles(member: &Member) -> Vec<Role> {
    let named = member.roles.iter().map(|role| role.name.parse());
    let ours: Vec<Role> = named.filter_map(Result::ok).collect();
    if ours.is_empty() {
        vec![Role::OrgMember]
    } else {
        ours
    }
}

fn has_none_of_ours(member: &Member) -> bool {
    let mut named = member.roles.iter();
    !named.any(|role| role.name.parse::<Role>().is_ok())
}

fn seats(import: &PlatformImport, members: u32) -> u32 {
    let plan = import.plan.entry();
    let fitting = members.clamp(plan.min_seats, plan.seat_limit());
    import.seats.unwrap_or(fitting)
}

fn subscription(import: &PlatformImport, seats: u32) -> Subscription {
    Subscription {
        plan: import.plan,
        state: State::Active {
            term: PaidTerm {
                interval: import.interval,
                seats,
                paid_until: import.agreement.until,
            },
            cancel_at_period_end: false,
        },
    }
}

async fn mark(
    context: &Context,
    id: &OrganizationId,
    subscription: &Subscription,
) -> Result<(), Failure> {
    let claim = subscription.claim(context.clock.now()).to_string();
    let ours = marker::imported(&context.config.environment, &claim);
    let entries = ours.into_iter().map(|(key, value)| (key, Some(value)));
    let organizations = context.auth0.organizations();
    organizations
        .merge_metadata(id.as_ref(), entries.collect())
        .await?;
    Ok(())
}

/// False when another customer of ours has its name.
async fn found_here(
    context: &Context,
    import: &PlatformImport,
    theirs: &Organization,
    fit: &Fit,
    subscription: Subscription,
) -> Result<bool, Failure> {
    let id: OrganizationId = theirs
        .id
        .parse()
        .map_err(|_| Failure::Park("Auth0 answered an organization id of another shape".into()))?;
    let now = context.clock.now();
    let mut tx = context.store.tenant(&TenantId::from(id)).await?;
    let customer = NewCustomer {
        name: fit.name.clone(),
        display_name: display_name(theirs, &fit.name)?,
        conversion: None,
        created_at: now,
    };
    match tx.insert_imported_customer(&customer, import.id).await {
        Err(StoreError::Taken { .. }) => return Ok(false),
        other => other?,
    }
    tx.save_subscription(&SubscriptionRecord::new(subscription))
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Auth0 takes what we would not; its name is always good enough to be read.
fn display_name(theirs: &Organization, name: &OrganizationName) -> Result<DisplayName, Failure> {
    let shown = theirs.display_name.clone().unwrap_or_default();
    let or_name = || DisplayName::try_from(name.to_string());
    DisplayName::try_from(shown)
        .or_else(|_| or_name())
        .map_err(|error| Failure::Park(error.to_string()))
}

/// Whoever is a member by now keeps what they are: they came in by themselves, or with the run before this one, and may
/// have been changed here since.
async fn admit(
    context: &Context,
    import: &PlatformImport,
    tenant: &TenantId,
    members: &[Member],
) -> Result<(), Failure> {
    let now = context.clock.now();
    let issuer = &context.config.auth0.issuers[0];
    for some in members.chunks(AT_ONCE) {
        let mut tx = context.store.tenant(tenant).await?;
        let room = room(&mut tx, import, now).await?;
        tx.lock_members().await?;
        let mut new = Vec::new();
        for member in some {
            let Ok(user_id) = member.user_id.parse() else {
                continue;
            };
            if !is_settled(&mut tx, &user_id).await? {
                new.push((member, user_id));
            }
        }
        let seats = room.map_or(new.len(), |room| new.len().min(room));
        if seats < new.len() {
            // As for everybody whom Auth0 has beyond the seats: a comparison lets them in once there is one.
            tracing::warn!(organization = %tenant, "a seat was taken while the organization was imported");
        }
        for (member, user_id) in new.into_iter().take(seats) {
            let person = Person {
                issuer: issuer.clone(),
                user_id: user_id.clone(),
            };
            if has_none_of_ours(member) {
                let payload = json!({ "user_id": person.user_id });
                let key = person.user_id.to_string();
                tx.enqueue(kind::MEMBERSHIP, &key, &payload, now).await?;
            }
            tx.save_membership(&Membership {
                person,
                roles: roles(member),
                email: member.email.clone(),
                name: member.name.clone(),
                picture: member.picture.clone(),
                connection: None,
                joined_at: now,
                last_seen_at: None,
            })
            .await?;
            tx.note_joined(&user_id, JoinedBy::OrganizationImport)
                .await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// They are a member, or were taken out here so lately that Auth0 may still show them.
async fn is_settled(tx: &mut TenantTx, user_id: &UserId) -> Result<bool, Failure> {
    Ok(tx.membership(user_id).await?.is_some() || tx.departed_within(user_id, SETTLING).await?)
}

/// How many more there is room for, now that others may have come in; none when that does not matter. The lock on the
/// seats lasts as long as the transaction.
async fn room(
    tx: &mut TenantTx,
    import: &PlatformImport,
    now: DateTime<Utc>,
) -> Result<Option<usize>, Failure> {
    let record = tx.lock_subscription().await?;
    if import.may_exceed_seats {
        return Ok(None);
    }
    let taken = tx.seats_taken(now).await?;
    let fits = |more: usize| {
        let more = Wanted::More(u32::try_from(more).unwrap_or(u32::MAX));
        let record = record.as_ref();
        record.is_some_and(|record| reserve(&record.subscription, taken, more, now).is_ok())
    };
    let most = (1..=AT_ONCE).rev().find(|more| fits(*more));
    Ok(Some(most.unwrap_or(0)))
}

async fn finish(
    context: &Context,
    import: &PlatformImport,
    tenant: &TenantId,
    fit: &Fit,
) -> Result<(), Failure> {
    let now = context.clock.now();
    let target = format!("organization:{tenant}");
    let event = |action: &str| NewAuditEvent {
        request_id: import.request_id.clone(),
        ..audit::by_client(&import.client_id, action, target.clone(), now)
    };
    let mut tx = context.store.tenant(tenant).await?;
    let told = AuditFilter {
        target: Some(target.clone()),
        action: Some("organization.imported".to_owned()),
        ..AuditFilter::default()
    };
    if !tx
        .audit_events(&told, &Page::first(1))
        .await?
        .items
        .is_empty()
    {
        // The run before this one came so far and no further.
        return Ok(());
    }
    tx.insert_audit_event(&NewAuditEvent {
        after: Some(json!({
            "import": import.id,
            "members": fit.members,
            "plan": import.plan,
            "terms": import.agreement.terms,
        })),
        ..event("organization.imported")
    })
    .await?;
    if fit.needs_admin {
        tracing::warn!(organization = %tenant, "an imported organization has no administrator");
        tx.insert_audit_event(&event("organization.needs_admin"))
            .await?;
    }
    Ok(tx.commit().await?)
}
