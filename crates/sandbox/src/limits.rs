//! Auth0's rate limits of the Management API: one token bucket per family of endpoints, for the whole tenant.
//!
//! <https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-configurations>

mod plan;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use plan::Rate;

/// Whose rate limits apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// Essentials, Professional and their B2B editions.
    #[default]
    SelfService,
    Free,
    /// A production tenant in the public cloud.
    Enterprise,
    Off,
}

impl Limits {
    /// Connections to the Events API at a time.
    pub(crate) fn event_feeds(self) -> Option<usize> {
        match self {
            Self::Free => Some(1),
            Self::SelfService => Some(4),
            Self::Enterprise => Some(8),
            Self::Off => None,
        }
    }
}

/// The families of endpoints that Auth0 counts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    Global,
    ListOrganizations,
    ReadOrganization,
    ReadOrganizationByName,
    WriteOrganizations,
    ReadMembers,
    WriteMembers,
    ReadMemberRoles,
    WriteMemberRoles,
    ReadOrganizationConnections,
    WriteOrganizationConnections,
    ReadInvitations,
    WriteInvitations,
    ReadOrganizationGrants,
    WriteOrganizationGrants,
    ReadUserOrganizations,
    ReadUsers,
    WriteUsers,
    ReadClients,
    ReadConnections,
    ReadLogs,
    RotateKeys,
    /// Every endpoint without a family of its own.
    Other,
}

/// What the `x-ratelimit-*` headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Until the next request is added to the bucket.
    pub(crate) until_next: Duration,
}

pub(crate) enum Verdict {
    /// No limit applies to the endpoint on this plan.
    Unlimited,
    Within(Allowance),
    Exceeded(Allowance),
}

/// Refills in real time, not in the sandbox's: moving the clock must not hand out requests.
pub(crate) struct Buckets {
    limits: Limits,
    levels: Mutex<HashMap<Bucket, Level>>,
    /// Of provisioning, by connection id; the tenant's own has no name.
    scim: Mutex<HashMap<String, Level>>,
}

impl Buckets {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            levels: Mutex::default(),
            scim: Mutex::default(),
        }
    }

    /// Every bucket is full again; for `/sandbox/reset`.
    pub(crate) fn reset(&self) {
        self.levels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let mut scim = self.scim.lock().unwrap_or_else(PoisonError::into_inner);
        scim.clear();
    }

    /// Counts one request of a connection's provisioning; false when it is one too many.
    pub(crate) fn take_scim(&self, connection: &str, now: Instant) -> bool {
        let Some((connections, tenants)) = plan::scim(self.limits) else {
            return true;
        };
        let mut levels = self.scim.lock().unwrap_or_else(PoisonError::into_inner);
        [
            (String::new(), tenants),
            (connection.to_owned(), connections),
        ]
        .into_iter()
        .all(|(name, rate)| {
            let level = levels.entry(name).or_insert_with(|| Level::full(rate, now));
            level.take(rate, now)
        })
    }

    /// Counts one request. The tenant's own limit is asked first and its request is spent even if the family refuses.
    pub(crate) fn take(&self, bucket: Bucket, now: Instant) -> Verdict {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut verdict = Verdict::Unlimited;
        for bucket in [Bucket::Global, bucket] {
            let Some(rate) = plan::rate(self.limits, bucket) else {
                continue;
            };
            let level = levels
                .entry(bucket)
                .or_insert_with(|| Level::full(rate, now));
            let taken = level.take(rate, now);
            let allowance = level.allowance(rate, now);
            if !taken {
                return Verdict::Exceeded(allowance);
            }
            verdict = Verdict::Within(allowance);
        }
        verdict
    }
}

struct Level {
    /// Requests left, each counted as [`Rate::cost`] parts so that shares of a request are exact.
    parts: u64,
    filled: Instant,
}

impl Level {
    fn full(rate: Rate, now: Instant) -> Self {
        Self {
            parts: rate.capacity(),
            filled: now,
        }
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        self.refill(rate, now);
        let left = self.parts.checked_sub(rate.cost());
        self.parts = left.unwrap_or(self.parts);
        left.is_some()
    }

