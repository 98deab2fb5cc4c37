//! The commands: each takes the subscription as it is and answers the next one, or why not. None of them ever moves the
//! end of what is paid to an earlier time.

use chrono::{DateTime, Utc};

use super::{
    ActivateRefusal, ExpireRefusal, PaidTerm, PastDueRefusal, PayRefusal, RecoverRefusal,
    RenewRefusal, State, Status, Subscription,
};
use crate::catalogue::{ChoosePlanRefusal, check_seats};
use crate::plan::Plan;

impl Subscription {
    /// The first payment for a plan. It counts whatever happened in the meantime, also when the trial ended in the same
    /// instant. Repeated, it changes nothing.
    ///
    /// # Errors
    /// The plan is not for sale or does not have that many seats, or another paid plan still runs.
    pub fn pay(self, plan: Plan, term: PaidTerm, now: DateTime<Utc>) -> Result<Self, PayRefusal> {
        if !plan.is_paid() {
            return Err(ChoosePlanRefusal::NotForSale { plan }.into());
        }
        check_seats(plan, term.seats)?;
        // What waits for its organization is not delivered yet, so it is not over either, however late it is.
        let runs = self.is_live(now) || matches!(self.state, State::Activation { .. });
        if runs && self.plan.is_paid() && self.plan != plan {
            return Err(PayRefusal::AnotherPlan { plan: self.plan });
        }
        let state = match self.state {
            State::Activation { term: paid } => State::Activation {
                term: paid.updated_to(term),
            },
            State::Active {
                term: paid,
                cancel_at_period_end,
            } if runs => State::Active {
                term: paid.updated_to(term),
                cancel_at_period_end,
            },
            State::PastDue {
                term: paid,
                grace_until,
            } if runs && term.paid_until <= paid.paid_until => State::PastDue {
                term: paid,
                grace_until,
            },
            State::Active { term: paid, .. } | State::PastDue { term: paid, .. } => {
                let paid_until = term.paid_until.max(paid.paid_until);
                begin(self.plan, plan, PaidTerm { paid_until, ..term })
            }
            State::Trial { .. } | State::Expired { .. } | State::Canceled { .. } => {
                begin(self.plan, plan, term)
            }
        };
        Ok(Self { plan, state })
    }

    /// The organization that was paid for exists.
    pub fn activate(self) -> Result<Self, ActivateRefusal> {
        match self.state {
            State::Activation { term } => Ok(Self {
                plan: self.plan,
                state: active(term),
            }),
            State::Trial { .. }
            | State::Active { .. }
            | State::PastDue { .. }
            | State::Expired { .. }
            | State::Canceled { .. } => Err(ActivateRefusal::NotInActivation),
        }
    }

