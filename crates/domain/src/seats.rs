//! Seats: how many a plan has, what takes them, and whether there is room. Every way to become a member asks
//! [`reserve`], and so does whoever only wants to know.

use chrono::{DateTime, Utc};

use crate::catalogue::cheapest_with;
use crate::plan::{Feature, Plan};
use crate::subscription::Subscription;

/// What lifts it when the plan has too few seats.
pub const MORE_SEATS: &str = "more_seats";

/// What counts against the seats of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeatsTaken {
    pub members: u32,
    /// Invitations that can still be accepted.
    pub invitations: u32,
    /// People who are being added.
    pub additions: u32,
}

/// What somebody wants of the seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// So many more than are taken. None at all: whether what is taken fits, e.g. into a smaller plan.
    More(u32),
    /// The one that a pending invitation or addition of whoever comes now has promised, so it is counted already.
    Promised,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeatsRefusal {
    #[error("The plan has ended.")]
    Ended,
    #[error("The plan has no members besides whoever pays for it.")]
    NotInPlan,
    #[error(
        "The plan has {seats} seats; {} members, {} pending invitations and {} pending additions take them.",
        taken.members, taken.invitations, taken.additions
    )]
    Full {
        seats: u32,
        taken: SeatsTaken,
        lifted_by: &'static str,
    },
}

impl SeatsTaken {
    pub fn total(self) -> u32 {
        self.members
            .saturating_add(self.invitations)
            .saturating_add(self.additions)
    }

    /// The one comparison: of whoever comes, and of whoever wants to change the plan.
    pub fn fit(self, wanted: Wanted, seats: u32) -> bool {
        let needed = match wanted {
            Wanted::More(more) => self.total().saturating_add(more),
            Wanted::Promised => self.members.saturating_add(1),
        };
        needed <= seats
    }
}

impl SeatsRefusal {
    /// The plan or step that would lift it: `payment`, a plan, `more_seats`.
    pub fn lifted_by(self) -> &'static str {
        match self {
            Self::Ended => "payment",
            Self::NotInPlan => cheapest_with(Feature::Members).map_or("support", Plan::as_str),
            Self::Full { lifted_by, .. } => lifted_by,
        }
    }
}

/// Answers how many seats the plan has. To be trusted only as long as nobody else can take one.
///
/// A promised seat is refused only when the members alone fill the plan: what was promised to others does not count
/// against the first who comes, and after a downgrade more may be promised than there is.
pub fn reserve(
    subscription: &Subscription,
    taken: SeatsTaken,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<u32, SeatsRefusal> {
    if !subscription.is_live(now) {
        return Err(SeatsRefusal::Ended);
    }
    if !subscription.plan.includes(Feature::Members) {
        return Err(SeatsRefusal::NotInPlan);
    }
    let seats = subscription.seats();
    if taken.fit(wanted, seats) {
        return Ok(seats);
    }
    Err(SeatsRefusal::Full {
        seats,
        taken,
        lifted_by: more_than(subscription),
    })
}

/// More seats while the plan has them, else the plan that does.
pub(crate) fn more_than(subscription: &Subscription) -> &'static str {
    if subscription.seats() < subscription.plan.entry().seat_limit() {
        MORE_SEATS
    } else {
        Plan::Enterprise.as_str()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Interval;
    use crate::subscription::{PaidTerm, State};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn of(plan: Plan, seats: u32) -> Subscription {
        let term = PaidTerm {
            interval: Interval::Month,
            seats,
            paid_until: now() + TimeDelta::days(30),
        };
        let state = State::Active {
            term,
            cancel_at_period_end: false,
        };
        Subscription { plan, state }
    }

    fn taken(members: u32, invitations: u32, additions: u32) -> SeatsTaken {
        SeatsTaken {
            members,
            invitations,
            additions,
        }
    }

    #[test]
    fn everything_that_is_promised_counts() {
        let team = of(Plan::Team, 5);
        for almost in [
            taken(4, 0, 0),
            taken(1, 3, 0),
            taken(1, 0, 3),
            taken(2, 1, 1),
        ] {
            assert_eq!(reserve(&team, almost, Wanted::More(1), now()), Ok(5));
            let refusal = reserve(&team, almost, Wanted::More(2), now()).unwrap_err();
            assert_eq!(refusal.lifted_by(), "more_seats");
        }
    }

    #[test]
    fn what_is_promised_is_not_counted_twice() {
        let team = of(Plan::Team, 5);
        let full = taken(4, 1, 0);
        assert!(reserve(&team, full, Wanted::More(1), now()).is_err());
        assert_eq!(reserve(&team, full, Wanted::Promised, now()), Ok(5));
        let over = taken(5, 1, 0);
        assert!(reserve(&team, over, Wanted::Promised, now()).is_err());
    }

    #[test]
    fn a_downgrade_asks_whether_what_is_taken_fits() {
        let (fits, too_small) = (of(Plan::Team, 5), of(Plan::Team, 4));
        let five = taken(3, 1, 1);
        assert_eq!(reserve(&fits, five, Wanted::More(0), now()), Ok(5));
        let refusal = reserve(&too_small, five, Wanted::More(0), now()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "The plan has 4 seats; 3 members, 1 pending invitations and 1 pending additions take them."
        );
    }

    #[test]
    fn the_largest_team_is_told_of_the_plan_that_has_more() {
        let largest = of(Plan::Team, 20);
        let refusal = reserve(&largest, taken(20, 0, 0), Wanted::More(1), now()).unwrap_err();
        assert_eq!(refusal.lifted_by(), "enterprise");
    }

    #[test]
    fn nobody_joins_what_has_ended_or_has_no_members() {
        let ended = Subscription::trial_until(now());
        for wanted in [Wanted::More(0), Wanted::More(1), Wanted::Promised] {
            let refusal = reserve(&ended, taken(0, 0, 0), wanted, now()).unwrap_err();
            assert_eq!(
                (refusal, refusal.lifted_by()),
                (SeatsRefusal::Ended, "payment")
            );
            let personal = of(Plan::Personal, 1);
            let refusal = reserve(&personal, taken(0, 0, 0), wanted, now()).unwrap_err();
            assert_eq!(
                (refusal, refusal.lifted_by()),
                (SeatsRefusal::NotInPlan, "team")
            );
        }
    }

    proptest! {
        #[test]
        fn whoever_comes_in_never_makes_more_members_than_seats(
            seats in 1_u32..=20, members in 0_u32..=25, invitations in 0_u32..=25, more in 1_u32..=25,
        ) {
            let (team, taken) = (of(Plan::Team, seats), taken(members, invitations, 0));
            if reserve(&team, taken, Wanted::Promised, now()).is_ok() {
                prop_assert!(members < seats);
            }
            if reserve(&team, taken, Wanted::More(more), now()).is_ok() {
                prop_assert!(members + invitations + more <= seats);
            }
        }
    }
}
