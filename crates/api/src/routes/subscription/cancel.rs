//! The end of a subscription with its period, and taking that back.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, post, web};
use domain::State;
use domain::subscription::{CancelRefusal, ResumeRefusal};
use store::SubscriptionRecord;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::SubscriptionBody;
use super::payer::{BillingProblems, Payer, Turn, at_stripe, known};
use crate::app::AppState;
use crate::auth::permissions::WriteBilling;
use crate::auth::{Authorized, Me};
use crate::idempotency::Idempotency;
use crate::middleware::RequestId;
use crate::openapi::problems::{IdempotencyProblems, MeProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};

/// What to do, and the name under which a repeat is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Cancel,
    Resume,
}

struct CancelProblems;
struct ResumeProblems;

impl IntoResponses for CancelProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::NothingToCancel, Code::InActivation])
    }
}

impl IntoResponses for ResumeProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::NothingToResume, Code::PaymentOutstanding])
    }
}

/// Cancels the organization's subscription at the end of the period that is paid; with a payment outstanding it ends at
/// once. Nothing is deleted.
#[utoipa::path(
    operation_id = "cancel_subscription",
    tag = "billing",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SubscriptionBody),
        TenantProblems,
        IdempotencyProblems,
        BillingProblems,
        CancelProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/subscription/cancel")]
pub(super) async fn cancel_organizations(
    caller: Authorized<WriteBilling>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    run(
        Verb::Cancel,
        caller.into(),
        &state,
        &idempotency,
        *request_id,
    )
    .await
}

/// Cancels the caller's own plan at the end of the period that is paid; with a payment outstanding it ends at once.
#[utoipa::path(
    operation_id = "cancel_my_subscription",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SubscriptionBody),
        MeProblems,
        IdempotencyProblems,
        BillingProblems,
        CancelProblems,
    ),
)]
#[post("/v1/me/subscription/cancel")]
pub(super) async fn cancel_mine(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    run(Verb::Cancel, me.into(), &state, &idempotency, *request_id).await
}

/// Takes the cancellation of the organization's subscription back before it takes effect.
#[utoipa::path(
    operation_id = "resume_subscription",
    tag = "billing",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SubscriptionBody),
        TenantProblems,
        IdempotencyProblems,
        BillingProblems,
        ResumeProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/subscription/resume")]
pub(super) async fn resume_organizations(
    caller: Authorized<WriteBilling>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    run(
        Verb::Resume,
        caller.into(),
        &state,
        &idempotency,
        *request_id,
    )
    .await
}

/// Takes the cancellation of the caller's own plan back before it takes effect.
#[utoipa::path(
    operation_id = "resume_my_subscription",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SubscriptionBody),
        MeProblems,
        IdempotencyProblems,
        BillingProblems,
        ResumeProblems,
    ),
)]
#[post("/v1/me/subscription/resume")]
pub(super) async fn resume_mine(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    run(Verb::Resume, me.into(), &state, &idempotency, *request_id).await
}

async fn run(
    verb: Verb,
    mut payer: Payer,
    state: &AppState,
    idempotency: &Idempotency,
    request_id: RequestId,
) -> Result<HttpResponse, Problem> {
    let (is_new, attempt, id) = match payer.turn(state, idempotency, verb.route(), &[]).await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, id) => (true, attempt, id),
        Turn::Again(attempt, id) => (false, attempt, id),
    };
    let record = payer.record().await?;
    if is_new {
        verb.judge(&record, state)?;
    }
    let subscription = at_stripe(&record)?;
    let is_past_due = matches!(record.subscription.state, State::PastDue { .. });
    let absent = payer.leave().await?;
    // What ended there goes on here until the end of what is paid.
    let found = known(state, &subscription).await?;
    let key = format!("{}:{id}", verb.name());
    match verb {
        Verb::Cancel if found.is_over() => {}
        Verb::Resume if found.is_over() => {
            return Err(Problem::new(Code::NothingToResume).detail(
                "It has ended at the payment provider; once it has ended here too, it can be bought again.",
            ));
        }
        // Nothing of the period is paid that could be waited for.
        Verb::Cancel if is_past_due && !found.latest_invoice_is_paid() => {
            state.billing.end_subscription(&subscription).await?;
        }
        Verb::Cancel | Verb::Resume => {
            state
                .billing
                .set_cancel_at_period_end(&subscription, verb == Verb::Cancel, &key)
                .await?;
        }
    }
    absent
        .settle(state, attempt, &subscription, request_id)
        .await
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Resume => "resume",
        }
    }

    /// The tenant is part of a key already.
    fn route(self) -> &'static str {
        match self {
            Self::Cancel => "POST subscription/cancel",
            Self::Resume => "POST subscription/resume",
        }
    }

    fn judge(self, record: &SubscriptionRecord, state: &AppState) -> Result<(), Problem> {
        let now = state.clock.now();
        let subscription = record.subscription.clone();
        if subscription.plan.is_paid() && !subscription.is_live(now) {
            return Err(Problem::new(Code::CheckoutRequired));
        }
        match self {
            Self::Cancel => subscription
                .cancel_at_period_end(now)
                .map(drop)
                .map_err(|refusal| match refusal {
                    CancelRefusal::Trial => Problem::new(Code::NothingToCancel).detail(refusal),
                    CancelRefusal::InActivation => Problem::new(Code::InActivation),
                    CancelRefusal::Ended => Problem::new(Code::CheckoutRequired),
                }),
            Self::Resume => subscription
                .resume(now)
                .map(drop)
                .map_err(|refusal| match refusal {
                    ResumeRefusal::Trial => Problem::new(Code::NothingToResume).detail(refusal),
                    ResumeRefusal::PastDue => Problem::new(Code::PaymentOutstanding),
                    ResumeRefusal::Ended => Problem::new(Code::CheckoutRequired),
                }),
        }
    }
}
