//! What is counted in each calendar month, and how much of it a plan allows.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::catalogue::CATALOGUE;
use crate::plan::Plan;
use crate::words::words;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Metric {
    ProjectsCreated,
    /// Each e-mail, also of one that is sent again.
    InvitationsSent,
    MembersJoined,
}

words!(Metric, UnknownMetric, "The metric is unknown.", {
    ProjectsCreated = "projects_created",
    InvitationsSent = "invitations_sent",
    MembersJoined = "members_joined",
});

/// A calendar month in UTC. Not the billing period: that moves with every change of the plan and with late news of a
/// renewal, and what was counted must stay where it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    first: NaiveDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A period is a month like 2026-11.")]
pub struct InvalidPeriod;

impl Period {
    pub fn of(now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        Self {
            first: today.with_day(1).unwrap_or(today),
        }
    }

    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    pub fn starts_at(self) -> DateTime<Utc> {
        self.first.and_time(chrono::NaiveTime::MIN).and_utc()
    }

    /// The first instant that is not in it.
    pub fn ends_at(self) -> DateTime<Utc> {
        let next = self.starts_at().checked_add_months(Months::new(1));
        next.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

impl std::str::FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
            .map_err(|_| InvalidPeriod)?;
        let period = Self { first };
        // One spelling only, of years that Postgres has as well.
        if period.to_string() == text && (2000..10_000).contains(&first.year()) {
            Ok(period)
        } else {
            Err(InvalidPeriod)
        }
    }
}

/// How much of something a plan allows in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub metric: Metric,
    pub per_month: u32,
}

impl Plan {
    /// None is unlimited.
    pub fn allowance(self, metric: Metric) -> Option<u32> {
        let mut allowances = self.entry().allowances.iter();
        let found = allowances.find(|allowance| allowance.metric == metric);
        found.map(|allowance| allowance.per_month)
    }

    /// The next plan that allows more of it.
    pub fn next_with_more(self, metric: Metric) -> Option<Self> {
        let own = self.allowance(metric)?;
        let mut dearer = CATALOGUE.iter().map(|entry| entry.plan);
        dearer.find(|plan| plan.allowance(metric).is_none_or(|allowed| allowed > own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_in_utc() {
        let last: DateTime<Utc> = "2026-12-31T23:59:59.999Z".parse().unwrap();
        let period = Period::of(last);
        assert_eq!(period.to_string(), "2026-12");
        assert_eq!(period.ends_at().to_rfc3339(), "2027-01-01T00:00:00+00:00");
        assert_eq!(Period::of(period.starts_at()), period);
        assert_eq!(Period::of(period.ends_at()).to_string(), "2027-01");
        assert_eq!("2026-12".parse(), Ok(period));
    }

    #[test]
    fn other_spellings_of_a_period_are_refused() {
        for wrong in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "26-01",
            "2026-01-01",
            "12026-01",
            "1999-12",
        ] {
            assert_eq!(wrong.parse::<Period>(), Err(InvalidPeriod), "{wrong}");
        }
    }

    #[test]
    fn a_dearer_plan_never_allows_less_and_the_dearest_everything() {
        for metric in Metric::ALL {
            for [cheaper, dearer] in CATALOGUE.array_windows() {
                let unlimited = u32::MAX;
                let of = |plan: Plan| plan.allowance(*metric).unwrap_or(unlimited);
                assert!(of(cheaper.plan) <= of(dearer.plan), "{metric}");
            }
            assert_eq!(Plan::Enterprise.allowance(*metric), None);
        }
        let next = Plan::Trial.next_with_more(Metric::ProjectsCreated);
        assert_eq!(next, Some(Plan::Personal));
        assert_eq!(
            Plan::Enterprise.next_with_more(Metric::ProjectsCreated),
            None
        );
    }
}
