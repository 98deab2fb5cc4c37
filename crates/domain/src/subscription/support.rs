//! What support does to a subscription: gives it for free, gives it more time, changes it without a payment, hands it to
//! another organization. Time and seats that somebody has are never taken away unseen.

use chrono::{DateTime, Utc};

use super::change::no_room;
use super::commands::active;
use super::{ChangeRefusal, ExtendRefusal, InUse, PaidTerm, State, Status, Subscription, Terms};
use crate::plan::Feature;

/// Why support may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SupportRefusal {
    #[error("A plan runs that is paid at the payment provider; change or extend that one.")]
    IsPaidFor,
    #[error("The other organization has a plan that runs.")]
    ReceiverHasPlan,
    #[error("It lasts until {ends_at} already.")]
    NotLater { ends_at: DateTime<Utc> },
    #[error(transparent)]
    Change(#[from] ChangeRefusal),
}

impl SupportRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::IsPaidFor | Self::ReceiverHasPlan => "plan_already_active",
            Self::NotLater { .. } => "not_later",
            Self::Change(refusal) => refusal.code(),
        }
    }
}

impl Subscription {
    /// A plan free of charge until then, in the place of whatever has ended, a trial, or an earlier gift. `terms` fit
    /// the catalogue and this kind of customer; `is_paid_for` says that the payment provider charges for what it has.
    ///
    /// # Errors
    /// A paid plan runs, its organization does not exist yet, what runs lasts longer, or what is in use has no room.
    pub fn comp(
        self,
        terms: Terms,
        until: DateTime<Utc>,
        in_use: &InUse,
        is_paid_for: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, SupportRefusal> {
        if matches!(self.state, State::Activation { .. }) {
            return Err(ChangeRefusal::InActivation.into());
        }
        if self.is_live(now) {
            if is_paid_for {
                return Err(SupportRefusal::IsPaidFor);
            }
            let ends_at = self.ends_at();
            if self.plan.is_paid() && until < ends_at {
                return Err(SupportRefusal::NotLater { ends_at });
            }
        }
        self.has_room(terms, in_use)?;
        Ok(Self::given(terms, until))
    }

    /// More time, for the trial or for the period that runs. A trial that has ended begins again.
    ///
    /// # Errors
    /// It lasts as long already, nothing runs, or what runs is to end or is not paid.
    pub fn extend(self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, SupportRefusal> {
        let ends_at = self.ends_at();
        if until <= ends_at {
            return Err(SupportRefusal::NotLater { ends_at });
        }
        let has_ended = !self.is_live(now);
        if !self.plan.is_paid() {
            let extended = self.extend_trial(until);
            return extended.map_err(|ExtendRefusal::NotATrial| ChangeRefusal::NothingRuns.into());
        }
        match self.state {
            State::Activation { .. } => Err(ChangeRefusal::InActivation.into()),
            State::PastDue { .. } if !has_ended => Err(ChangeRefusal::PaymentOutstanding.into()),
            State::Active {
                cancel_at_period_end: true,
                ..
            } if !has_ended => Err(ChangeRefusal::CancellationPending.into()),
            State::Active { term, .. } if !has_ended => Ok(Self {
                plan: self.plan,
                state: active(PaidTerm {
                    paid_until: until,
                    ..term
                }),
            }),
            State::Trial { .. }
            | State::Active { .. }
            | State::PastDue { .. }
            | State::Expired { .. }
            | State::Canceled { .. } => Err(ChangeRefusal::NothingRuns.into()),
        }
    }

    /// Other terms for a plan that nobody is charged for, at once and until the same end: what was agreed outside is
    /// changed outside. Whether it may be is what [`PlanChange`](super::PlanChange) says.
    ///
    /// # Errors
    /// No such plan runs.
    pub fn agree(self, terms: Terms, now: DateTime<Utc>) -> Result<Self, SupportRefusal> {
        let paid_until = match &self.state {
            State::Active { term, .. } if self.is_live(now) => term.paid_until,
            State::Trial { .. }
            | State::Activation { .. }
            | State::Active { .. }
            | State::PastDue { .. }
            | State::Expired { .. }
            | State::Canceled { .. } => return Err(ChangeRefusal::NothingRuns.into()),
        };
        Ok(Self::given(terms, paid_until))
    }

    /// What is left with whoever hands it to somebody else: a plan that has ended.
    ///
    /// # Errors
    /// It does not run as it was paid for, or the receiver has no room for it.
    pub fn hand_away(
        self,
        receiver: &Self,
        in_use: &InUse,
        now: DateTime<Utc>,
    ) -> Result<Self, SupportRefusal> {
        let terms = match (self.status(now), Terms::of(&self)) {
            (Status::Active, Some(terms)) => terms,
            (Status::Activation, _) => return Err(ChangeRefusal::InActivation.into()),
            (Status::PastDue, _) => return Err(ChangeRefusal::PaymentOutstanding.into()),
            (Status::Active | Status::Expired | Status::Canceled, _) => {
                return Err(ChangeRefusal::NothingRuns.into());
            }
        };
        if receiver.is_live(now) {
            return Err(SupportRefusal::ReceiverHasPlan);
        }
        receiver.has_room(terms, in_use)?;
        Ok(Self {
            plan: self.plan,
            state: State::Canceled { since: now },
        })
    }

    fn has_room(&self, terms: Terms, in_use: &InUse) -> Result<(), ChangeRefusal> {
        let lost: Vec<Feature> = in_use
            .features
            .iter()
            .copied()
            .filter(|&feature| !terms.plan.includes(feature))
            .collect();
        match no_room(terms, &lost, in_use).next() {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    fn given(terms: Terms, paid_until: DateTime<Utc>) -> Self {
        let term = PaidTerm {
            interval: terms.interval,
            seats: terms.seats,
            paid_until,
        };
        Self {
            plan: terms.plan,
            state: active(term),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::plan::{Interval, Plan};
    use crate::seats::SeatsTaken;

    const TEAM: Terms = Terms {
        plan: Plan::Team,
        interval: Interval::Year,
        seats: 5,
    };

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn days(days: i64) -> DateTime<Utc> {
        now() + TimeDelta::days(days)
    }

    fn running(until: DateTime<Utc>) -> Subscription {
        Subscription::given(TEAM, until)
    }

    fn ended() -> Subscription {
        Subscription {
            plan: Plan::Team,
            state: State::Canceled { since: days(-1) },
        }
    }

    fn past_due() -> Subscription {
        running(days(1)).past_due(days(14)).unwrap()
    }

    fn nobody() -> InUse {
        InUse::default()
    }

    fn six() -> InUse {
        InUse {
            seats: SeatsTaken {
                members: 6,
                ..SeatsTaken::default()
            },
            ..InUse::default()
        }
    }

    #[test]
    fn a_gift_begins_where_nothing_is_charged() {
        let comp = |it: Subscription, paid| {
            it.comp(TEAM, days(30), &nobody(), paid, now())
                .map_err(SupportRefusal::code)
        };
        assert_eq!(comp(ended(), false), Ok(running(days(30))));
        assert_eq!(comp(ended(), true), Ok(running(days(30))));
        assert_eq!(comp(running(days(9)), false), Ok(running(days(30))));
        assert_eq!(comp(running(days(9)), true), Err("plan_already_active"));
        assert_eq!(comp(running(days(31)), false), Err("not_later"));
        assert_eq!(
            ended()
                .comp(TEAM, days(30), &six(), false, now())
                .map_err(SupportRefusal::code),
            Err("seats_in_use")
        );
    }

    #[test]
    fn more_time_is_never_less_time() {
        let extend = |it: Subscription| it.extend(days(20), now()).map_err(SupportRefusal::code);
        let trial = |at| Subscription::trial_until(days(at));
        assert_eq!(extend(trial(5)), Ok(trial(20)));
        assert_eq!(extend(trial(-5)), Ok(trial(20)));
        assert_eq!(extend(trial(-5).expire(now()).unwrap()), Ok(trial(20)));
        assert_eq!(extend(trial(21)), Err("not_later"));
        assert_eq!(extend(running(days(9))), Ok(running(days(20))));
        assert_eq!(extend(running(days(20))), Err("not_later"));
        assert_eq!(extend(running(days(-9))), Err("checkout_required"));
        assert_eq!(extend(ended()), Err("checkout_required"));
        assert_eq!(extend(past_due()), Err("payment_outstanding"));
        let ending = running(days(9)).cancel_at_period_end(now()).unwrap();
        assert_eq!(extend(ending), Err("cancellation_pending"));
    }

    #[test]
    fn what_is_agreed_keeps_its_end() {
        let less = Terms { seats: 2, ..TEAM };
        let agreed = running(days(9)).agree(less, now()).unwrap();
        assert_eq!((agreed.seats(), agreed.ends_at()), (2, days(9)));
        assert!(ended().agree(less, now()).is_err());
    }

    #[test]
    fn a_plan_goes_to_whoever_has_none_and_has_room() {
        let hand = |giver: Subscription, receiver: Subscription, in_use: InUse| {
            giver
                .hand_away(&receiver, &in_use, now())
                .map_err(SupportRefusal::code)
        };
        let left = hand(running(days(9)), ended(), nobody()).unwrap();
        assert_eq!(left.status(now()), Status::Canceled);
        assert_eq!(
            hand(running(days(9)), running(days(1)), nobody()),
            Err("plan_already_active")
        );
        assert_eq!(hand(running(days(9)), ended(), six()), Err("seats_in_use"));
        assert_eq!(hand(ended(), ended(), nobody()), Err("checkout_required"));
        assert_eq!(
            hand(past_due(), ended(), nobody()),
            Err("payment_outstanding")
        );
    }
}
