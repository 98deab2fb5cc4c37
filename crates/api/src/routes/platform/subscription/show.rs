//! Shows a customer's subscription.

use actix_web::{get, web};
use domain::{IndividualId, OrganizationId, TenantId};

use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::body::PathId;
use crate::problem::Problem;
use crate::routes::platform::PlatformProblems;
use crate::routes::subscription::SubscriptionBody;

/// An organization's subscription.
#[utoipa::path(
    operation_id = "show_platform_subscription",
    tag = "platform",
    params(("org_id" = String, Path)),
    responses((status = 200, body = SubscriptionBody), PlatformProblems),
)]
#[get("/v1/platform/organizations/{org_id}/subscription")]
pub(super) async fn of_organization(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
) -> Result<web::Json<SubscriptionBody>, Problem> {
    show(&state, &caller, org_id.parse()?.into()).await
}

/// The subscription of a person on their own.
#[utoipa::path(
    operation_id = "show_individual_subscription",
    tag = "platform",
    params(("ind_id" = String, Path, description = "`individual_id` of `GET /v1/me`")),
    responses((status = 200, body = SubscriptionBody), PlatformProblems),
)]
#[get("/v1/platform/individuals/{ind_id}/subscription")]
pub(super) async fn of_individual(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    ind_id: PathId<IndividualId>,
) -> Result<web::Json<SubscriptionBody>, Problem> {
    show(&state, &caller, ind_id.parse()?.into()).await
}

async fn show(
    state: &AppState,
    caller: &PlatformAdmin,
    tenant: TenantId,
) -> Result<web::Json<SubscriptionBody>, Problem> {
    let mut tx = caller.tenant(state, &tenant).await?;
    if tx.subscription().await?.is_none() {
        return Err(Problem::not_found());
    }
    let body = SubscriptionBody::of_tenant(&mut tx, state.clock.now()).await?;
    Ok(web::Json(body))
}
