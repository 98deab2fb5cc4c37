//! What a period is sold as, as callers write and read it.

use domain::subscription::Terms;
use domain::{ChoosePlanRefusal, Interval, Plan, PlanChoice, choose_plan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "plan": "enterprise", "interval": "month", "seats": 10 })))]
pub(in crate::routes) struct TermsRequest {
    /// `personal`, `team` or `enterprise`.
    #[schema(value_type = String)]
    plan: Plan,
    /// `month` or `year`.
    #[schema(value_type = String)]
    interval: Interval,
    #[schema(minimum = 1)]
    seats: u32,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = SubscriptionTerms)]
pub(in crate::routes) struct TermsBody {
    plan: &'static str,
    interval: &'static str,
    seats: u32,
}

impl TermsRequest {
    pub(in crate::routes) fn new(plan: Plan, interval: Interval, seats: u32) -> Self {
        Self {
            plan,
            interval,
            seats,
        }
    }

    /// # Errors
    /// 422 that names the field.
    pub(in crate::routes) fn choice(&self) -> Result<PlanChoice, Problem> {
        choose_plan(self.plan, self.interval, Some(self.seats)).map_err(
            |refusal: ChoosePlanRefusal| {
                Problem::invalid_field(refusal.field(), refusal.code(), refusal)
            },
        )
    }
}

pub(in crate::routes) fn terms(choice: &PlanChoice) -> Terms {
    Terms {
        plan: choice.plan(),
        interval: choice.interval(),
        seats: choice.seats(),
    }
}

impl From<Terms> for TermsBody {
    fn from(terms: Terms) -> Self {
        Self {
            plan: terms.plan.as_str(),
            interval: terms.interval.as_str(),
            seats: terms.seats,
        }
    }
}
