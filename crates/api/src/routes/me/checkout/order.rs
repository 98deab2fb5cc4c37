//! What a buyer asks for: the wire form, and what it becomes once it is acceptable.

use chrono::{DateTime, Utc};
use domain::display_name::InvalidDisplayName;
use domain::organization::InvalidOrganizationName;
use domain::{
    ChoosePlanRefusal, ConversionId, ConversionStep, DisplayName, Interval, OrganizationName,
    Person, Plan, PlanChoice, choose_plan,
};
use serde::Deserialize;
use store::Conversion;
use utoipa::ToSchema;

use crate::problem::Problem;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "plan": "team",
    "interval": "month",
    "seats": 5,
    "organization": { "name": "acme", "display_name": "Acme Ltd." },
})))]
pub(super) struct CheckoutRequest {
    /// `personal`, `team` or `enterprise`.
    #[schema(value_type = String)]
    plan: Plan,
    /// `month` or `year`.
    #[schema(value_type = String)]
    interval: Interval,
    /// Absent is the plan's least.
    #[schema(minimum = 1)]
    seats: Option<u32>,
    /// Only for a plan that comes with an organization; it may be named later.
    organization: Option<OrganizationRequest>,
    /// Whether the projects that the buyer has made stay with them instead of moving into the organization.
    #[serde(default)]
    keep_projects_personal: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationRequest {
    /// `a-z 0-9 - _`, first and last a letter or digit, not beginning `org_`.
    #[schema(min_length = 3, max_length = 50)]
    name: String,
    #[schema(min_length = 1, max_length = 64)]
    display_name: String,
}

/// An acceptable request.
pub(super) struct Order {
    pub(super) choice: PlanChoice,
    organization: Option<(OrganizationName, DisplayName)>,
    keep_projects_personal: bool,
}

impl CheckoutRequest {
    /// # Errors
    /// 422 that names the field.
    pub(super) fn order(self) -> Result<Order, Problem> {
        let refused = |refusal: ChoosePlanRefusal| {
            Problem::invalid_field(refusal.field(), refusal.code(), refusal)
        };
        let choice = choose_plan(self.plan, self.interval, self.seats).map_err(refused)?;
        let organization = match self.organization {
            Some(_) if !self.plan.needs_organization() => {
                let detail = "This plan comes without an organization.";
                return Err(Problem::invalid_field(
                    "organization",
                    "not_in_plan",
                    detail,
                ));
            }
            Some(organization) => Some((
                organization_name("organization.name", organization.name)?,
                display_name("organization.display_name", organization.display_name)?,
            )),
            None => None,
        };
        Ok(Order {
            choice,
            organization,
            keep_projects_personal: self.keep_projects_personal,
        })
    }
}

impl Order {
    pub(super) fn conversion(
        self,
        id: ConversionId,
        person: Person,
        now: DateTime<Utc>,
    ) -> Conversion {
        let (wanted_name, display_name) = self.organization.unzip();
        Conversion {
            id,
            person,
            plan: self.choice.plan(),
            interval: self.choice.interval(),
            seats: self.choice.seats(),
            lookup_key: self.choice.price().lookup_key.to_owned(),
            wanted_name,
            display_name,
            keep_projects_personal: self.keep_projects_personal,
            step: ConversionStep::Requested,
            try_no: 0,
            auth0_org_id: None,
            stripe_customer_id: None,
            checkout_session_id: None,
            stripe_subscription_id: None,
            checkout_url: None,
            paid_until: None,
            fence: 0,
            last_error: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// # Errors
/// 422 that names `field`.
pub(in crate::routes::me) fn organization_name(
    field: &str,
    name: String,
) -> Result<OrganizationName, Problem> {
    let refused =
        |refusal: InvalidOrganizationName| Problem::invalid_field(field, refusal.code(), refusal);
    name.try_into().map_err(refused)
}

/// # Errors
/// 422 that names `field`.
pub(in crate::routes::me) fn display_name(
    field: &str,
    name: String,
) -> Result<DisplayName, Problem> {
    let refused =
        |refusal: InvalidDisplayName| Problem::invalid_field(field, refusal.code(), refusal);
    name.try_into().map_err(refused)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::problem::Code;

    fn refused_field(request: Value) -> Option<String> {
        let request: CheckoutRequest = serde_json::from_value(request).unwrap();
        let problem = request.order().err()?;
        assert_eq!(problem.code(), Code::InvalidRequest);
        Some(problem.body("id".to_owned()).errors[0].field.clone())
    }

    #[test]
    fn a_plan_is_bought_with_or_without_a_name() {
        assert_eq!(
            refused_field(json!({ "plan": "personal", "interval": "year" })),
            None
        );
        let organization = json!({ "name": "acme", "display_name": "Acme" });
        let request = json!({ "plan": "team", "interval": "month", "seats": 20, "organization": organization });
        assert_eq!(refused_field(request), None);
    }

    #[test]
    fn what_is_not_acceptable_is_named() {
        let team = |name: &str, display_name: &str| {
            let organization = json!({ "name": name, "display_name": display_name });
            json!({ "plan": "team", "interval": "month", "organization": organization })
        };
        let personal = json!({ "plan": "personal", "interval": "month", "organization": { "name": "acme", "display_name": "A" } });
        for (request, field) in [
            (json!({ "plan": "trial", "interval": "month" }), "plan"),
            (
                json!({ "plan": "team", "interval": "month", "seats": 0 }),
                "seats",
            ),
            (
                json!({ "plan": "personal", "interval": "month", "seats": 2 }),
                "seats",
            ),
            (
                json!({ "plan": "enterprise", "interval": "month", "seats": u32::MAX }),
                "seats",
            ),
            (team("Acme", "Acme"), "organization.name"),
            (team("acme", "<b>"), "organization.display_name"),
            (personal, "organization"),
        ] {
            assert_eq!(
                refused_field(request.clone()).as_deref(),
                Some(field),
                "{request}"
            );
        }
    }
}
