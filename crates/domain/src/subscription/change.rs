//! Another plan, interval or number of seats for a subscription that runs: what it would do, and why it may not be.

use chrono::{DateTime, Utc};

use super::{State, Status, Subscription};
use crate::plan::{Feature, Interval, Plan};
use crate::seats::{SeatsTaken, Wanted};

/// What one period is sold as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Terms {
    pub plan: Plan,
    pub interval: Interval,
    pub seats: u32,
}

/// What the tenant uses and a lesser plan may have no room for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InUse {
    pub seats: SeatsTaken,
    pub features: Vec<Feature>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TakesEffect {
    /// Paid at once.
    Now,
    /// Nothing that is paid is taken away: it begins with the next period.
    AtPeriodEnd,
}

/// What would happen. With a refusal nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChange {
    pub takes_effect: TakesEffect,
    pub gained: Vec<Feature>,
    pub lost: Vec<Feature>,
    /// All of them, the most basic one first.
    pub refusals: Vec<ChangeRefusal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    #[error("No paid plan runs; buy one instead.")]
    NothingRuns,
    #[error("The organization that was paid for does not exist yet.")]
    InActivation,
    #[error("A payment is outstanding.")]
    PaymentOutstanding,
    #[error("A payment is disputed.")]
    PaymentDisputed,
    #[error("The subscription is cancelled at the end of its period; resume it first.")]
    CancellationPending,
    #[error(
        "A plan of a person and a plan of an organization do not change into each other; buy the other one."
    )]
    OtherKind,
    #[error("The subscription has these terms already.")]
    NoChange,
    #[error("Another change waits for the end of the period; withdraw it first.")]
    ChangePending,
    #[error("{used} seats are in use, and {wanted} would be left.")]
    SeatsInUse { used: u32, wanted: u32 },
    #[error("{feature} is in use, and the plan does not include it.")]
    FeatureInUse { feature: Feature },
}

impl ChangeRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::NothingRuns => "checkout_required",
            Self::InActivation => "in_activation",
            Self::PaymentOutstanding => "payment_outstanding",
            Self::PaymentDisputed => "payment_disputed",
            Self::CancellationPending => "cancellation_pending",
            Self::OtherKind => "conversion_required",
            Self::NoChange => "no_change",
            Self::ChangePending => "change_pending",
            Self::SeatsInUse { .. } => "seats_in_use",
            Self::FeatureInUse { .. } => "feature_in_use",
        }
    }
}

impl Terms {
    /// What is paid now.
    pub fn of(subscription: &Subscription) -> Option<Self> {
        let term = subscription.term()?;
        Some(Self {
            plan: subscription.plan,
            interval: term.interval,
            seats: term.seats,
        })
    }

    /// At once when nothing becomes less; a mixture of more and less waits as a whole.
    pub fn takes_effect(self, instead_of: Self) -> TakesEffect {
        let shorter = instead_of.interval == Interval::Year && self.interval == Interval::Month;
        let less = self.plan < instead_of.plan || self.seats < instead_of.seats || shorter;
        if less {
            TakesEffect::AtPeriodEnd
        } else {
            TakesEffect::Now
        }
    }
}

impl PlanChange {
    /// `pending` is a change that waits already; `wanted` fits the catalogue. To want what is paid withdraws it.
    pub fn of(
        subscription: &Subscription,
        pending: Option<Terms>,
        wanted: Terms,
        in_use: &InUse,
        is_disputed: bool,
        now: DateTime<Utc>,
    ) -> Self {
        let features = |plan: Plan, without: Plan| {
            let all = plan.entry().features.iter().copied();
            all.filter(|&feature| !without.includes(feature)).collect()
        };
        let current = Terms::of(subscription);
        let takes_effect = current.map_or(TakesEffect::Now, |current| wanted.takes_effect(current));
        let lost: Vec<Feature> = features(subscription.plan, wanted.plan);
        let mut refusals = Vec::new();
        refusals.extend(not_now(subscription, now));
        if is_disputed {
            refusals.push(ChangeRefusal::PaymentDisputed);
        }
        if subscription.plan.is_paid()
            && subscription.plan.needs_organization() != wanted.plan.needs_organization()
        {
            refusals.push(ChangeRefusal::OtherKind);
        }
        refusals.extend(repeated(current, pending, wanted, takes_effect));
        refusals.extend(no_room(wanted, &lost, in_use));
        Self {
            takes_effect,
            gained: features(wanted.plan, subscription.plan),
            lost,
            refusals,
        }
    }
}

fn not_now(subscription: &Subscription, now: DateTime<Utc>) -> Option<ChangeRefusal> {
    match (subscription.status(now), &subscription.state) {
        (_, State::Trial { .. } | State::Expired { .. } | State::Canceled { .. })
        | (Status::Expired | Status::Canceled, _) => Some(ChangeRefusal::NothingRuns),
        (_, State::Activation { .. }) => Some(ChangeRefusal::InActivation),
        (_, State::PastDue { .. }) => Some(ChangeRefusal::PaymentOutstanding),
        (
            _,
            State::Active {
                cancel_at_period_end,
                ..
            },
        ) => cancel_at_period_end.then_some(ChangeRefusal::CancellationPending),
    }
}

fn repeated(
    current: Option<Terms>,
    pending: Option<Terms>,
    wanted: Terms,
    takes_effect: TakesEffect,
) -> Option<ChangeRefusal> {
    let withdraws = current == Some(wanted);
    match pending {
        None if withdraws => Some(ChangeRefusal::NoChange),
        Some(pending) if pending == wanted => Some(ChangeRefusal::NoChange),
        // The payment provider has the terms that wait, and would reckon what is due from them.
        Some(_) if takes_effect == TakesEffect::Now && !withdraws => {
            Some(ChangeRefusal::ChangePending)
        }
        None | Some(_) => None,
    }
}