    fn refill(&mut self, rate: Rate, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled);
        let ticks = elapsed.as_millis() / rate.tick.as_millis();
        // An idle bucket is full long before the count of ticks gets that large.
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        let added = u64::from(ticks) * rate.added_per_tick();
        self.parts = self.parts.saturating_add(added).min(rate.capacity());
        self.filled += rate.tick * ticks;
    }

    fn allowance(&self, rate: Rate, now: Instant) -> Allowance {
        let missing = rate.cost() - self.parts % rate.cost();
        let ticks = missing.div_ceil(rate.added_per_tick());
        let next = self.filled + rate.tick * u32::try_from(ticks).unwrap_or(u32::MAX);
        Allowance {
            limit: rate.burst,
            remaining: u32::try_from(self.parts / rate.cost()).unwrap_or(rate.burst),
            until_next: next.saturating_duration_since(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(buckets: &Buckets, bucket: Bucket, now: Instant) -> Option<Allowance> {
        match buckets.take(bucket, now) {
            Verdict::Within(allowance) => Some(allowance),
            Verdict::Unlimited | Verdict::Exceeded(_) => None,
        }
    }

    #[test]
    fn a_burst_empties_the_bucket_and_each_second_refills_a_share() {
        let buckets = Buckets::new(Limits::SelfService);
        let start = Instant::now();
        for left in (0..5).rev() {
            let allowance = spend(&buckets, Bucket::WriteOrganizations, start).unwrap();
            assert_eq!((allowance.limit, allowance.remaining), (5, left));
        }
        assert!(spend(&buckets, Bucket::WriteOrganizations, start).is_none());
        assert!(
            spend(
                &buckets,
                Bucket::WriteOrganizations,
                start + Duration::from_millis(2_900)
            )
            .is_none()
        );
        assert!(
            spend(
                &buckets,
                Bucket::WriteOrganizations,
                start + Duration::from_secs(3)
            )
            .is_some()
        );
    }

    #[test]
    fn a_refusal_says_when_the_next_request_is_added() {
        let buckets = Buckets::new(Limits::SelfService);
        let start = Instant::now();
        let refused = std::iter::repeat_with(|| buckets.take(Bucket::WriteOrganizations, start))
            .find_map(|verdict| match verdict {
                Verdict::Exceeded(allowance) => Some(allowance),
                Verdict::Within(_) | Verdict::Unlimited => None,
            })
            .unwrap();
        assert_eq!(refused.remaining, 0);
        assert_eq!(refused.until_next, Duration::from_secs(3));
    }

    #[test]
    fn the_sustained_rate_is_the_documented_one() {
        let buckets = Buckets::new(Limits::SelfService);
        let start = Instant::now();
        let minute = (0..=600).map(|tenth| start + Duration::from_millis(tenth * 100));
        let served = minute
            .filter(|now| spend(&buckets, Bucket::WriteOrganizations, *now).is_some())
            .count();
        assert_eq!(served, 5 + 25);
    }

    #[test]
    fn the_free_plan_counts_everything_together() {
        let buckets = Buckets::new(Limits::Free);
        let now = Instant::now();
        assert!(spend(&buckets, Bucket::ReadUsers, now).is_some());
        assert!(spend(&buckets, Bucket::WriteOrganizations, now).is_some());
        assert!(spend(&buckets, Bucket::Other, now).is_none());
    }

    #[test]
    fn families_do_not_share_a_bucket_and_off_limits_nothing() {
        let buckets = Buckets::new(Limits::SelfService);
        let now = Instant::now();
        while spend(&buckets, Bucket::WriteOrganizations, now).is_some() {}
        assert!(spend(&buckets, Bucket::ReadOrganization, now).is_some());
        let off = Buckets::new(Limits::Off);
        assert!((0..1_000).all(|_| matches!(
            off.take(Bucket::WriteOrganizations, now),
            Verdict::Unlimited
        )));
    }
}
