//! What a caller can use now, how much of it, and if not, why not and what would change that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalogue::cheapest_with;
use crate::plan::{Feature, Plan};
use crate::role::{Permission, Role, allows};
use crate::seats::SeatsRefusal;
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
}

words!(Because, UnknownReason, "The reason is unknown.", {
    Plan = "plan",
    Seats = "seats",
    Role = "role",
    Sso = "sso",
    PastDue = "past_due",
    Suspended = "suspended",
    Expired = "expired",
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
    pub members: u32,
    pub projects: u32,
    pub identity_providers: u32,
}

/// One entry for each feature, in the order of [`Feature::ALL`].
pub fn entitlements(
    subscription: &Subscription,
    usage: &Usage,
    roles: &[Role],
    suspended: bool,
    now: DateTime<Utc>,
) -> Vec<Entitlement> {
    let entitled = |&feature| entitlement(feature, subscription, usage, roles, suspended, now);
    Feature::ALL.iter().map(entitled).collect()
}

/// The first hindrance is named that the caller could not get around by lifting a later one.
pub fn entitlement(
    feature: Feature,
    subscription: &Subscription,
    usage: &Usage,
    roles: &[Role],
    suspended: bool,
    now: DateTime<Utc>,
) -> Entitlement {
    let (limit, used) = counted(feature, subscription, usage);
    let status = subscription.status(now);
    let hindrance = if suspended {
        Some((Because::Suspended, "support"))
    } else if !status.is_live() {
        Some((Because::Expired, "payment"))
    } else if !subscription.plan.includes(feature) {
        cheapest_with(feature).map(|plan| (Because::Plan, plan.as_str()))
    } else if !allows(roles, permission(feature)) {
        Some((Because::Role, role_for(feature).as_str()))
    } else if feature == Feature::Scim && usage.identity_providers == 0 {
        Some((Because::Sso, "identity_provider"))
    } else if limit.zip(used).is_some_and(|(limit, used)| used >= limit) {
        Some((Because::Seats, more_than(subscription)))
    } else {
        None
    };
    let warning = (status == Status::PastDue).then_some((Because::PastDue, "payment"));
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

fn counted(
    feature: Feature,
    subscription: &Subscription,
    usage: &Usage,
) -> (Option<u32>, Option<u32>) {
    match feature {
        Feature::Members => (Some(subscription.seats()), Some(usage.members)),
        Feature::Projects => (None, Some(usage.projects)),
        Feature::Sso => (None, Some(usage.identity_providers)),
        Feature::Scim | Feature::AuditExport | Feature::UserStore => (None, None),
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

/// More seats while the plan has them, else the plan that does.
fn more_than(subscription: &Subscription) -> &'static str {
    let has_more = subscription.seats() < subscription.plan.entry().seat_limit();
    if has_more {
        "more_seats"
    } else {
        Plan::Enterprise.as_str()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::plan::Interval;
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
        let usage = Usage {
            members,
            ..Usage::default()
        };
        entitlement(feature, subscription, &usage, &[role], false, now())
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
        let all = entitlements(&paid(Plan::Team, 1), &Usage::default(), &[], false, now());
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
        let suspended = entitlement(Feature::Scim, &ended, &Usage::default(), &[], true, now());
        assert_eq!(
            because(suspended),
            (false, Some(Because::Suspended), Some("support"))
        );
    }
}
