//! Who is to be reminded of what: one job for each tenant looks, notes each reminder once, and queues its mail in the
//! same transaction. The mail is written when it is sent, and only if it still holds.

mod letter;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::invitation::name_in_mail;
use domain::reminder::{Due, Reminder, due};
use domain::{Person, Plan, Role, TenantId, UserId};
use management::User;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{SubscriptionRecord, TenantTx};

use super::{Context, Failure};
use crate::jobs::kind;

/// As long as there is no mail server: perhaps there is one tomorrow.
const WITHOUT_MAIL: TimeDelta = TimeDelta::days(1);

/// Who pays for an organization.
const PAYERS: [Role; 2] = [Role::OrgAdmin, Role::OrgBilling];

/// Payload of a mail's job.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mailing {
    pub kind: domain::reminder::ReminderKind,
    pub ends_at: DateTime<Utc>,
    pub user_id: UserId,
}

/// Looks now, and says when it is worth to look again.
pub async fn look(context: &Context, tenant: &TenantId) -> Result<(), Failure> {
    let now = context.clock.now();
    let mut tx = context.store.tenant(tenant).await?;
    let people = recipients(&mut tx).await?;
    drop(tx);
    let mut zones = Vec::new();
    for person in people {
        // Auth0 is asked without a connection in hand.
        if let Some(user) = reachable(context, &person.user_id).await? {
            zones.push((person, zone(&user)));
        }
    }
    let mut tx = context.store.tenant(tenant).await?;
    let Some(record) = tx.lock_subscription().await? else {
        return Ok(());
    };
    let mut next: Option<DateTime<Utc>> = None;
    for (person, zone) in &zones {
        let mut found = due_for(&record, *zone, now);
        if context.mailer.is_none() && found != NOTHING {
            found = Due {
                reminder: None,
                next: Some(now + WITHOUT_MAIL),
            };
        }
        if let Some(reminder) = found.reminder
            && tx.note_reminder(&reminder, person, now).await?
        {
            queue(&mut tx, &reminder, person, now).await?;
        }
        next = [next, found.next].into_iter().flatten().min();
    }
    if let Some(next) = next {
        tx.enqueue(kind::REMINDERS, kind::REMINDERS, &json!({}), next)
            .await?;
    }
    Ok(tx.commit().await?)
}

const NOTHING: Due = Due {
    reminder: None,
    next: None,
};

async fn queue(
    tx: &mut TenantTx,
    reminder: &Reminder,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mailing = Mailing {
        kind: reminder.kind,
        ends_at: reminder.ends_at,
        user_id: person.user_id.clone(),
    };
    let key = format!(
        "{}:{}:{}",
        reminder.kind,
        reminder.ends_at.timestamp_millis(),
        person.user_id
    );
    let payload = serde_json::to_value(&mailing)
        .map_err(|error| Failure::Park(format!("a mailing that cannot be kept: {error}")))?;
    Ok(tx.enqueue(kind::REMINDER_MAIL, &key, &payload, now).await?)
}

/// Nobody who is on the way out, or whose trial is not what they use: members of an organization have one as well.
async fn recipients(tx: &mut TenantTx) -> Result<Vec<Person>, Failure> {
    let Some(record) = tx.subscription().await? else {
        return Ok(Vec::new());
    };
    if tx.deletion().await?.is_some_and(|found| found.is_wanted()) {
        return Ok(Vec::new());
    }
    if matches!(tx.tenant(), TenantId::Organization(_)) {
        return Ok(tx.people_with_roles(&PAYERS).await?);
    }
    if record.subscription.plan == Plan::Trial && tx.individual_has_organization().await? {
        return Ok(Vec::new());
    }
    Ok(tx.person().await?.into_iter().collect())
}

/// None for whoever is gone, blocked, or has no address.
pub(super) async fn reachable(context: &Context, user: &UserId) -> Result<Option<User>, Failure> {
    let found = context.auth0.users().show(user.as_ref()).await?;
    Ok(found.filter(|user| !user.blocked && user.email.is_some()))
}

/// Where they say they are: what their provider tells, or what the application let them choose.
pub(super) fn zone(user: &User) -> Tz {
    let chosen = user.user_metadata.get("zoneinfo");
    let named = chosen
        .and_then(|zone| zone.as_str())
        .or(user.zoneinfo.as_deref());
    named
        .and_then(|zone| zone.parse().ok())
        .unwrap_or(chrono_tz::UTC)
}

fn due_for(record: &SubscriptionRecord, zone: Tz, now: DateTime<Utc>) -> Due {
    due(&record.subscription, record.renews(), zone, now)
}

/// Sends one mail, unless it has been paid, extended, taken back or overtaken since.
pub async fn mail(context: &Context, tenant: &TenantId, mailing: &Mailing) -> Result<(), Failure> {
    let Some(mailer) = &context.mailer else {
        return Ok(());
    };
    let Some(user) = reachable(context, &mailing.user_id).await? else {
        return Ok(());
    };
    let mut tx = context.store.tenant(tenant).await?;
    let organization = tx.customer().await?.and_then(|found| found.display_name);
    // One that was taken before a rule became stricter, or set at Auth0, is shown, but not mailed.
    let organization = organization.and_then(|name| name_in_mail(name.as_ref()));
    let record = tx.subscription().await?;
    drop(tx);
    let (zone, now) = (zone(&user), context.clock.now());
    let wanted = Reminder {
        kind: mailing.kind,
        ends_at: mailing.ends_at,
    };
    let holds = record.is_some_and(|record| still_holds(&record, &wanted, zone, now));
    if !holds {
        return Ok(());
    }
    let letter = letter::Facts {
        reminder: wanted,
        tenant,
        user: &mailing.user_id,
        organization: organization.as_deref(),
        zone,
        config: &context.config,
    };
    let letter = letter.to(user.email.unwrap_or_default());
    Ok(mailer.send(&letter, now).await?)
}

/// At night too: it was noted by day.
fn still_holds(
    record: &SubscriptionRecord,
    wanted: &Reminder,
    zone: Tz,
    now: DateTime<Utc>,
) -> bool {
    domain::reminder::current(&record.subscription, record.renews(), zone, now) == Some(*wanted)
}
