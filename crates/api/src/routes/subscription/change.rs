//! Another plan, interval or number of seats: at once where nothing becomes less, else with the next period.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, post, web};
use domain::catalogue::sold_as;
use domain::subscription::{ChangeRefusal, PlanChange, TakesEffect, Terms};
use domain::{Interval, PlanChoice};
use store::SubscriptionRecord;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};
use uuid::Uuid;

use super::SubscriptionBody;
use super::payer::{BillingProblems, Payer, Turn, at_stripe, declined, known};
use super::terms::{TermsRequest, terms};
use crate::app::AppState;
use crate::auth::permissions::WriteBilling;
use crate::auth::{Authorized, Me};
use crate::billing::subscriptions::{ChargeForChange, ItemChange};
use crate::billing::wire::{Subscription, SubscriptionItem, SubscriptionStatus};
use crate::body::Body;
use crate::idempotency::Idempotency;
use crate::middleware::RequestId;
use crate::openapi::problems::{
    BodyProblems, IdempotencyProblems, MeProblems, TenantProblems, responses_of,
};
use crate::problem::{Code, Problem};
use crate::routes::me::checkout::listed_price;
use crate::workflows::payment::MoreInTrial;

const ROUTE: &str = "POST subscription/change";

pub(in crate::routes) struct ChangeProblems;

impl IntoResponses for ChangeProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::PaymentDeclined,
            Code::InActivation,
            Code::PaymentOutstanding,
            Code::PaymentDisputed,
            Code::CancellationPending,
            Code::ConversionRequired,
            Code::NoChange,
            Code::ChangePending,
            Code::SeatsInUse,
            Code::FeatureInUse,
        ])
    }
}

/// Changes the organization's plan, interval or seats. What takes nothing away is paid and had at once; if the card is
/// declined, nothing has changed. What takes something away begins with the next period and is shown as `next` until
/// then; wanting the present terms again withdraws it.
#[utoipa::path(
    operation_id = "change_subscription",
    tag = "billing",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = TermsRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
        ChangeProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/subscription/change")]
pub(super) async fn of_organization(
    caller: Authorized<WriteBilling>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<TermsRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    change(caller.into(), &state, &idempotency, &body, *request_id).await
}

/// Changes the interval of the caller's own plan. A plan for an organization is bought with a checkout; the personal
/// plan then ends with the period that is paid.
#[utoipa::path(
    operation_id = "change_my_subscription",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = TermsRequest,
    responses(
        (status = 200, body = SubscriptionBody),
        MeProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
        ChangeProblems,
    ),
)]
#[post("/v1/me/subscription/change")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<TermsRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    change(me.into(), &state, &idempotency, &body, *request_id).await
}

async fn change(
    mut payer: Payer,
    state: &AppState,
    idempotency: &Idempotency,
    body: &Body<TermsRequest>,
    request_id: RequestId,
) -> Result<HttpResponse, Problem> {
    let choice = body.parse()?.choice()?;
    let (is_new, attempt, id) = match payer.turn(state, idempotency, ROUTE, body.bytes()?).await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, id) => (true, attempt, id),
        Turn::Again(attempt, id) => (false, attempt, id),
    };
    let record = payer.record().await?;
    if is_new
        && let Some(refusal) = judge(&mut payer, state, &record, terms(&choice))
            .await?
            .refusals
            .first()
    {
        return Err(refused_change(*refusal));
    }
    let subscription = at_stripe(&record)?;
    let absent = payer.leave().await?;
    tell(
        state,
        &record,
        &subscription,
        (&choice, absent.more_in_trial()),
        id,
    )
    .await?;
    absent
        .settle(state, attempt, &subscription, request_id)
        .await
}

/// The decision that the preview shows and the change heeds.
pub(in crate::routes) async fn judge(
    payer: &mut Payer,
    state: &AppState,
    record: &SubscriptionRecord,
    wanted: Terms,
) -> Result<PlanChange, Problem> {
    let in_use = payer.in_use(state).await?;
    Ok(PlanChange::of(
        &record.subscription,
        record.next,
        wanted,
        &in_use,
        record.disputed_at.is_some(),
        state.clock.now(),
    ))
}

pub(in crate::routes) fn refused_change(refusal: ChangeRefusal) -> Problem {
    let code = match refusal {
        ChangeRefusal::NothingRuns => Code::CheckoutRequired,
        ChangeRefusal::InActivation => Code::InActivation,
        ChangeRefusal::PaymentOutstanding => Code::PaymentOutstanding,
        ChangeRefusal::PaymentDisputed => Code::PaymentDisputed,
        ChangeRefusal::CancellationPending => Code::CancellationPending,
        ChangeRefusal::OtherKind => Code::ConversionRequired,
        ChangeRefusal::NoChange => Code::NoChange,
        ChangeRefusal::ChangePending => Code::ChangePending,
        ChangeRefusal::SeatsInUse { .. } => Code::SeatsInUse,
        ChangeRefusal::FeatureInUse { .. } => Code::FeatureInUse,
    };
    Problem::new(code).detail(refusal)
}

/// Nothing is said again that Stripe has already: a repeat finds what its first try did.
pub(in crate::routes) async fn tell(
    state: &AppState,
    record: &SubscriptionRecord,
    subscription: &str,
    (choice, more_in_trial): (&PlanChoice, MoreInTrial),
    id: Uuid,
) -> Result<(), Problem> {
    let found = known(state, subscription).await?;
    let item = only_item(&found)?;
    let (wanted, at_stripe) = (terms(choice), sold(item));
    if at_stripe == Some(wanted) {
        return Ok(());
    }
    let price = listed_price(state, choice.price()).await?;
    let charge = charge(record, wanted, at_stripe.map(|terms| terms.interval));
    let is_free = charge == ChargeForChange::Now && found.status == SubscriptionStatus::Trialing;
    if is_free && more_in_trial == MoreInTrial::Waits {
        return Err(Problem::new(Code::ChangePending).detail(
            "Nothing is charged until this period ends; more can be had with the next one, or from support.",
        ));
    }
    let change = ItemChange {
        subscription,
        item: &item.id,
        price: &price.id,
        quantity: wanted.seats,
        charge,
    };
    state
        .billing
        .change_subscription(&change, &format!("change:{id}"))
        .await
        .map_err(declined)?;
    Ok(())
}

pub(super) fn only_item(subscription: &Subscription) -> Result<&SubscriptionItem, Problem> {
    subscription.only_item().ok_or_else(|| {
        tracing::error!(subscription = subscription.id, "it was changed by hand");
        Problem::new(Code::Conflict).detail("The subscription was changed by hand; ask support.")
    })
}

fn sold(item: &SubscriptionItem) -> Option<Terms> {
    let (plan, interval) = item.price.lookup_key.as_deref().and_then(sold_as)?;
    let seats = item.quantity?;
    Some(Terms {
        plan,
        interval,
        seats,
    })
}

/// Also a change that is withdrawn costs nothing: what it goes back to is paid.
pub(super) fn charge(
    record: &SubscriptionRecord,
    wanted: Terms,
    interval_at_stripe: Option<Interval>,
) -> ChargeForChange {
    let paid = Terms::of(&record.subscription);
    let is_more =
        paid.is_none_or(|paid| paid != wanted && wanted.takes_effect(paid) == TakesEffect::Now);
    if is_more {
        return ChargeForChange::Now;
    }
    let is_other_interval = interval_at_stripe != Some(wanted.interval);
    let paid_until = record.subscription.term().map(|term| term.paid_until);
    ChargeForChange::NextPeriod {
        keep_until: paid_until.filter(|_| is_other_interval),
    }
}
