//! What a tenant has bought: one state that carries its data, and the commands that lead from one to the next.
//!
//! A paid period is never shortened: every command keeps the latest `paid_until` that it has seen.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::plan::{Interval, Plan};
use crate::role::{UnknownName, named};

/// Stripe finalizes the invoice of a renewal about one hour after the period ends; nobody is locked out meanwhile.
pub const RENEWAL_SLACK: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    pub plan: Plan,
    pub state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Trial {
        ends_at: DateTime<Utc>,
    },
    /// Paid, and the organization is not there yet.
    Activation {
        term: PaidTerm,
    },
    Active {
        term: PaidTerm,
        cancel_at_period_end: bool,
    },
    /// A renewal failed.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidTerm {
    pub interval: Interval,
    pub seats: u32,
    pub paid_until: DateTime<Utc>,
}

named! {
    /// How a subscription looks from outside at one moment.
    Status, "status" {
        Active = "active",
        Activation = "activation",
        PastDue = "past_due",
        Expired = "expired",
        Canceled = "canceled",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    #[error("the trial is not sold")]
    NotSold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subscription that is {status} cannot be {wanted}")]
pub struct TransitionRefusal {
    pub status: &'static str,
    pub wanted: &'static str,
}

impl Subscription {
    pub fn start_trial(now: DateTime<Utc>, days: u32) -> Self {
        Self::trial_until(now + TimeDelta::days(i64::from(days)))
    }

    pub fn trial_until(ends_at: DateTime<Utc>) -> Self {
        Self {
            plan: Plan::Trial,
            state: State::Trial { ends_at },
        }
    }

    pub fn status(&self, now: DateTime<Utc>) -> Status {
        match self.state {
            State::Trial { ends_at } if now < ends_at => Status::Active,
            State::Trial { .. } | State::Expired { .. } => Status::Expired,
            State::Activation { .. } => Status::Activation,
            State::Active {
                term,
                cancel_at_period_end: false,
            } if now < term.paid_until + RENEWAL_SLACK => Status::Active,
            State::Active {
                term,
                cancel_at_period_end: true,
            } if now < term.paid_until => Status::Active,
            State::Active {
                cancel_at_period_end: true,
                ..
            }
            | State::Canceled { .. } => Status::Canceled,
            State::Active { .. } => Status::Expired,
            State::PastDue { grace_until, term } if now < grace_until.max(term.paid_until) => {
                Status::PastDue
            }
            State::PastDue { .. } => Status::Expired,
        }
    }

    /// Whether writes are allowed.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        match self.status(now) {
            Status::Active | Status::Activation | Status::PastDue => true,
            Status::Expired | Status::Canceled => false,
        }
    }

    /// When the present state ends or ended.
    pub fn ends_at(&self) -> DateTime<Utc> {
        match self.state {
            State::Trial { ends_at } => ends_at,
            State::Activation { term } | State::Active { term, .. } => term.paid_until,
            State::PastDue { grace_until, term } => grace_until.max(term.paid_until),
            State::Expired { since } | State::Canceled { since } => since,
        }
    }

    pub fn term(&self) -> Option<PaidTerm> {
        match self.state {
            State::Activation { term }
            | State::Active { term, .. }
            | State::PastDue { term, .. } => Some(term),
            State::Trial { .. } | State::Expired { .. } | State::Canceled { .. } => None,
        }
    }

    pub fn seats(&self) -> u32 {
        self.term().map_or(1, |term| term.seats)
    }

    pub fn claim(&self, now: DateTime<Utc>) -> SubscriptionClaim {
        SubscriptionClaim {
            plan: self.plan,
            end: self.ends_at(),
            status: self.status(now),
        }
    }

    /// A payment arrived. It wins over an expiry at the same moment, and never shortens what was paid before.
    pub fn pay(self, plan: Plan, term: PaidTerm) -> Result<Self, PayRefusal> {
        let term = self.extended(term);
        match plan {
            Plan::Trial => Err(PayRefusal::NotSold),
            Plan::Personal => Ok(Self {
                plan,
                state: State::Active {
                    term,
                    cancel_at_period_end: false,
                },
            }),
            Plan::Team | Plan::Enterprise => Ok(Self {
                plan,
                state: State::Activation { term },
            }),
        }
    }

    /// The organization exists.
    pub fn activate(self) -> Result<Self, TransitionRefusal> {
        match self.state {
            State::Activation { term } => Ok(self.to(State::Active {
                term,
                cancel_at_period_end: false,
            })),
            State::Active { .. } => Ok(self),
            _ => Err(self.refuse("activated")),
        }
    }

    /// Another period was paid; also ends a failed renewal and brings a canceled subscription back.
    pub fn renew(self, term: PaidTerm) -> Result<Self, TransitionRefusal> {
        let renewed = self.extended(term);
        match self.state {
            State::Activation { .. } => Ok(self.to(State::Activation { term: renewed })),
            State::Active {
                cancel_at_period_end,
                ..
            } => Ok(self.to(State::Active {
                term: renewed,
                cancel_at_period_end,
            })),
            State::PastDue { .. } | State::Canceled { .. } | State::Expired { .. }
                if self.plan.is_paid() =>
            {
                Ok(self.to(State::Active {
                    term: renewed,
                    cancel_at_period_end: false,
                }))
            }
            _ => Err(self.refuse("renewed")),
        }
    }

    /// A renewal failed; the grace never ends before what is paid.
    pub fn past_due(self, grace_until: DateTime<Utc>) -> Result<Self, TransitionRefusal> {
        match self.state {
            State::Active { term, .. } => {
                let grace_until = grace_until.max(term.paid_until);
                Ok(self.to(State::PastDue { term, grace_until }))
            }
            State::PastDue { .. } => Ok(self),
            _ => Err(self.refuse("past due")),
        }
    }

    /// Records an end that has come; before it, nothing changes.
    pub fn expire(self, now: DateTime<Utc>) -> Self {
        match self.status(now) {
            Status::Expired if !matches!(self.state, State::Expired { .. }) => {
                self.to(State::Expired {
                    since: self.ends_at(),
                })
            }
            _ => self,
        }
    }

    /// Ends with the period that is paid.
    pub fn cancel_at_period_end(self) -> Result<Self, TransitionRefusal> {
        match self.state {
            State::Active { term, .. } => Ok(self.to(State::Active {
                term,
                cancel_at_period_end: true,
            })),
            _ => Err(self.refuse("canceled at the end of its period")),
        }
    }

    /// The payment provider ended it. What is paid still counts: it ends with its period when that is later.
    pub fn cancel(self, now: DateTime<Utc>) -> Result<Self, TransitionRefusal> {
        match self.state {
            State::Active { term, .. } | State::PastDue { term, .. } if now < term.paid_until => {
                Ok(self.to(State::Active {
                    term,
                    cancel_at_period_end: true,
                }))
            }
            State::Active { .. } | State::PastDue { .. } => {
                Ok(self.to(State::Canceled { since: now }))
            }
            State::Canceled { .. } => Ok(self),
            State::Trial { .. } | State::Activation { .. } | State::Expired { .. } => {
                Err(self.refuse("canceled"))
            }
        }
    }

    /// Takes back a cancellation whose end has not come.
    pub fn resume(self, now: DateTime<Utc>) -> Result<Self, TransitionRefusal> {
        match self.state {
            State::Active { term, .. } if now < term.paid_until + RENEWAL_SLACK => {
                Ok(self.to(State::Active {
                    term,
                    cancel_at_period_end: false,
                }))
            }
            _ => Err(self.refuse("resumed")),
        }
    }

    /// The individual's side after its payment became an organization: the trial is used up.
    pub fn hand_over(self, now: DateTime<Utc>) -> Self {
        Self {
            plan: Plan::Trial,
            state: State::Expired { since: now },
        }
    }

    fn to(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// The term with the latest end that was ever paid.
    fn extended(&self, term: PaidTerm) -> PaidTerm {
        let before = self.term().map(|term| term.paid_until);
        PaidTerm {
            paid_until: before.map_or(term.paid_until, |before| before.max(term.paid_until)),
            ..term
        }
    }

    fn refuse(&self, wanted: &'static str) -> TransitionRefusal {
        let status = match self.state {
            State::Trial { .. } => "in trial",
            State::Activation { .. } => "in activation",
            State::Active { .. } => "active",
            State::PastDue { .. } => "past due",
            State::Expired { .. } => "expired",
            State::Canceled { .. } => "canceled",
        };
        TransitionRefusal { status, wanted }
    }
}

/// What tokens show of a subscription: `plan;end;status`, the end as ISO 8601 UTC with milliseconds. Display only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionClaim {
    pub plan: Plan,
    pub end: DateTime<Utc>,
    pub status: Status,
}

impl fmt::Display for SubscriptionClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.end.to_rfc3339_opts(SecondsFormat::Millis, true);
        write!(f, "{};{end};{}", self.plan, self.status)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not plan;end;status")]
pub struct InvalidClaim;

impl FromStr for SubscriptionClaim {
    type Err = InvalidClaim;

    fn from_str(text: &str) -> Result<Self, InvalidClaim> {
        let mut parts = text.split(';');
        let (Some(plan), Some(end), Some(status), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidClaim);
        };
        if !end.ends_with('Z') {
            return Err(InvalidClaim);
        }
        Ok(Self {
            plan: plan.parse().map_err(|_| InvalidClaim)?,
            end: DateTime::parse_from_rfc3339(end)
                .map_err(|_| InvalidClaim)?
                .to_utc(),
            status: status.parse().map_err(|_| InvalidClaim)?,
        })
    }
}
