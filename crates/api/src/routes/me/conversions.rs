//! Conversions: a checkout, its payment and the organization that comes of it, as their owner sees them.

mod list;
mod name_organization;
mod show;

use chrono::{DateTime, Utc};
use domain::{ConversionStep, candidate_name};
use serde::Serialize;
use store::Conversion;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub(in crate::routes) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(show::show)
        .service(name_organization::name_organization);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversion, examples(json!({
    "conversion_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "plan": "team",
    "interval": "month",
    "seats": 5,
    "step": "done",
    "needs": null,
    "organization": { "org_id": "org_Vq3kfGpRcXh2Tn7L", "name": "acme", "display_name": "Acme Ltd." },
    "checkout_url": null,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:01:00Z",
})))]
struct ConversionBody {
    conversion_id: Uuid,
    /// `personal`, `team` or `enterprise`.
    plan: &'static str,
    /// `month` or `year`.
    interval: &'static str,
    seats: u32,
    /// `requested`: the payment page is open. `activation`: paid, the organization needs a name. `provisioning`: the
    /// organization is being made. `done`. `cancelled`: the payment was taken back. `parked`: paid, and we look into it.
    step: &'static str,
    /// What the caller has to do next: `payment`, `name`, or null.
    needs: Option<&'static str>,
    /// Null for a plan without one.
    organization: Option<ConversionOrganizationBody>,
    /// The payment page, as long as it is not paid.
    checkout_url: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversionOrganization)]
struct ConversionOrganizationBody {
    /// Once one can log in to it.
    org_id: Option<String>,
    /// The wanted one; it gets a suffix when it was taken in the meantime.
    name: Option<String>,
    display_name: Option<String>,
}

/// Inner steps are nobody's business outside.
pub(super) fn step(step: ConversionStep) -> &'static str {
    match step {
        ConversionStep::Requested => "requested",
        ConversionStep::Paid => "activation",
        ConversionStep::Named
        | ConversionStep::OrganizationCreated
        | ConversionStep::MemberAdded
        | ConversionStep::RoleSet
        | ConversionStep::Committed => "provisioning",
        ConversionStep::Done => "done",
        ConversionStep::Cancelling | ConversionStep::Cancelled => "cancelled",
        ConversionStep::Parked => "parked",
    }
}

pub(super) fn needs(conversion: &Conversion) -> Option<&'static str> {
    match conversion.step {
        ConversionStep::Requested => Some("payment"),
        ConversionStep::Paid => Some("name"),
        ConversionStep::Named
        | ConversionStep::OrganizationCreated
        | ConversionStep::MemberAdded
        | ConversionStep::RoleSet
        | ConversionStep::Committed
        | ConversionStep::Done
        | ConversionStep::Cancelling
        | ConversionStep::Cancelled
        | ConversionStep::Parked => None,
    }
}

impl From<Conversion> for ConversionBody {
    fn from(conversion: Conversion) -> Self {
        let organization = conversion
            .plan
            .needs_organization()
            .then(|| organization(&conversion));
        let is_unpaid = conversion.step == ConversionStep::Requested;
        Self {
            conversion_id: conversion.id.as_uuid(),
            plan: conversion.plan.as_str(),
            interval: conversion.interval.as_str(),
            seats: conversion.seats,
            step: step(conversion.step),
            needs: needs(&conversion),
            organization,
            checkout_url: conversion.checkout_url.filter(|_| is_unpaid),
            created_at: conversion.created_at,
            updated_at: conversion.updated_at,
        }
    }
}

fn organization(conversion: &Conversion) -> ConversionOrganizationBody {
    let wanted = conversion.wanted_name.as_ref();
    let is_there = matches!(
        conversion.step,
        ConversionStep::Committed | ConversionStep::Done
    );
    ConversionOrganizationBody {
        org_id: conversion
            .auth0_org_id
            .as_ref()
            .filter(|_| is_there)
            .map(ToString::to_string),
        name: wanted.map(|wanted| candidate_name(wanted, conversion.id, conversion.try_no).into()),
        display_name: conversion.display_name.as_ref().map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests;