pub(super) fn no_room<'a>(
    wanted: Terms,
    lost: &'a [Feature],
    in_use: &'a InUse,
) -> impl Iterator<Item = ChangeRefusal> + 'a {
    let fits = in_use.seats.fit(Wanted::More(0), wanted.seats);
    let seats = (!fits).then_some(ChangeRefusal::SeatsInUse {
        used: in_use.seats.total(),
        wanted: wanted.seats,
    });
    let features = lost
        .iter()
        .filter(|feature| in_use.features.contains(feature))
        .map(|&feature| ChangeRefusal::FeatureInUse { feature });
    seats.into_iter().chain(features)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::PaidTerm;
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn terms(plan: Plan, interval: Interval, seats: u32) -> Terms {
        Terms {
            plan,
            interval,
            seats,
        }
    }

    const TEAM: Terms = Terms {
        plan: Plan::Team,
        interval: Interval::Month,
        seats: 5,
    };

    fn running(terms: Terms) -> Subscription {
        let term = PaidTerm {
            interval: terms.interval,
            seats: terms.seats,
            paid_until: now() + TimeDelta::days(30),
        };
        let state = State::Active {
            term,
            cancel_at_period_end: false,
        };
        Subscription {
            plan: terms.plan,
            state,
        }
    }

    fn change(subscription: &Subscription, wanted: Terms, in_use: &InUse) -> PlanChange {
        PlanChange::of(subscription, None, wanted, in_use, false, now())
    }

    fn codes(change: &PlanChange) -> Vec<&'static str> {
        change
            .refusals
            .iter()
            .map(|refusal| refusal.code())
            .collect()
    }

    #[test]
    fn what_takes_nothing_away_is_at_once() {
        use Interval::{Month, Year};
        use Plan::{Enterprise, Team};
        for (wanted, effect) in [
            (terms(Enterprise, Month, 5), TakesEffect::Now),
            (terms(Team, Month, 6), TakesEffect::Now),
            (terms(Team, Year, 5), TakesEffect::Now),
            (terms(Enterprise, Year, 9), TakesEffect::Now),
            (terms(Team, Month, 4), TakesEffect::AtPeriodEnd),
            (terms(Enterprise, Month, 4), TakesEffect::AtPeriodEnd),
            (terms(Plan::Personal, Month, 1), TakesEffect::AtPeriodEnd),
        ] {
            assert_eq!(wanted.takes_effect(TEAM), effect, "{wanted:?}");
        }
        let yearly = terms(Team, Year, 5);
        assert_eq!(TEAM.takes_effect(yearly), TakesEffect::AtPeriodEnd);
    }

    #[test]
    fn features_are_gained_and_lost() {
        let enterprise = terms(Plan::Enterprise, Interval::Month, 5);
        let up = change(&running(TEAM), enterprise, &InUse::default());
        assert_eq!(
            up.gained,
            [Feature::Scim, Feature::AuditExport, Feature::UserStore]
        );
        assert_eq!((up.lost, up.refusals), (vec![], vec![]));
        let in_use = InUse {
            seats: SeatsTaken {
                members: 7,
                ..SeatsTaken::default()
            },
            features: vec![Feature::Scim, Feature::Sso],
        };
        let down = change(&running(enterprise), TEAM, &in_use);
        assert_eq!(
            down.lost,
            [Feature::Scim, Feature::AuditExport, Feature::UserStore]
        );
        assert_eq!(codes(&down), ["seats_in_use", "feature_in_use"]);
        assert_eq!(
            down.refusals[0].to_string(),
            "7 seats are in use, and 5 would be left."
        );
    }

    #[test]
    fn what_is_paid_and_waited_for_is_wanted_once() {
        let less = terms(Plan::Team, Interval::Month, 3);
        let more = terms(Plan::Team, Interval::Month, 9);
        let with = |pending, wanted| {
            codes(&PlanChange::of(
                &running(TEAM),
                pending,
                wanted,
                &InUse::default(),
                false,
                now(),
            ))
        };
        assert_eq!(with(None, TEAM), ["no_change"]);
        assert_eq!(with(Some(less), less), ["no_change"]);
        assert_eq!(with(Some(less), more), ["change_pending"]);
        assert_eq!(with(Some(less), TEAM), [""; 0]);
        assert_eq!(
            with(Some(less), terms(Plan::Team, Interval::Month, 2)),
            [""; 0]
        );
    }

    #[test]
    fn only_what_runs_undisturbed_is_changed() {
        let more = terms(Plan::Team, Interval::Month, 9);
        let refused =
            |subscription: Subscription| codes(&change(&subscription, more, &InUse::default()));
        let running = || running(TEAM);
        let past_due = running().past_due(now() + TimeDelta::days(40)).unwrap();
        let cancelled = running().cancel_at_period_end(now()).unwrap();
        let ended = running().refund(now()).unwrap();
        assert_eq!(refused(past_due), ["payment_outstanding"]);
        assert_eq!(refused(cancelled), ["cancellation_pending"]);
        assert_eq!(refused(ended), ["checkout_required"]);
        assert_eq!(
            refused(Subscription::start_trial(now(), 14)),
            ["checkout_required"]
        );
        let disputed = PlanChange::of(&running(), None, more, &InUse::default(), true, now());
        assert_eq!(codes(&disputed), ["payment_disputed"]);
        let personal = terms(Plan::Personal, Interval::Month, 1);
        assert_eq!(
            codes(&change(&running(), personal, &InUse::default())),
            ["conversion_required"]
        );
    }
}
