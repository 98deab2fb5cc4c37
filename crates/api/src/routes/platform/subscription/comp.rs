//! A plan free of charge.

use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::{
    ChoosePlanRefusal, IndividualId, Interval, OrganizationId, Plan, TenantId, choose_plan,
};
use serde::Deserialize;
use serde_json::json;
use store::SubscriptionRecord;
use utoipa::ToSchema;

use super::{SupportProblems, Supported, charged, checked_until, order, refused};
use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::Idempotency;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems};
use crate::problem::Problem;
use crate::routes::platform::{PlatformProblems, reason};
use crate::routes::subscription::SubscriptionBody;
use crate::routes::subscription::payer::Turn;
use crate::routes::subscription::terms::terms;

const ROUTE: &str = "POST platform subscription/comp";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CompRequest, examples(json!({
    "plan": "team", "seats": 10, "until": "2027-12-31T00:00:00Z", "reason": "Sponsored: they teach with it.",
})))]
struct CompRequest {
    /// `team` or `enterprise` for an organization, `personal` for a person.
    #[schema(value_type = String)]
    plan: Plan,
    /// Absent is the plan's least.
    #[schema(minimum = 1)]
    seats: Option<u32>,
    until: DateTime<Utc>,
    /// 1 to 500 characters. The customer can read it.
    reason: String,
}

type Asked<'a> = (
    &'a PlatformAdmin,
    &'a Idempotency,
    &'a Body<CompRequest>,
    RequestId,
);

/// Gives an organization a plan free of charge until a date. It takes the place of a plan that has ended or was a gift
/// too; one that Stripe charges for is in the way.
#[utoipa::path(
    operation_id = "comp_platform_subscription",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = CompRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        SupportProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/subscription/comp")]
pub(super) async fn to_organization(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<CompRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asked = (&caller, &idempotency, &body, *request_id);
    comp(&state, org_id.parse()?.into(), asked).await
}

/// Gives a person the personal plan free of charge until a date.
#[utoipa::path(
    operation_id = "comp_individual_subscription",
    tag = "platform",
    params(("ind_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = CompRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        SupportProblems,
    ),
)]
#[post("/v1/platform/individuals/{ind_id}/subscription/comp")]
pub(super) async fn to_individual(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    ind_id: PathId<IndividualId>,
    idempotency: Idempotency,
    body: Body<CompRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asked = (&caller, &idempotency, &body, *request_id);
    comp(&state, ind_id.parse()?.into(), asked).await
}

async fn comp(
    state: &AppState,
    tenant: TenantId,
    (caller, idempotency, body, request_id): Asked<'_>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let CompRequest {
        plan,
        seats,
        until,
        reason,
    } = body.parse()?;
    let wanted = checked_plan(plan, seats, &tenant)?;
    let until = checked_until(until, now)?;
    let order = order(caller, "subscription.comped", reason::checked(&reason)?);
    let mut it = Supported::open(state, caller, &tenant, order, request_id).await?;
    let turn = it.payer.turn(state, idempotency, ROUTE, body.bytes()?);
    let attempt = match turn.await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, _) | Turn::Again(attempt, _) => attempt,
    };
    let before = it.payer.record().await?;
    let in_use = it.payer.in_use(state).await?;
    let is_paid_for = charged(&before, now).is_some();
    let given = before
        .subscription
        .clone()
        .comp(wanted, until, &in_use, is_paid_for, now)
        .map_err(refused)?;
    if let Some(ended) = &before.stripe_subscription_id {
        // What is unpaid there must not come back to life beside the gift.
        let payload = json!({ "subscription_id": ended });
        let tx = &mut it.payer.tx;
        tx.enqueue(kind::STRIPE_END, ended, &payload, now).await?;
    }
    let after = SubscriptionRecord {
        stripe_customer_id: before.stripe_customer_id.clone(),
        version: before.version,
        ..SubscriptionRecord::new(given)
    };
    it.keep(attempt, &before, &after, now).await
}

fn checked_plan(
    plan: Plan,
    seats: Option<u32>,
    tenant: &TenantId,
) -> Result<domain::subscription::Terms, Problem> {
    let is_organization = matches!(tenant, TenantId::Organization(_));
    let choice =
        choose_plan(plan, Interval::Year, seats).map_err(|refusal: ChoosePlanRefusal| {
            Problem::invalid_field(refusal.field(), refusal.code(), refusal)
        })?;
    if plan.needs_organization() == is_organization {
        return Ok(terms(&choice));
    }
    let detail = "The plan is for the other kind of customer.";
    Err(Problem::invalid_field(
        "plan",
        "conversion_required",
        detail,
    ))
}
