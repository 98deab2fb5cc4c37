//! What we sell, in one table: prices, seats and features of every plan, and the check of what a buyer chose.

use crate::plan::{Feature, Interval, Plan};
use crate::usage::{Allowance, Metric};

/// ISO 4217 in lower case, as Stripe writes it.
pub const CURRENCY: &str = "usd";

/// Seats that one customer can have where the plan sets no limit: Auth0 takes 100,000 members per organization
/// (Auth0, "Entity Limit Policy").
pub const MAX_SEATS: u32 = 100_000;

/// The most that Stripe charges at once, in cents
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
pub const MAX_CHARGE_CENTS: u32 = 99_999_999;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub plan: Plan,
    pub display_name: &'static str,
    pub min_seats: u32,
    /// `None` is unlimited, up to [`MAX_SEATS`].
    pub max_seats: Option<u32>,
    /// Empty for what is not for sale.
    pub prices: &'static [Price],
    pub features: &'static [Feature],
    /// What is not listed is unlimited.
    pub allowances: &'static [Allowance],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub interval: Interval,
    /// For one seat and one interval, in cents of [`CURRENCY`].
    pub unit_amount_cents: u32,
    /// By which Stripe finds the price.
    pub lookup_key: &'static str,
}

/// In cents.
const USD: u32 = 100;

const fn per_seat(interval: Interval, unit_amount_cents: u32, lookup_key: &'static str) -> Price {
    Price {
        interval,
        unit_amount_cents,
        lookup_key,
    }
}

const fn projects(per_month: u32) -> Allowance {
    Allowance {
        metric: Metric::ProjectsCreated,
        per_month,
    }
}

/// In the order of [`Plan::ALL`], cheapest first.
pub const CATALOGUE: [Entry; 4] = [
    Entry {
        plan: Plan::Trial,
        display_name: "Trial",
        min_seats: 1,
        max_seats: Some(1),
        prices: &[],
        features: &[Feature::Projects],
        // More than anybody tries out: what is free must not fill the database of those who pay.
        allowances: &[projects(10_000)],
    },
    Entry {
        plan: Plan::Personal,
        display_name: "Personal",
        min_seats: 1,
        max_seats: Some(1),
        prices: &[
            per_seat(Interval::Month, 12 * USD, "tenantry_personal_month"),
            per_seat(Interval::Year, 120 * USD, "tenantry_personal_year"),
        ],
        features: &[Feature::Projects],
        allowances: &[],
    },
    Entry {
        plan: Plan::Team,
        display_name: "Team",
        min_seats: 1,
        max_seats: Some(20),
        prices: &[
            per_seat(Interval::Month, 29 * USD, "tenantry_team_month"),
            per_seat(Interval::Year, 290 * USD, "tenantry_team_year"),
        ],
        features: &[Feature::Projects, Feature::Members, Feature::Sso],
        allowances: &[],
    },
    Entry {
        plan: Plan::Enterprise,
        display_name: "Enterprise",
        min_seats: 1,
        max_seats: None,
        prices: &[
            per_seat(Interval::Month, 59 * USD, "tenantry_enterprise_month"),
            per_seat(Interval::Year, 590 * USD, "tenantry_enterprise_year"),
        ],
        features: Feature::ALL,
        allowances: &[],
    },
];

/// `None` for a plan that is not for sale.
pub fn price(plan: Plan, interval: Interval) -> Option<&'static Price> {
    plan.entry()
        .prices
        .iter()
        .find(|price| price.interval == interval)
}

/// What is sold under this look-up key; `None` for a price that is not ours.
pub fn sold_as(lookup_key: &str) -> Option<(Plan, Interval)> {
    CATALOGUE
        .iter()
        .flat_map(|entry| entry.prices.iter().map(|price| (entry.plan, price)))
        .find(|(_, price)| price.lookup_key == lookup_key)
        .map(|(plan, price)| (plan, price.interval))
}

/// The cheapest plan that includes the feature.
pub fn cheapest_with(feature: Feature) -> Option<Plan> {
    CATALOGUE
        .iter()
        .find(|entry| entry.features.contains(&feature))
        .map(|entry| entry.plan)
}

impl Plan {
    pub fn entry(self) -> &'static Entry {
        match self {
            Self::Trial => &CATALOGUE[0],
            Self::Personal => &CATALOGUE[1],
            Self::Team => &CATALOGUE[2],
            Self::Enterprise => &CATALOGUE[3],
        }
    }

    pub fn includes(self, feature: Feature) -> bool {
        self.entry().features.contains(&feature)
    }
}

impl Entry {
    /// The most seats that can be bought.
    pub fn seat_limit(&self) -> u32 {
        self.max_seats.unwrap_or(MAX_SEATS)
    }
}

/// What a buyer chose, checked against the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanChoice {
    plan: Plan,
    seats: u32,
    price: &'static Price,
}

impl PlanChoice {
    pub fn plan(&self) -> Plan {
        self.plan
    }

    pub fn interval(&self) -> Interval {
        self.price.interval
    }

    pub fn seats(&self) -> u32 {
        self.seats
    }

