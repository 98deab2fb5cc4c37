//! An organization's claim to a domain: proved by a TXT record, proved again every month, lost a week after the proof.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::words::words;

/// How long a proof is believed.
pub const PROOF_LASTS: TimeDelta = TimeDelta::days(30);
/// How often one that was missed is looked for again.
const LOOK_AGAIN: TimeDelta = TimeDelta::days(1);
/// How long it may be missing.
const GRACE: TimeDelta = TimeDelta::days(7);

/// Domains of one organization; Auth0 takes no more.
pub const MAX_DOMAINS: u32 = 100;

/// The wire names are those of Auth0's My Organization API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum DomainStatus {
    Pending,
    Verified,
    Failed,
}

words!(DomainStatus, UnknownDomainStatus, "The status is not one of pending, verified and failed.", {
    Pending = "pending",
    Verified = "verified",
    Failed = "failed",
});

/// Why a domain is not the organization's, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum DomainFailure {
    RecordMissing,
    NoAnswer,
    Taken,
    LooksAlike,
    Lost,
}

words!(DomainFailure, UnknownDomainFailure, "The failure is unknown.", {
    RecordMissing = "record_missing",
    NoAnswer = "no_answer",
    Taken = "taken",
    LooksAlike = "looks_alike",
    Lost = "lost",
});

/// Why another organization's domain is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DomainObstacle {
    /// It is this domain.
    Taken,
    /// People take it for this one.
    LooksAlike,
}

words!(DomainObstacle, UnknownDomainObstacle, "The obstacle is unknown.", {
    Taken = "taken",
    LooksAlike = "looks_alike",
});

impl From<DomainObstacle> for DomainFailure {
    fn from(obstacle: DomainObstacle) -> Self {
        match obstacle {
            DomainObstacle::Taken => Self::Taken,
            DomainObstacle::LooksAlike => Self::LooksAlike,
        }
    }
}

/// What the DNS said of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Proved,
    /// It answered, and the record is not there.
    Absent,
    /// It did not answer.
    Unanswered,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The domain is, or stays, the organization's; looked for again at this time.
    Holds {
        check_at: DateTime<Utc>,
    },
    /// It stays theirs for now; missed since, looked for again at this time.
    Missed {
        since: DateTime<Utc>,
        check_at: DateTime<Utc>,
    },
    Lost,
    Fails(DomainFailure),
}

/// When a domain whose proof is missed since then is lost.
pub fn lost_at(missed_since: DateTime<Utc>) -> DateTime<Utc> {
    missed_since + GRACE
}

/// A domain that never was proved fails at once. One that was is lost only by an answer: while the servers of a domain
/// are down nobody can take it over, and ours may be what is down.
pub fn judge(
    status: DomainStatus,
    missed_since: Option<DateTime<Utc>>,
    finding: Finding,
    now: DateTime<Utc>,
) -> Verdict {
    let check_at = now + PROOF_LASTS;
    match (status, finding) {
        (_, Finding::Proved) => Verdict::Holds { check_at },
        (DomainStatus::Verified, Finding::Absent | Finding::Unanswered) => {
            let since = missed_since.unwrap_or(now);
            let end = lost_at(since);
            if now >= end && finding == Finding::Absent {
                return Verdict::Lost;
            }
            let next = now + LOOK_AGAIN;
            let check_at = if now < end { next.min(end) } else { next };
            Verdict::Missed { since, check_at }
        }
        (DomainStatus::Pending | DomainStatus::Failed, Finding::Absent) => {
            Verdict::Fails(DomainFailure::RecordMissing)
        }
        (DomainStatus::Pending | DomainStatus::Failed, Finding::Unanswered) => {
            Verdict::Fails(DomainFailure::NoAnswer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::days(day)
    }

    fn verified(missed_since: Option<DateTime<Utc>>, finding: Finding, now: i64) -> Verdict {
        judge(DomainStatus::Verified, missed_since, finding, day(now))
    }

    #[test]
    fn a_proof_is_believed_for_thirty_days_and_ends_every_doubt() {
        let check_at = day(30);
        for status in [
            DomainStatus::Pending,
            DomainStatus::Failed,
            DomainStatus::Verified,
        ] {
            for missed in [None, Some(day(-9))] {
                let verdict = judge(status, missed, Finding::Proved, day(0));
                assert_eq!(verdict, Verdict::Holds { check_at });
            }
        }
    }

    #[test]
    fn what_never_was_proved_fails_at_once() {
        for (finding, failure) in [
            (Finding::Absent, DomainFailure::RecordMissing),
            (Finding::Unanswered, DomainFailure::NoAnswer),
        ] {
            for status in [DomainStatus::Pending, DomainStatus::Failed] {
                assert_eq!(
                    judge(status, None, finding, day(0)),
                    Verdict::Fails(failure)
                );
            }
        }
    }

    #[test]
    fn a_missing_proof_is_looked_for_daily_and_the_domain_lost_after_a_week_to_the_second() {
        let since = day(0);
        let first = verified(None, Finding::Absent, 0);
        assert_eq!(
            first,
            Verdict::Missed {
                since,
                check_at: day(1)
            }
        );
        let last = judge(
            DomainStatus::Verified,
            Some(since),
            Finding::Absent,
            day(7) - TimeDelta::seconds(1),
        );
        assert_eq!(
            last,
            Verdict::Missed {
                since,
                check_at: day(7)
            }
        );
        assert_eq!(verified(Some(since), Finding::Absent, 7), Verdict::Lost);
    }

    #[test]
    fn silence_warns_and_never_takes_a_domain_away() {
        let since = day(0);
        let late = verified(Some(since), Finding::Unanswered, 40);
        assert_eq!(
            late,
            Verdict::Missed {
                since,
                check_at: day(41)
            }
        );
        assert_eq!(verified(Some(since), Finding::Absent, 41), Verdict::Lost);
    }
}
