//! Another plan, interval or number of seats, by support: the decision is the one that the customer's own change meets.

use actix_web::{HttpResponse, post, web};
use domain::{IndividualId, Interval, OrganizationId, Plan, TenantId};
use serde::Deserialize;
use serde_json::json;
use store::SubscriptionRecord;
use utoipa::ToSchema;

use super::{SupportProblems, Supported, charged, order, refused};
use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::Idempotency;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems};
use crate::problem::Problem;
use crate::routes::platform::{PlatformProblems, reason};
use crate::routes::subscription::SubscriptionBody;
use crate::routes::subscription::change::{ChangeProblems, judge, refused_change, tell};
use crate::routes::subscription::payer::{BillingProblems, Turn};
use crate::routes::subscription::terms::{TermsRequest, terms};
use crate::workflows::payment::MoreInTrial;

const ROUTE: &str = "POST platform subscription/change";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SupportedChangeRequest, examples(json!({
    "plan": "enterprise", "interval": "year", "seats": 40, "reason": "Ordered by phone.",
})))]
struct ChangeRequest {
    /// `personal`, `team` or `enterprise`.
    #[schema(value_type = String)]
    plan: Plan,
    /// `month` or `year`.
    #[schema(value_type = String)]
    interval: Interval,
    #[schema(minimum = 1)]
    seats: u32,
    /// 1 to 500 characters. The customer can read it.
    reason: String,
}

type Asked<'a> = (
    &'a PlatformAdmin,
    &'a Idempotency,
    &'a Body<ChangeRequest>,
    RequestId,
);

/// Changes an organization's plan, interval or seats, as its administrators could. What Stripe charges for is charged
/// there; what was agreed or given is changed at once and lasts as long as before.
#[utoipa::path(
    operation_id = "change_platform_subscription",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ChangeRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
        ChangeProblems,
        SupportProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/subscription/change")]
pub(super) async fn of_organization(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<ChangeRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asked = (&caller, &idempotency, &body, *request_id);
    change(&state, org_id.parse()?.into(), asked).await
}

/// Changes the interval of a person's plan, as they could.
#[utoipa::path(
    operation_id = "change_individual_subscription",
    tag = "platform",
    params(("ind_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ChangeRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
        ChangeProblems,
        SupportProblems,
    ),
)]
#[post("/v1/platform/individuals/{ind_id}/subscription/change")]
pub(super) async fn of_individual(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    ind_id: PathId<IndividualId>,
    idempotency: Idempotency,
    body: Body<ChangeRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asked = (&caller, &idempotency, &body, *request_id);
    change(&state, ind_id.parse()?.into(), asked).await
}

async fn change(
    state: &AppState,
    tenant: TenantId,
    (caller, idempotency, body, request_id): Asked<'_>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ChangeRequest {
        plan,
        interval,
        seats,
        reason,
    } = body.parse()?;
    let choice = TermsRequest::new(plan, interval, seats).choice()?;
    let wanted = terms(&choice);
    let order = order(caller, "subscription.changed", reason::checked(&reason)?);
    let mut it = Supported::open(state, caller, &tenant, order, request_id).await?;
    let turn = it.payer.turn(state, idempotency, ROUTE, body.bytes()?);
    let (is_new, attempt, id) = match turn.await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, id) => (true, attempt, id),
        Turn::Again(attempt, id) => (false, attempt, id),
    };
    let before = it.payer.record().await?;
    let subscription = charged(&before, now);
    if is_new || subscription.is_none() {
        let judged = judge(&mut it.payer, state, &before, wanted).await?;
        if let Some(refusal) = judged.refusals.first() {
            return Err(refused_change(*refusal));
        }
    }
    let Some(subscription) = subscription else {
        let agreed = before.subscription.clone().agree(wanted, now);
        let after = SubscriptionRecord {
            subscription: agreed.map_err(refused)?,
            ..before.clone()
        };
        return it.keep(attempt, &before, &after, now).await;
    };
    if is_new {
        let asked = json!({ "plan": plan, "interval": interval, "seats": seats });
        it.note(asked, now).await?;
    }
    it.payer.cause.more_in_trial = MoreInTrial::IsGiven;
    let absent = it.payer.leave().await?;
    let choice = (&choice, absent.more_in_trial());
    tell(state, &before, subscription, choice, id).await?;
    absent
        .settle(state, attempt, subscription, request_id)
        .await
}