    pub fn price(&self) -> &'static Price {
        self.price
    }

    /// What one interval costs, in cents of [`CURRENCY`].
    pub fn total_cents(&self) -> u64 {
        u64::from(self.price.unit_amount_cents) * u64::from(self.seats)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoosePlanRefusal {
    #[error("The plan {plan} is not for sale.")]
    NotForSale { plan: Plan },
    #[error("The plan {plan} needs at least {min} seats.")]
    TooFewSeats { plan: Plan, min: u32 },
    #[error("The plan {plan} has at most {max} seats.")]
    TooManySeats { plan: Plan, max: u32 },
}

impl ChoosePlanRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotForSale { .. } => "plan_not_for_sale",
            Self::TooFewSeats { .. } => "too_few_seats",
            Self::TooManySeats { .. } => "too_many_seats",
        }
    }

    /// The field of the request that is at fault.
    pub fn field(self) -> &'static str {
        match self {
            Self::NotForSale { .. } => "plan",
            Self::TooFewSeats { .. } | Self::TooManySeats { .. } => "seats",
        }
    }
}

/// Without a number of seats, the plan's least. What costs more than can be charged at once is too many.
pub fn choose_plan(
    plan: Plan,
    interval: Interval,
    seats: Option<u32>,
) -> Result<PlanChoice, ChoosePlanRefusal> {
    let price = price(plan, interval).ok_or(ChoosePlanRefusal::NotForSale { plan })?;
    let seats = seats.unwrap_or(plan.entry().min_seats);
    check_seats(plan, seats)?;
    let payable = MAX_CHARGE_CENTS / price.unit_amount_cents;
    if seats > payable {
        return Err(ChoosePlanRefusal::TooManySeats { plan, max: payable });
    }
    Ok(PlanChoice { plan, seats, price })
}

pub(crate) fn check_seats(plan: Plan, seats: u32) -> Result<(), ChoosePlanRefusal> {
    let entry = plan.entry();
    if seats < entry.min_seats {
        return Err(ChoosePlanRefusal::TooFewSeats {
            plan,
            min: entry.min_seats,
        });
    }
    if seats > entry.seat_limit() {
        return Err(ChoosePlanRefusal::TooManySeats {
            plan,
            max: entry.seat_limit(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_finds_its_own_entry() {
        for plan in Plan::ALL {
            assert_eq!(plan.entry().plan, *plan);
        }
    }

    #[test]
    fn every_paid_plan_has_a_price_for_every_interval() {
        for plan in Plan::ALL {
            for interval in Interval::ALL {
                let price = price(*plan, *interval);
                assert_eq!(price.is_some(), plan.is_paid());
                if let Some(price) = price {
                    assert_eq!(price.lookup_key, format!("tenantry_{plan}_{interval}"));
                }
            }
        }
    }

    #[test]
    fn dearer_plan_includes_what_the_cheaper_one_does() {
        for [cheaper, dearer] in CATALOGUE.array_windows() {
            assert!(
                cheaper
                    .features
                    .iter()
                    .all(|&feature| dearer.plan.includes(feature))
            );
            assert!(cheaper.seat_limit() <= dearer.seat_limit());
        }
    }

    #[test]
    fn total_is_seats_times_price() {
        let choice = choose_plan(Plan::Team, Interval::Year, Some(20)).unwrap();
        assert_eq!(choice.total_cents(), 20 * 29_000);
    }

    #[test]
    fn nothing_is_sold_that_cannot_be_charged() {
        for (interval, most) in [(Interval::Month, 16_949), (Interval::Year, 1_694)] {
            let choice = choose_plan(Plan::Enterprise, interval, Some(most)).unwrap();
            assert!(choice.total_cents() <= u64::from(MAX_CHARGE_CENTS));
            let refusal = choose_plan(Plan::Enterprise, interval, Some(most + 1)).unwrap_err();
            assert_eq!(
                (refusal.field(), refusal.code()),
                ("seats", "too_many_seats")
            );
        }
    }

    #[test]
    fn a_price_is_known_by_its_key() {
        let sold = sold_as("tenantry_team_year");
        assert_eq!(sold, Some((Plan::Team, Interval::Year)));
        assert_eq!(sold_as("tenantry_team_week"), None);
    }

    #[test]
    fn without_seats_the_least_are_chosen() {
        assert_eq!(
            choose_plan(Plan::Team, Interval::Month, None)
                .unwrap()
                .seats(),
            1
        );
    }

    #[test]
    fn refusal_names_the_field() {
        let refused = |plan, seats| choose_plan(plan, Interval::Month, Some(seats)).unwrap_err();
        assert_eq!(refused(Plan::Trial, 1).field(), "plan");
        assert_eq!(refused(Plan::Team, 0).field(), "seats");
        assert_eq!(refused(Plan::Personal, 2).code(), "too_many_seats");
        assert_eq!(
            refused(Plan::Team, 21).to_string(),
            "The plan team has at most 20 seats."
        );
        assert_eq!(
            refused(Plan::Enterprise, MAX_SEATS + 1).code(),
            "too_many_seats"
        );
    }
}
