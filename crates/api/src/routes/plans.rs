//! What is sold, for anyone to see.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get};
use domain::catalogue::{self, Entry, Price};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct PlansBody {
    /// ISO 4217, lower case.
    currency: &'static str,
    plans: Vec<PlanBody>,
}

#[derive(Serialize, ToSchema)]
struct PlanBody {
    /// `trial`, `personal`, `team` or `enterprise`.
    plan: &'static str,
    display_name: &'static str,
    seats: SeatsBody,
    /// Empty for what is not sold.
    prices: Vec<PriceBody>,
    features: Vec<&'static str>,
    /// Whether paying for it makes an organization.
    organization: bool,
}

#[derive(Serialize, ToSchema)]
struct SeatsBody {
    min: u32,
    /// Null when unlimited.
    max: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct PriceBody {
    /// `month` or `year`.
    interval: &'static str,
    /// Cents for one seat and one interval.
    unit_amount: u32,
}

/// All plans with their prices.
#[utoipa::path(operation_id = "list_plans", tag = "plans", responses((status = 200, body = PlansBody)))]
#[get("/v1/plans")]
pub(super) async fn list() -> HttpResponse {
    let plans = catalogue::CATALOGUE.iter().map(PlanBody::from).collect();
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(PlansBody {
            currency: catalogue::CURRENCY,
            plans,
        })
}

impl From<&Entry> for PlanBody {
    fn from(entry: &Entry) -> Self {
        Self {
            plan: entry.plan.as_str(),
            display_name: entry.display_name,
            seats: SeatsBody {
                min: entry.min_seats,
                max: entry.max_seats,
            },
            prices: entry.prices.iter().map(PriceBody::from).collect(),
            features: entry
                .features
                .iter()
                .map(|feature| feature.as_str())
                .collect(),
            organization: entry.plan.needs_organization(),
        }
    }
}

impl From<&Price> for PriceBody {
    fn from(price: &Price) -> Self {
        Self {
            interval: price.interval.as_str(),
            unit_amount: price.unit_amount_cents,
        }
    }
}
