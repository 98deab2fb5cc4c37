//! How the copy of Auth0's members stands: what changed lately, what was compared, and what the comparison found.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{OrganizationId, Person, UserId};
use sqlx::postgres::PgRow;

use crate::{Store, StoreError, TenantTx, row};

/// How long a departure is remembered.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Memberships by which the copy differed from Auth0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drift {
    pub added: u32,
    pub removed: u32,
    pub changed: u32,
}

/// What is known of the copy of one organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MirrorState {
    /// When the last comparison that went through began.
    pub reconciled_at: Option<DateTime<Utc>>,
    /// The last comparison that found something, and what.
    pub last_drift: Option<(DateTime<Utc>, Drift)>,
    /// All that comparisons have ever found.
    pub drift_ever: DriftEver,
    pub events: EventsHeard,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DriftEver {
    pub added: u64,
    pub removed: u64,
    pub changed: u64,
}

/// Events that concern the organization, and whether any arrive at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventsHeard {
    pub received_at: Option<DateTime<Utc>>,
    pub applied_at: Option<DateTime<Utc>>,
    /// Since the pull last heard of Auth0; none while nobody pulls.
    pub pull_silence: Option<Duration>,
    /// Since an event was last pushed, for whichever organization; none before the first.
    pub push_silence: Option<Duration>,
}

impl TenantTx {
    pub async fn mirror_state(&mut self) -> Result<MirrorState, StoreError> {
        let state = self.look_up(
            "select reconciled_at, drift_at, coalesce(added, 0) as added, coalesce(removed, 0) as removed, \
             coalesce(changed, 0) as changed, coalesce(added_ever, 0) as added_ever, \
             coalesce(removed_ever, 0) as removed_ever, coalesce(changed_ever, 0) as changed_ever, event_received_at, \
             event_applied_at, pull_silence, push_silence from ops.mirror_health()",
        );
        let found = self.fetch_one(state).await?;
        let drift = Drift {
            added: row::count(&found, "added")?,
            removed: row::count(&found, "removed")?,
            changed: row::count(&found, "changed")?,
        };
        let ever = |column| row::value::<i64>(&found, column).map(i64::unsigned_abs);
        let drift_at: Option<DateTime<Utc>> = row::value(&found, "drift_at")?;
        Ok(MirrorState {
            reconciled_at: row::value(&found, "reconciled_at")?,
            last_drift: drift_at.map(|at| (at, drift)),
            drift_ever: DriftEver {
                added: ever("added_ever")?,
                removed: ever("removed_ever")?,
                changed: ever("changed_ever")?,
            },
            events: EventsHeard {
                received_at: row::value(&found, "event_received_at")?,
                applied_at: row::value(&found, "event_applied_at")?,
                pull_silence: silence(&found, "pull_silence")?,
                push_silence: silence(&found, "push_silence")?,
            },
        })
    }

    /// How many administrators besides this member can act: none whose account is blocked.
    pub async fn count_admins_besides(&mut self, user: &UserId) -> Result<u32, StoreError> {
        let count = self
            .statement(
                "select count(*)::integer as admins from app.memberships \
                 where org_id = $1 and user_id <> $2 and 'org_admin' = any (roles) \
                 and not ops.is_blocked(issuer, user_id)",
            )
            .bind(user.as_ref().to_owned());
        row::count(&self.fetch_one(count).await?, "admins")
    }

    /// How many administrators can act.
    pub async fn count_active_admins(&mut self) -> Result<u32, StoreError> {
        let count = self.statement(
            "select count(*)::integer as admins from app.memberships \
             where org_id = $1 and 'org_admin' = any (roles) and not ops.is_blocked(issuer, user_id)",
        );
        row::count(&self.fetch_one(count).await?, "admins")
    }

    /// True when they were taken out here so lately that Auth0 may not show it yet. Role Worker.
    pub async fn departed_within(
        &mut self,
        user: &UserId,
        settling: Duration,
    ) -> Result<bool, StoreError> {
        let departed = self
            .look_up("select ops.departed_within($1, make_interval(secs => $2)) as departed")
            .bind(user.as_ref().to_owned())
            .bind(settling.as_secs_f64());
        row::value(&self.fetch_one(departed).await?, "departed")
    }

    /// Something happened here: it is compared before organizations without news. Role Worker.
    pub async fn hint_mirror(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let hint = self.look_up("select ops.hint_mirror($1)").bind(now);
        self.execute(hint).await?;
        Ok(())
    }

    /// An event of this organization that came at `received` has had its effect. Role Worker.
    pub async fn note_event_applied(
        &mut self,
        received: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let note = self
            .look_up("select ops.note_event_applied($1, $2)")
            .bind(received)
            .bind(now);
        self.execute(note).await?;
        Ok(())
    }

    /// The comparison that began at `started` went through and found this. Role Worker.
    pub async fn note_reconciled(
        &mut self,
        started: DateTime<Utc>,
        drift: Drift,
    ) -> Result<(), StoreError> {
        self.note("select ops.note_reconciled($1, $2, $3, $4)", started, drift)
            .await
    }

    /// Counts a difference that no comparison of this organization's list has found. Role Worker.
    pub async fn note_drift(&mut self, at: DateTime<Utc>, drift: Drift) -> Result<(), StoreError> {
        self.note("select ops.note_drift($1, $2, $3, $4)", at, drift)
            .await
    }

    async fn note(
        &mut self,
        how: &'static str,
        at: DateTime<Utc>,
        drift: Drift,
    ) -> Result<(), StoreError> {
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let note = self
            .look_up(how)
            .bind(at)
            .bind(count(drift.added))
            .bind(count(drift.removed))
            .bind(count(drift.changed));
        self.execute(note).await?;
        Ok(())
    }
}

/// Role Worker.
impl Store {
    /// Organizations with news, the newest first, then those not compared since `before`, the oldest first.
    pub async fn organizations_to_reconcile(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let next = self
            .statement("select org_id from ops.organizations_to_reconcile($1, $2) as org_id")
            .bind(before)
            .bind(i32::try_from(limit).unwrap_or(i32::MAX));
        let next = self.fetch_all(next).await?;
        next.iter()
            .map(|found| row::parsed(found, "org_id"))
            .collect()
    }

    /// The organizations that this person belongs to.
    pub async fn organizations_of_person(
        &self,
        person: &Person,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let theirs = self
            .statement("select org_id from ops.organizations_of_person($1, $2) as org_id")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        let theirs = self.fetch_all(theirs).await?;
        theirs
            .iter()
            .map(|found| row::parsed(found, "org_id"))
            .collect()
    }

    /// Forgets departures of more than a day ago; answers how many.
    pub async fn purge_departures(&self) -> Result<u64, StoreError> {
        let purge = self
            .statement("select ops.purge_departures(make_interval(secs => $1)) as departures")
            .bind(KEPT.as_secs_f64());
        Ok(row::value::<i64>(&self.fetch_one(purge).await?, "departures")?.unsigned_abs())
    }
}

fn silence(found: &PgRow, column: &'static str) -> Result<Option<Duration>, StoreError> {
    let seconds: Option<f64> = row::value(found, column)?;
    Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
}
