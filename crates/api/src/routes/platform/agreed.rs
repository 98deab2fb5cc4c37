//! What was agreed with a customer outside of Stripe: plan, seats, how long.

use chrono::{DateTime, Utc};
use domain::comp::{Agreement, InvalidAgreement};
use domain::{ChoosePlanRefusal, Interval, Plan, PlanChoice, choose_plan};

use crate::problem::Problem;

/// As the bodies say it.
pub(super) struct Said {
    pub(super) plan: Plan,
    pub(super) interval: Option<Interval>,
    pub(super) seats: Option<u32>,
    pub(super) paid_until: Option<DateTime<Utc>>,
    pub(super) comp_until: Option<DateTime<Utc>>,
}

pub(super) struct Agreed {
    pub(super) choice: PlanChoice,
    pub(super) agreement: Agreement,
}

impl Said {
    /// # Errors
    /// 422 that names the field.
    pub(super) fn check(self, now: DateTime<Utc>) -> Result<Agreed, Problem> {
        if !self.plan.needs_organization() {
            let detail = "This plan comes without an organization.";
            return Err(Problem::invalid_field(
                "plan",
                "no_organization_in_plan",
                detail,
            ));
        }
        let interval = self.interval.unwrap_or(Interval::Year);
        let choice = choose_plan(self.plan, interval, self.seats).map_err(
            |refusal: ChoosePlanRefusal| {
                Problem::invalid_field(refusal.field(), refusal.code(), refusal)
            },
        )?;
        let field = match self.comp_until {
            Some(_) if self.paid_until.is_none() => "comp_until",
            _ => "paid_until",
        };
        let agreement = Agreement::new(self.paid_until, self.comp_until, now).map_err(
            |refusal: InvalidAgreement| Problem::invalid_field(field, refusal.code(), refusal),
        )?;
        Ok(Agreed { choice, agreement })
    }
}
