//! The one catalogue: prices, seats and features of every plan.

use crate::plan::{Feature, Interval, Plan};

/// ISO 4217, as Stripe writes it.
pub const CURRENCY: &str = "usd";

#[derive(Debug)]
pub struct PlanEntry {
    pub plan: Plan,
    pub display_name: &'static str,
    pub min_seats: u32,
    /// `None`: unlimited.
    pub max_seats: Option<u32>,
    /// Empty for what is not sold.
    pub prices: &'static [Price],
    pub features: &'static [Feature],
}

#[derive(Debug)]
pub struct Price {
    pub interval: Interval,
    /// Cents for one seat and one interval.
    pub unit_amount_cents: u32,
    /// Finds the price in Stripe, whose ids differ between accounts.
    pub lookup_key: &'static str,
}

pub const CATALOGUE: [PlanEntry; 4] = [
    PlanEntry {
        plan: Plan::Trial,
        display_name: "Trial",
        min_seats: 1,
        max_seats: Some(1),
        prices: &[],
        features: &[Feature::Projects],
    },
    PlanEntry {
        plan: Plan::Personal,
        display_name: "Personal",
        min_seats: 1,
        max_seats: Some(1),
        prices: &[
            per_seat(Interval::Month, 12_00, "tenantry_personal_month"),
            per_seat(Interval::Year, 120_00, "tenantry_personal_year"),
        ],
        features: &[Feature::Projects],
    },
    PlanEntry {
        plan: Plan::Team,
        display_name: "Team",
        min_seats: 1,
        max_seats: Some(20),
        prices: &[
            per_seat(Interval::Month, 29_00, "tenantry_team_month"),
            per_seat(Interval::Year, 290_00, "tenantry_team_year"),
        ],
        features: &[Feature::Projects, Feature::Members, Feature::Sso],
    },
    PlanEntry {
        plan: Plan::Enterprise,
        display_name: "Enterprise",
        min_seats: 1,
        max_seats: None,
        prices: &[
            per_seat(Interval::Month, 59_00, "tenantry_enterprise_month"),
            per_seat(Interval::Year, 590_00, "tenantry_enterprise_year"),
        ],
        features: &[
            Feature::Projects,
            Feature::Members,
            Feature::Sso,
            Feature::Scim,
            Feature::AuditExport,
        ],
    },
];

const fn per_seat(interval: Interval, unit_amount_cents: u32, lookup_key: &'static str) -> Price {
    Price {
        interval,
        unit_amount_cents,
        lookup_key,
    }
}

pub fn entry(plan: Plan) -> &'static PlanEntry {
    CATALOGUE
        .iter()
        .find(|entry| entry.plan == plan)
        .expect("every plan has an entry")
}

pub fn price(plan: Plan, interval: Interval) -> Option<&'static Price> {
    entry(plan)
        .prices
        .iter()
        .find(|price| price.interval == interval)
}
