//! How a subscription comes to its end, and how that is taken back.

use chrono::{DateTime, Utc};

use super::commands::active;
use super::{CancelRefusal, ExtendRefusal, ResumeRefusal, State, Subscription};
use crate::plan::Plan;

impl Subscription {
    /// No further period; what is paid stays until its end.
    pub fn cancel_at_period_end(self, now: DateTime<Utc>) -> Result<Self, CancelRefusal> {
        match self.state {
            State::Active { term, .. } => {
                let state = State::Active {
                    term,
                    cancel_at_period_end: true,
                };
                Ok(Self {
                    plan: self.plan,
                    state,
                })
            }
            State::PastDue { .. } => self.cancel_now(now),
            State::Trial { .. } => Err(CancelRefusal::Trial),
            State::Activation { .. } => Err(CancelRefusal::InActivation),
            State::Expired { .. } | State::Canceled { .. } => Err(CancelRefusal::Ended),
        }
    }

    /// Ends at once whatever is not paid: renewal, slack, grace. Paid time stays until its end all the same.
    pub fn cancel_now(self, now: DateTime<Utc>) -> Result<Self, CancelRefusal> {
        let since = if self.is_live(now) {
            now
        } else {
            self.ends_at()
        };
        let state = match self.state {
            State::Active { term, .. } | State::PastDue { term, .. } if now < term.paid_until => {
                State::Active {
                    term,
                    cancel_at_period_end: true,
                }
            }
            State::Active { .. } | State::PastDue { .. } => State::Canceled { since },
            State::Expired { since } if self.plan.is_paid() => State::Canceled { since },
            State::Trial { .. } | State::Expired { .. } => return Err(CancelRefusal::Trial),
            State::Activation { .. } => return Err(CancelRefusal::InActivation),
            already @ State::Canceled { .. } => already,
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }

    /// Takes a cancellation back before it takes effect. One that was never asked for needs nothing.
    pub fn resume(self, now: DateTime<Utc>) -> Result<Self, ResumeRefusal> {
        let state = match self.state {
            State::Active {
                term,
                cancel_at_period_end: true,
            } if now < term.paid_until => active(term),
            running @ (State::Activation { .. }
            | State::Active {
                cancel_at_period_end: false,
                ..
            }) => running,
            State::Trial { .. } => return Err(ResumeRefusal::Trial),
            State::PastDue { .. } => return Err(ResumeRefusal::PastDue),
            State::Active { .. } | State::Expired { .. } | State::Canceled { .. } => {
                return Err(ResumeRefusal::Ended);
            }
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }

    /// What the individual is left with once the payment belongs to an organization, or was taken back before it did:
    /// a trial that is used up. A plan that was paid for the individual alone stays.
    #[must_use]
    pub fn hand_over(self, now: DateTime<Utc>) -> Self {
        match self.state {
            State::Activation { .. } => Self {
                plan: Plan::Trial,
                state: State::Expired { since: now },
            },
            State::Trial { ends_at } => Self {
                plan: Plan::Trial,
                state: State::Expired {
                    since: now.min(ends_at),
                },
            },
            State::Active { .. }
            | State::PastDue { .. }
            | State::Expired { .. }
            | State::Canceled { .. } => self,
        }
    }

    /// The payment provider has given up collecting what is outstanding: the grace is over. Paid time stays.
    ///
    /// # Errors
    /// Nothing was ever paid, the organization does not exist yet, or it has ended already.
    pub fn give_up(self, now: DateTime<Utc>) -> Result<Self, CancelRefusal> {
        let since = if self.is_live(now) {
            now
        } else {
            self.ends_at()
        };
        let state = match self.state {
            State::Active { term, .. } | State::PastDue { term, .. } if now < term.paid_until => {
                let grace_until = term.paid_until;
                State::PastDue { term, grace_until }
            }
            State::Active { .. } | State::PastDue { .. } => State::Expired { since },
            State::Trial { .. } => return Err(CancelRefusal::Trial),
            State::Activation { .. } => return Err(CancelRefusal::InActivation),
            ended @ (State::Expired { .. } | State::Canceled { .. }) => ended,
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }

    /// The money for the period that runs went back, so it ends now: the only way in which paid time is taken away.
    ///
    /// # Errors
    /// Nothing was ever paid, or the organization does not exist yet, which only the conversion can bring to an end.
    pub fn refund(self, now: DateTime<Utc>) -> Result<Self, CancelRefusal> {
        let since = if self.is_live(now) {
            now
        } else {
            self.ends_at()
        };
        let state = match self.state {
            State::Active { .. } | State::PastDue { .. } => State::Canceled { since },
            State::Activation { .. } => return Err(CancelRefusal::InActivation),
            ended @ (State::Expired { .. } | State::Canceled { .. }) if self.plan.is_paid() => {
                ended
            }
            State::Trial { .. } | State::Expired { .. } | State::Canceled { .. } => {
                return Err(CancelRefusal::Trial);
            }
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }

    /// Support gives a trial more time, also one that has ended; never less.
    ///
    /// # Errors
    /// It is not a trial.
    pub fn extend_trial(self, until: DateTime<Utc>) -> Result<Self, ExtendRefusal> {
        match self.state {
            _ if self.plan.is_paid() => Err(ExtendRefusal::NotATrial),
            State::Trial { ends_at } => Ok(Self::trial_until(until.max(ends_at))),
            State::Expired { since } if since < until => Ok(Self::trial_until(until)),
            State::Expired { .. } => Ok(self),
            State::Activation { .. }
            | State::Active { .. }
            | State::PastDue { .. }
            | State::Canceled { .. } => Err(ExtendRefusal::NotATrial),
        }
    }
}
