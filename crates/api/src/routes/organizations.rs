//! The organization itself.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use domain::OrganizationId;
use serde::Serialize;
use store::Customer;
use utoipa::ToSchema;

use crate::auth::Authorized;
use crate::auth::permissions::ReadOrganization;
use crate::etag::etag;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization, examples(json!({
    "org_id": "org_Vq3kfGpRcXh2Tn7L",
    "name": "acme",
    "display_name": "Acme Ltd.",
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
})))]
struct OrganizationBody {
    org_id: String,
    /// In links and at the login; never changes.
    name: String,
    display_name: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The organization that the caller has logged in to.
#[utoipa::path(
    operation_id = "show_organization",
    tag = "organizations",
    params(("org_id" = String, Path)),
    responses(
        (status = 200, body = OrganizationBody, headers(("etag" = String, description = "Its version"))),
        TenantProblems,
    ),
)]
#[get("/v1/orgs/{org_id}")]
pub(super) async fn show(
    mut caller: Authorized<ReadOrganization>,
) -> Result<HttpResponse, Problem> {
    let customer = caller.tx.customer().await?.ok_or_else(Problem::not_found)?;
    let tag = etag(customer.version);
    let body =
        OrganizationBody::of(caller.organization, customer).ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().insert_header(tag).json(body))
}

impl OrganizationBody {
    /// None for an individual, who has no names.
    fn of(org_id: OrganizationId, customer: Customer) -> Option<Self> {
        Some(Self {
            org_id: org_id.into(),
            name: customer.name?.into(),
            display_name: customer.display_name?.into(),
            created_at: customer.created_at,
            updated_at: customer.updated_at,
        })
    }
}
