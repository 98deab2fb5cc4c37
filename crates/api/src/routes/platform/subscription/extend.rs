//! More time for a trial or for the period that runs.

use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use domain::subscription::ChangeRefusal;
use domain::{IndividualId, OrganizationId, TenantId};
use serde::Deserialize;
use serde_json::json;
use store::SubscriptionRecord;
use utoipa::ToSchema;

use super::{SupportProblems, Supported, charged, checked_until, order, refused};
use crate::app::AppState;
use crate::auth::PlatformAdmin;
use crate::body::{Body, PathId};
use crate::idempotency::Idempotency;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems};
use crate::problem::Problem;
use crate::routes::platform::{PlatformProblems, reason};
use crate::routes::subscription::SubscriptionBody;
use crate::routes::subscription::change::refused_change;
use crate::routes::subscription::payer::{BillingProblems, Turn};

const ROUTE: &str = "POST platform subscription/extend";

/// Stripe takes no later end (<https://docs.stripe.com/api/subscriptions/update#update_subscription-trial_end>).
const LONGEST_AT_STRIPE: TimeDelta = TimeDelta::days(730);

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExtensionRequest, examples(json!({
    "until": "2027-01-15T00:00:00Z", "reason": "They lost a week to our outage.",
})))]
struct ExtensionRequest {
    /// Later than what is announced now.
    until: DateTime<Utc>,
    /// 1 to 500 characters. The customer can read it.
    reason: String,
}

type Asked<'a> = (
    &'a PlatformAdmin,
    &'a Idempotency,
    &'a Body<ExtensionRequest>,
    RequestId,
);

/// Lets an organization's period last until a later date; it is charged for the next one only then.
#[utoipa::path(
    operation_id = "extend_platform_subscription",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ExtensionRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
        SupportProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/subscription/extend")]
pub(super) async fn of_organization(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<ExtensionRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asked = (&caller, &idempotency, &body, *request_id);
    extend(&state, org_id.parse()?.into(), asked).await
}

/// Lets a person's trial, also one that has ended, or the period of their plan last until a later date.
#[utoipa::path(
    operation_id = "extend_individual_subscription",
    tag = "platform",
    params(("ind_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ExtensionRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
        SupportProblems,
    ),
)]
#[post("/v1/platform/individuals/{ind_id}/subscription/extend")]
pub(super) async fn of_individual(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    ind_id: PathId<IndividualId>,
    idempotency: Idempotency,
    body: Body<ExtensionRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asked = (&caller, &idempotency, &body, *request_id);
    extend(&state, ind_id.parse()?.into(), asked).await
}

async fn extend(
    state: &AppState,
    tenant: TenantId,
    (caller, idempotency, body, request_id): Asked<'_>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ExtensionRequest { until, reason } = body.parse()?;
    let until = checked_until(until, now)?;
    let order = order(caller, "subscription.extended", reason::checked(&reason)?);
    let mut it = Supported::open(state, caller, &tenant, order, request_id).await?;
    let turn = it.payer.turn(state, idempotency, ROUTE, body.bytes()?);
    let (is_new, attempt, id) = match turn.await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, id) => (true, attempt, id),
        Turn::Again(attempt, id) => (false, attempt, id),
    };
    let before = it.payer.record().await?;
    let extended = before.subscription.clone().extend(until, now);
    let Some(subscription) = charged(&before, now) else {
        let after = SubscriptionRecord {
            subscription: extended.map_err(refused)?,
            ..before.clone()
        };
        return it.keep(attempt, &before, &after, now).await;
    };
    if is_new {
        extended.map_err(refused)?;
        require_extendable(&before, until, now)?;
        it.note(json!({ "until": until }), now).await?;
    }
    let absent = it.payer.leave().await?;
    let key = format!("extend:{id}");
    state
        .billing
        .extend_period(subscription, until, &key)
        .await?;
    absent
        .settle(state, attempt, subscription, request_id)
        .await
}

/// Of what Stripe charges for.
fn require_extendable(
    record: &SubscriptionRecord,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if record.disputed_at.is_some() {
        return Err(refused_change(ChangeRefusal::PaymentDisputed));
    }
    if until > now + LONGEST_AT_STRIPE {
        let detail = "What is paid at Stripe can be extended by at most two years.";
        return Err(Problem::invalid_field("until", "too_far", detail));
    }
    Ok(())
}
