//! A tenant's subscription: what it has, until when, and the only ways in which that changes.

mod change;
mod commands;
mod endings;
mod refusals;
mod support;

use std::cmp::Ordering;

use chrono::{DateTime, Months, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::plan::{Interval, Plan};
use crate::subscription_claim::SubscriptionClaim;
use crate::words::words;

pub use change::{ChangeRefusal, InUse, PlanChange, TakesEffect, Terms};
pub use refusals::{
    ActivateRefusal, CancelRefusal, ExpireRefusal, ExtendRefusal, PastDueRefusal, PayRefusal,
    RecoverRefusal, RenewRefusal, ResumeRefusal,
};
pub use support::SupportRefusal;

/// How long a paid plan goes on after its period without news of the renewal. Stripe finalizes a renewal invoice about
/// one hour after the period's end (<https://docs.stripe.com/billing/invoices/subscription>), and its news may be late.
pub const RENEWAL_SLACK: TimeDelta = TimeDelta::hours(24);

/// Time alone changes no stored state: what has ended says so through [`status`](Self::status) at once, and
/// [`expire`](Self::expire) only writes down later what the status says already.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subscription {
    pub plan: Plan,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    Trial {
        ends_at: DateTime<Utc>,
    },
    /// Paid, but the organization that was paid for does not exist yet.
    Activation {
        term: PaidTerm,
    },
    Active {
        term: PaidTerm,
        cancel_at_period_end: bool,
    },
    /// A payment failed; everything works until `grace_until`, which is never before the end of what is paid.
    PastDue {
        term: PaidTerm,
        grace_until: DateTime<Utc>,
    },
    Expired {
        since: DateTime<Utc>,
    },
    Canceled {
        since: DateTime<Utc>,
    },
}

/// What was paid for, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PaidTerm {
    pub interval: Interval,
    /// At least 1.
    pub seats: u32,
    pub paid_until: DateTime<Utc>,
}

/// What a subscription looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Status {
    Active,
    Activation,
    PastDue,
    Expired,
    Canceled,
}

words!(Status, UnknownStatus, "The status is not one of active, activation, past_due, expired and canceled.", {
    Active = "active",
    Activation = "activation",
    PastDue = "past_due",
    Expired = "expired",
    Canceled = "canceled",
});

impl Status {
    /// Whether what the plan includes can be used, beyond reading.
    pub fn is_live(self) -> bool {
        match self {
            Self::Active | Self::Activation | Self::PastDue => true,
            Self::Expired | Self::Canceled => false,
        }
    }
}

impl Interval {
    /// The end of one interval that begins now; the 31st becomes the last day of a shorter month.
    pub fn after(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_months(self.months())
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The beginning of one interval that ends then.
    pub fn before(self, end: DateTime<Utc>) -> DateTime<Utc> {
        end.checked_sub_months(self.months())
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    fn months(self) -> Months {
        match self {
            Self::Month => Months::new(1),
            Self::Year => Months::new(12),
        }
    }
}

impl Subscription {
    /// Ends to the millisecond, which is all that the claim can say.
    pub fn start_trial(now: DateTime<Utc>, days: u32) -> Self {
        let ends_at = now
            .checked_add_signed(TimeDelta::days(i64::from(days)))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self::trial_until(ends_at)
    }

    /// A trial that was started elsewhere, e.g. at the first login.
    pub fn trial_until(ends_at: DateTime<Utc>) -> Self {
        let ends_at =
            DateTime::from_timestamp_millis(ends_at.timestamp_millis()).unwrap_or(ends_at);
        Self {
            plan: Plan::Trial,
            state: State::Trial { ends_at },
        }
    }

    /// What ends at an instant has ended at that instant.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        match self.course() {
            (_, Some((until, afterwards))) if now >= until => afterwards,
            (running, _) => running,
        }
    }

    /// The status, and when the clock alone makes which other one of it.
    pub fn course(&self) -> (Status, Option<(DateTime<Utc>, Status)>) {
        let (running, until, afterwards) = match &self.state {
            State::Trial { ends_at } => (Status::Active, *ends_at, Status::Expired),
            State::Activation { term } => (Status::Activation, term.slack_until(), Status::Expired),
            State::Active {
                term,
                cancel_at_period_end: true,
            } => (Status::Active, term.paid_until, Status::Canceled),
            State::Active {
                term,
                cancel_at_period_end: false,
            } => (Status::Active, term.slack_until(), Status::Expired),
            State::PastDue { grace_until, .. } => (Status::PastDue, *grace_until, Status::Expired),
            State::Expired { .. } => return (Status::Expired, None),
            State::Canceled { .. } => return (Status::Canceled, None),
        };
        (running, Some((until, afterwards)))
    }

    /// Whether writes are allowed.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.status(now).is_live()
    }

    /// The end that is announced: of the trial, of what is paid, of the grace; or when it ended.
    pub fn ends_at(&self) -> DateTime<Utc> {
        match &self.state {
            State::Trial { ends_at } => *ends_at,
            State::Activation { term } | State::Active { term, .. } => term.paid_until,
            State::PastDue { grace_until, .. } => *grace_until,
            State::Expired { since } | State::Canceled { since } => *since,
        }
    }

    /// What is paid for, if anything is.
    pub fn term(&self) -> Option<&PaidTerm> {
        match &self.state {
            State::Activation { term }
            | State::Active { term, .. }
            | State::PastDue { term, .. } => Some(term),
            State::Trial { .. } | State::Expired { .. } | State::Canceled { .. } => None,
        }
    }

    /// Seats that may be taken: the paid ones, and one where nothing is paid.
    pub fn seats(&self) -> u32 {
        self.term().map_or(1, |term| term.seats)
    }

    pub fn claim(&self, now: DateTime<Utc>) -> SubscriptionClaim {
        SubscriptionClaim::new(self.plan, self.ends_at(), self.status(now))
    }
}

impl PaidTerm {
    fn slack_until(&self) -> DateTime<Utc> {
        self.paid_until
            .checked_add_signed(RENEWAL_SLACK)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// News may arrive late and out of order: older news changes nothing, and neither paid time nor paid seats are ever
    /// taken back. Fewer seats begin with the period that is paid for them.
    fn updated_to(self, news: Self) -> Self {
        match news.paid_until.cmp(&self.paid_until) {
            Ordering::Greater => news,
            Ordering::Equal => Self {
                seats: self.seats.max(news.seats),
                ..self
            },
            Ordering::Less => self,
        }
    }
}

#[cfg(test)]
mod sequences;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
