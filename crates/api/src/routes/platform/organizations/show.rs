//! Shows one organization.

use std::str::FromStr;

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use domain::conversion::ConversionStatus;
use domain::ids::InvalidId;
use domain::{ConversionId, OrganizationId};
use serde::Serialize;
use store::{Customer, MirrorState, TenantTx};
use utoipa::ToSchema;

use super::create::CreationBody;
use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::body::PathId;
use crate::problem::Problem;
use crate::routes::platform::PlatformProblems;
use crate::routes::subscription;

/// An organization's standing; nothing of its content, and nobody's name or address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlatformOrganization, examples(json!({
    "org_id": "org_Vq3kfGpRcXh2Tn7L",
    "name": "acme",
    "display_name": "Acme Ltd.",
    "external_reference": "crm-4711",
    "plan": "team",
    "status": "active",
    "ends_at": "2027-01-01T00:00:00Z",
    "seats": 20,
    "seats_used": 3,
    "seats_promised": 1,
    "needs_admin": false,
    "created_at": "2026-11-21T09:00:00Z",
    "suspended_at": null,
    "last_reconciled_at": "2026-11-21T09:10:00Z",
    "last_drift_at": null,
})))]
pub(super) struct OrganizationBody {
    org_id: String,
    name: String,
    display_name: String,
    /// What your own systems call it.
    external_reference: Option<String>,
    plan: &'static str,
    /// `active`, `activation`, `past_due`, `expired` or `canceled`.
    status: &'static str,
    ends_at: DateTime<Utc>,
    seats: u32,
    /// Members; they may be more than the seats after an import.
    seats_used: u32,
    /// Invitations and additions that have a seat already.
    seats_promised: u32,
    /// Nobody administers it.
    needs_admin: bool,
    created_at: DateTime<Utc>,
    suspended_at: Option<DateTime<Utc>>,
    /// When its members were last compared with Auth0's.
    last_reconciled_at: Option<DateTime<Utc>>,
    /// When such a comparison last found a difference.
    last_drift_at: Option<DateTime<Utc>>,
}

/// An organization's standing; 202 while one that was asked for is still being made.
#[utoipa::path(
    operation_id = "show_platform_organization",
    tag = "platform",
    params(("org_id" = String, Path, description = "Or the `creation_id` under which it was asked for")),
    responses(
        (status = 200, body = OrganizationBody),
        (status = 202, body = CreationBody),
        PlatformProblems,
    ),
)]
#[get("/v1/platform/organizations/{org_id}")]
pub(super) async fn show(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<Asked>,
) -> Result<HttpResponse, Problem> {
    let org_id = match org_id.parse()? {
        Asked::Organization(org_id) => org_id,
        Asked::Creation(id) => {
            let mut own = caller.own(&state).await?;
            let creation = own.conversion(id).await?.ok_or_else(Problem::not_found)?;
            match creation.auth0_org_id.clone() {
                Some(org_id) if creation.step.status() == ConversionStatus::Ready => org_id,
                _ => return Ok(HttpResponse::Accepted().json(CreationBody::from(creation))),
            }
        }
    };
    let mut tx = caller.organization(&state, &org_id).await?;
    let body = of(&mut tx, org_id, state.clock.now()).await?;
    Ok(HttpResponse::Ok().json(body))
}

/// What stands in the path.
pub(super) enum Asked {
    Organization(OrganizationId),
    Creation(ConversionId),
}

impl FromStr for Asked {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.starts_with("org_") {
            text.parse().map(Self::Organization)
        } else {
            text.parse().map(Self::Creation)
        }
    }
}

/// # Errors
/// 404 when the transaction's tenant is no organization that is a customer.
pub(super) async fn of(
    tx: &mut TenantTx,
    org_id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<OrganizationBody, Problem> {
    let customer = tx.customer().await?.ok_or_else(Problem::not_found)?;
    let Customer {
        name: Some(name),
        display_name: Some(display_name),
        ..
    } = customer
    else {
        return Err(Problem::not_found());
    };
    let subscription = subscription::subscription(tx).await?;
    let taken = tx.seats_taken(now).await?;
    let MirrorState {
        reconciled_at,
        last_drift,
        ..
    } = tx.mirror_state().await?;
    Ok(OrganizationBody {
        org_id: org_id.into(),
        name: name.into(),
        display_name: display_name.into(),
        external_reference: tx.external_reference().await?,
        plan: subscription.plan.as_str(),
        status: subscription.status(now).as_str(),
        ends_at: subscription.ends_at(),
        seats: subscription.seats(),
        seats_used: taken.members,
        seats_promised: taken.invitations + taken.additions,
        needs_admin: tx.count_active_admins().await? == 0,
        created_at: customer.created_at,
        suspended_at: customer.suspended_at,
        last_reconciled_at: reconciled_at,
        last_drift_at: last_drift.map(|(at, _)| at),
    })
}
