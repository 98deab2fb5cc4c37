//! What a caller can use now, how much of it, and if not, why not and what would change that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalogue::cheapest_with;
use crate::plan::Feature;
use crate::role::{Permission, Role, allows};
use crate::seats::{self, MORE_SEATS, SeatsRefusal, SeatsTaken, Wanted};
use crate::subscription::{Status, Subscription};
use crate::words::words;

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Because {
    Plan,
    Seats,
    Role,
    /// It hangs on a connection to an identity provider, and there is none.
    Sso,
    /// Still allowed, but a payment is outstanding and the grace will end.
    PastDue,
    Suspended,
    Expired,
    /// The plan has fewer seats than members, and none for the caller.
    OverLimit,
}

words!(Because, UnknownReason, "The reason is unknown.", {
    Plan = "plan",
    Seats = "seats",
    Role = "role",
    Sso = "sso",
    PastDue = "past_due",
    Suspended = "suspended",
    Expired = "expired",
    OverLimit = "over_limit",
});

impl From<SeatsRefusal> for Because {
    fn from(refusal: SeatsRefusal) -> Self {
        match refusal {
            SeatsRefusal::Ended => Self::Expired,
            SeatsRefusal::NotInPlan => Self::Plan,
            SeatsRefusal::Full { .. } => Self::Seats,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitlement {
    pub feature: Feature,
    pub allowed: bool,
    /// How many there may be, where they are counted.
    pub limit: Option<u32>,
    pub used: Option<u32>,
    /// Set when it is not allowed, and as a warning with [`Because::PastDue`].
    pub because: Option<Because>,
    /// The plan, role or step that would lift it: `team`, `org_admin`, `more_seats`, `identity_provider`, `payment`,
    /// `support`.
    pub lifted_by: Option<&'static str>,
}

/// What the tenant has of the things that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub seats: SeatsTaken,
    pub projects: u32,
    pub identity_providers: u32,
    /// Those of them whose users are kept by SCIM.
    pub provisionings: u32,
}

/// All that decides.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    pub subscription: &'a Subscription,
    pub usage: Usage,
    /// None for a person on their own, who needs no role.
    pub roles: Option<&'a [Role]>,
    pub suspended: bool,
    /// The caller is beyond the seats of the plan.
    pub over_limit: bool,
    pub now: DateTime<Utc>,
}

impl Circumstances<'_> {
    /// One entry for each feature, in the order of [`Feature::ALL`].
    pub fn entitlements(&self) -> Vec<Entitlement> {
        let entitled = |&feature| self.entitlement(feature);
        Feature::ALL.iter().map(entitled).collect()
    }

    pub fn entitlement(&self, feature: Feature) -> Entitlement {
        let (limit, used) = self.counted(feature);
        let hindrance = self.hindrance(feature);
        let is_past_due = self.subscription.status(self.now) == Status::PastDue;
        let warning = is_past_due.then_some((Because::PastDue, "payment"));
        let reason = hindrance.or(warning);
        Entitlement {
            feature,
            allowed: hindrance.is_none(),
            limit,
            used,
            because: reason.map(|(because, _)| because),
            lifted_by: reason.map(|(_, lifted_by)| lifted_by),
        }
    }

    /// The first hindrance is named that the caller could not get around by lifting a later one.
    fn hindrance(&self, feature: Feature) -> Option<(Because, &'static str)> {
        let roles = self.roles;
        let lacks_role = roles.is_some_and(|roles| !allows(roles, permission(feature)));
        if self.suspended {
            Some((Because::Suspended, "support"))
        } else if !self.subscription.is_live(self.now) {
            Some((Because::Expired, "payment"))
        } else if !self.subscription.plan.includes(feature) {
            cheapest_with(feature).map(|plan| (Because::Plan, plan.as_str()))
        } else if lacks_role {
            Some((Because::Role, role_for(feature).as_str()))
        } else if self.over_limit && permission(feature).needs_seat() {
            Some((Because::OverLimit, MORE_SEATS))
        } else if feature == Feature::Scim && self.usage.identity_providers == 0 {
            Some((Because::Sso, "identity_provider"))
        } else if feature == Feature::Members {
            let more = Wanted::More(1);
            let seat = seats::reserve(self.subscription, self.usage.seats, more, self.now);
            seat.err()
                .map(|refusal| (refusal.into(), refusal.lifted_by()))
        } else {
            None
        }
    }