    /// The payment provider says that the plan is paid until then. Late news of a period that is over brings nothing
    /// back to life; news of one that still runs does.
    ///
    /// # Errors
    /// The plan does not have that many seats, or was never paid.
    pub fn renew(self, term: PaidTerm, now: DateTime<Utc>) -> Result<Self, RenewRefusal> {
        if !self.plan.is_paid() {
            return Err(RenewRefusal::NeverPaid);
        }
        check_seats(self.plan, term.seats)?;
        let state = match self.state {
            State::Trial { .. } => return Err(RenewRefusal::NeverPaid),
            State::Activation { term: paid } => State::Activation {
                term: paid.updated_to(term),
            },
            State::Active {
                term: paid,
                cancel_at_period_end,
            } => State::Active {
                term: paid.updated_to(term),
                cancel_at_period_end,
            },
            State::PastDue { term: paid, .. } => active(paid.updated_to(term)),
            State::Expired { .. } | State::Canceled { .. } if now < term.slack_until() => {
                active(term)
            }
            ended @ (State::Expired { .. } | State::Canceled { .. }) => ended,
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }

    /// The payment provider says that this plan is paid until then: [`renew`](Self::renew), and another plan where it is
    /// another. A lesser one than what is paid begins with the period that is paid for it.
    ///
    /// # Errors
    /// The plan does not have that many seats or is for the other kind of customer, nothing was paid, or the
    /// organization does not exist yet.
    pub fn renew_as(
        self,
        plan: Plan,
        term: PaidTerm,
        now: DateTime<Utc>,
    ) -> Result<Self, RenewRefusal> {
        if plan == self.plan {
            return self.renew(term, now);
        }
        if !self.plan.is_paid() {
            return Err(RenewRefusal::NeverPaid);
        }
        if !plan.is_paid() || plan.needs_organization() != self.plan.needs_organization() {
            return Err(RenewRefusal::OtherKind { plan });
        }
        check_seats(plan, term.seats)?;
        if matches!(self.state, State::Activation { .. }) {
            return Err(RenewRefusal::InActivation);
        }
        let paid = self.term().cloned();
        match paid {
            Some(paid) if waits(self.plan, &paid, plan, &term) => self.renew(paid, now),
            _ => Self { plan, ..self }.renew(term, now),
        }
    }

    /// A renewal could not be collected. Everything works until `grace_until`, and in any case for as long as it is
    /// paid: an invoice in the middle of a period can fail too. Further failures do not extend the grace.
    pub fn past_due(self, grace_until: DateTime<Utc>) -> Result<Self, PastDueRefusal> {
        let state = match self.state {
            State::Trial { .. } => return Err(PastDueRefusal::NeverPaid),
            State::Activation { .. } => return Err(PastDueRefusal::InActivation),
            State::Expired { .. } | State::Canceled { .. } => return Err(PastDueRefusal::Ended),
            State::Active { term, .. } => {
                let grace_until = grace_until.max(term.paid_until);
                State::PastDue { term, grace_until }
            }
            already @ State::PastDue { .. } => already,
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }

    /// The outstanding payment was made.
    pub fn recover(self, term: PaidTerm) -> Result<Self, RecoverRefusal> {
        check_seats(self.plan, term.seats)?;
        match self.state {
            State::PastDue { term: paid, .. } => Ok(Self {
                plan: self.plan,
                state: active(paid.updated_to(term)),
            }),
            State::Trial { .. }
            | State::Activation { .. }
            | State::Active { .. }
            | State::Expired { .. }
            | State::Canceled { .. } => Err(RecoverRefusal::NotPastDue),
        }
    }

    /// Writes down that it has ended, as [`Subscription::status`] says already. What has ended before stays as it is.
    ///
    /// # Errors
    /// It still runs; or its organization does not exist yet, which only the conversion can bring to an end.
    pub fn expire(self, now: DateTime<Utc>) -> Result<Self, ExpireRefusal> {
        let (status, ended_at) = (self.status(now), self.ends_at());
        if matches!(self.state, State::Activation { .. }) {
            return Err(ExpireRefusal::InActivation);
        }
        let state = match status {
            Status::Active | Status::Activation | Status::PastDue => {
                return Err(ExpireRefusal::StillRuns);
            }
            Status::Expired => State::Expired { since: ended_at },
            Status::Canceled => State::Canceled { since: ended_at },
        };
        Ok(Self {
            plan: self.plan,
            state,
        })
    }
}

/// Older news never counts, and with the same end what is less has not begun.
fn waits(current: Plan, paid: &PaidTerm, plan: Plan, term: &PaidTerm) -> bool {
    term.paid_until < paid.paid_until
        || (term.paid_until == paid.paid_until && (plan < current || term.seats < paid.seats))
}

/// A plan for an organization waits until there is one; who had such a plan before has one.
fn begin(before: Plan, plan: Plan, term: PaidTerm) -> State {
    if plan.needs_organization() && !before.needs_organization() {
        State::Activation { term }
    } else {
        active(term)
    }
}

pub(super) fn active(term: PaidTerm) -> State {
    State::Active {
        term,
        cancel_at_period_end: false,
    }
}
