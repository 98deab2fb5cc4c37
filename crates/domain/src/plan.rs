//! Plans, and the choice of one at the checkout.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalogue;
use crate::role::{UnknownName, named};

named! {
    /// What is sold, and the trial that comes before.
    Plan, "plan" { Trial = "trial", Personal = "personal", Team = "team", Enterprise = "enterprise" }
}

named! {
    /// How long one payment lasts.
    Interval, "interval" { Month = "month", Year = "year" }
}

named! {
    /// What a plan may include.
    Feature, "feature" {
        Projects = "projects",
        Members = "members",
        Sso = "sso",
        Scim = "scim",
        AuditExport = "audit_export",
    }
}

impl Plan {
    pub fn is_paid(self) -> bool {
        self != Self::Trial
    }

    /// Whether paying for it makes an organization.
    pub fn is_for_organizations(self) -> bool {
        matches!(self, Self::Team | Self::Enterprise)
    }
}

/// A paid plan with its interval and seats, checked against the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanChoice {
    pub plan: Plan,
    pub interval: Interval,
    pub seats: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoosePlanRefusal {
    #[error("the trial begins by itself and is not sold")]
    NotSold,
    #[error("at least {min} seat is needed")]
    TooFewSeats { min: u32 },
    #[error("this plan has at most {max} seats")]
    TooManySeats { max: u32 },
}

impl ChoosePlanRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotSold => "plan_not_sold",
            Self::TooFewSeats { .. } => "too_few_seats",
            Self::TooManySeats { .. } => "too_many_seats",
        }
    }

    /// The field of the request that it is about.
    pub fn field(self) -> &'static str {
        match self {
            Self::NotSold => "plan",
            Self::TooFewSeats { .. } | Self::TooManySeats { .. } => "seats",
        }
    }
}

/// Without a number of seats the plan's smallest is taken.
pub fn choose_plan(
    plan: Plan,
    interval: Interval,
    seats: Option<u32>,
) -> Result<PlanChoice, ChoosePlanRefusal> {
    let entry = catalogue::entry(plan);
    if entry.prices.is_empty() {
        return Err(ChoosePlanRefusal::NotSold);
    }
    let seats = seats.unwrap_or(entry.min_seats);
    if seats < entry.min_seats {
        return Err(ChoosePlanRefusal::TooFewSeats {
            min: entry.min_seats,
        });
    }
    match entry.max_seats {
        Some(max) if seats > max => Err(ChoosePlanRefusal::TooManySeats { max }),
        Some(_) | None => Ok(PlanChoice {
            plan,
            interval,
            seats,
        }),
    }
}

impl PlanChoice {
    pub fn price(&self) -> &'static catalogue::Price {
        catalogue::price(self.plan, self.interval).expect("only a sold plan can be chosen")
    }
}