    fn counted(&self, feature: Feature) -> (Option<u32>, Option<u32>) {
        match feature {
            Feature::Members => (
                Some(self.subscription.seats()),
                Some(self.usage.seats.total()),
            ),
            Feature::Projects => (None, Some(self.usage.projects)),
            Feature::Sso => (None, Some(self.usage.identity_providers)),
            Feature::Scim => (None, Some(self.usage.provisionings)),
            Feature::AuditExport | Feature::UserStore => (None, None),
        }
    }
}

impl Feature {
    /// Whether [`Usage`] decides about it, besides the plan and the role.
    pub fn is_counted(self) -> bool {
        match self {
            Self::Members | Self::Scim => true,
            Self::Projects | Self::Sso | Self::AuditExport | Self::UserStore => false,
        }
    }
}

fn permission(feature: Feature) -> Permission {
    match feature {
        Feature::Projects => Permission::ProjectsWrite,
        Feature::Members => Permission::MembersWrite,
        Feature::Sso | Feature::Scim => Permission::IdentityProvidersWrite,
        Feature::AuditExport => Permission::AuditRead,
        Feature::UserStore => Permission::OrganizationWrite,
    }
}

fn role_for(feature: Feature) -> Role {
    match feature {
        Feature::Projects => Role::OrgMember,
        Feature::Members
        | Feature::Sso
        | Feature::Scim
        | Feature::AuditExport
        | Feature::UserStore => Role::OrgAdmin,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::plan::{Interval, Plan};
    use crate::subscription::PaidTerm;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn paid(plan: Plan, seats: u32) -> Subscription {
        let paid_until = now() + TimeDelta::days(30);
        let term = PaidTerm {
            interval: Interval::Month,
            seats,
            paid_until,
        };
        let paid = Subscription::start_trial(now(), 14)
            .pay(plan, term, now())
            .unwrap();
        paid.clone().activate().unwrap_or(paid)
    }

    fn of(feature: Feature, subscription: &Subscription, members: u32, role: Role) -> Entitlement {
        circumstances(subscription, members, &[role]).entitlement(feature)
    }

    fn circumstances<'a>(
        subscription: &'a Subscription,
        members: u32,
        roles: &'a [Role],
    ) -> Circumstances<'a> {
        let seats = SeatsTaken {
            members,
            ..SeatsTaken::default()
        };
        Circumstances {
            subscription,
            usage: Usage {
                seats,
                ..Usage::default()
            },
            roles: Some(roles),
            suspended: false,
            over_limit: false,
            now: now(),
        }
    }

    fn because(entitlement: Entitlement) -> (bool, Option<Because>, Option<&'static str>) {
        (
            entitlement.allowed,
            entitlement.because,
            entitlement.lifted_by,
        )
    }

    #[test]
    fn every_feature_has_one_entry() {
        let team = paid(Plan::Team, 1);
        let all = circumstances(&team, 1, &[]).entitlements();
        let features: Vec<_> = all.iter().map(|entitlement| entitlement.feature).collect();
        assert_eq!(features, Feature::ALL);
    }

    #[test]
    fn plan_without_it_names_the_cheapest_one_with_it() {
        let scim = of(Feature::Scim, &paid(Plan::Team, 1), 1, Role::OrgAdmin);
        assert_eq!(
            because(scim),
            (false, Some(Because::Plan), Some("enterprise"))
        );
        let members = of(
            Feature::Members,
            &paid(Plan::Personal, 1),
            1,
            Role::OrgAdmin,
        );
        assert_eq!(because(members), (false, Some(Because::Plan), Some("team")));
    }

    #[test]
    fn full_seats_ask_for_more_and_the_largest_team_for_enterprise() {
        let full = of(Feature::Members, &paid(Plan::Team, 3), 3, Role::OrgAdmin);
        assert_eq!((full.limit, full.used), (Some(3), Some(3)));
        assert_eq!(
            because(full),
            (false, Some(Because::Seats), Some("more_seats"))
        );
        let largest = of(Feature::Members, &paid(Plan::Team, 20), 20, Role::OrgAdmin);
        assert_eq!(
            because(largest),
            (false, Some(Because::Seats), Some("enterprise"))
        );
        let free = of(Feature::Members, &paid(Plan::Team, 3), 2, Role::OrgAdmin);
        assert_eq!(because(free), (true, None, None));
    }

    #[test]
    fn role_without_the_permission_names_one_that_has_it() {
        let projects = of(
            Feature::Projects,
            &paid(Plan::Team, 1),
            1,
            Role::OrgReadonly,
        );
        assert_eq!(
            because(projects),
            (false, Some(Because::Role), Some("org_member"))
        );
        for feature in Feature::ALL {
            assert!(allows(&[role_for(*feature)], permission(*feature)));
        }
    }

    #[test]
    fn scim_needs_an_identity_provider() {
        let scim = of(Feature::Scim, &paid(Plan::Enterprise, 1), 1, Role::OrgAdmin);
        assert_eq!(
            because(scim),
            (false, Some(Because::Sso), Some("identity_provider"))
        );
    }

    #[test]
    fn grace_allows_with_a_warning() {
        let past_due = paid(Plan::Team, 2).past_due(now()).unwrap();
        let projects = of(Feature::Projects, &past_due, 1, Role::OrgMember);
        assert_eq!(
            because(projects),
            (true, Some(Because::PastDue), Some("payment"))
        );
    }

    #[test]
    fn end_and_suspension_come_before_everything_else() {
        let ended = Subscription::trial_until(now());
        let projects = of(Feature::Projects, &ended, 1, Role::OrgReadonly);
        assert_eq!(
            because(projects),
            (false, Some(Because::Expired), Some("payment"))
        );
        let suspended = Circumstances {
            suspended: true,
            ..circumstances(&ended, 1, &[])
        };
        let suspended = suspended.entitlement(Feature::Scim);
        assert_eq!(
            because(suspended),
            (false, Some(Because::Suspended), Some("support"))
        );
    }

    #[test]
    fn promised_seats_count() {
        let team = paid(Plan::Team, 3);
        let mut promised = circumstances(&team, 1, &[Role::OrgAdmin]);
        promised.usage.seats.invitations = 1;
        promised.usage.seats.additions = 1;
        let members = promised.entitlement(Feature::Members);
        assert_eq!((members.limit, members.used), (Some(3), Some(3)));
        let reason = (false, Some(Because::Seats), Some("more_seats"));
        assert_eq!(because(members), reason);
    }

    #[test]
    fn without_a_seat_nothing_is_written() {
        let team = paid(Plan::Team, 3);
        let without = Circumstances {
            over_limit: true,
            ..circumstances(&team, 5, &[Role::OrgAdmin])
        };
        for feature in [Feature::Projects, Feature::Members, Feature::Sso] {
            let reason = (false, Some(Because::OverLimit), Some("more_seats"));
            assert_eq!(because(without.entitlement(feature)), reason);
        }
    }

    #[test]
    fn on_their_own_nobody_needs_a_role() {
        let trial = Subscription::start_trial(now(), 14);
        let alone = Circumstances {
            roles: None,
            ..circumstances(&trial, 0, &[])
        };
        let projects = alone.entitlement(Feature::Projects);
        assert_eq!(because(projects), (true, None, None));
        let members = alone.entitlement(Feature::Members);
        assert_eq!(because(members), (false, Some(Because::Plan), Some("team")));
    }
}
