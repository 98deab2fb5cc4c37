//! What a change would do, and every reason that speaks against it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::PlanChoice;
use domain::catalogue::CURRENCY;
use domain::subscription::{ChangeRefusal, InUse, PlanChange, TakesEffect};
use serde::Serialize;
use store::SubscriptionRecord;
use utoipa::ToSchema;

use super::change::{charge, judge, only_item};
use super::payer::{BillingProblems, Payer, Turn, at_stripe, known};
use super::terms::{TermsBody, TermsRequest, terms};
use crate::app::AppState;
use crate::auth::permissions::WriteBilling;
use crate::auth::{Authorized, Me};
use crate::billing::subscriptions::{ChargeForChange, ItemChange};
use crate::body::Body;
use crate::idempotency::Idempotency;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, MeProblems, TenantProblems};
use crate::problem::Problem;
use crate::routes::me::checkout::listed_price;

const ROUTE: &str = "POST subscription/change/preview";

#[derive(Serialize, ToSchema)]
#[schema(as = SubscriptionChangePreview)]
struct PreviewBody {
    wanted: TermsBody,
    /// `now`, or `period_end` where something becomes less.
    takes_effect: &'static str,
    /// Null for now.
    effective_at: Option<DateTime<Utc>>,
    /// Null when it is refused.
    due_now: Option<DueBody>,
    /// What every interval costs from then on, in cents.
    then_cents: u64,
    /// `usd`
    currency: &'static str,
    features_gained: Vec<&'static str>,
    features_lost: Vec<&'static str>,
    /// Members, pending invitations and people who are being added.
    seats_in_use: u32,
    /// Empty when it can be done.
    refusals: Vec<RefusalBody>,
}

#[derive(Default, Serialize, ToSchema)]
#[schema(as = DueNow)]
struct DueBody {
    /// Charged at once, in cents: the difference for the rest of the period.
    amount_cents: u64,
    /// What is left over of what was paid, in cents; later invoices use it up.
    credit_cents: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ChangeRefusal)]
struct RefusalBody {
    /// The code with which the change itself would be refused.
    code: &'static str,
    detail: String,
}

/// What a change of the organization's plan would do. Nothing is changed.
#[utoipa::path(
    operation_id = "preview_subscription_change",
    tag = "billing",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = TermsRequest,
    responses(
        (status = 200, body = PreviewBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/subscription/change/preview")]
pub(super) async fn of_organization(
    caller: Authorized<WriteBilling>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<TermsRequest>,
) -> Result<HttpResponse, Problem> {
    preview(caller.into(), &state, &idempotency, &body).await
}

/// What a change of the caller's own plan would do. Nothing is changed.
#[utoipa::path(
    operation_id = "preview_my_subscription_change",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = TermsRequest,
    responses(
        (status = 200, body = PreviewBody),
        MeProblems,
        BodyProblems,
        IdempotencyProblems,
        BillingProblems,
    ),
)]
#[post("/v1/me/subscription/change/preview")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<TermsRequest>,
) -> Result<HttpResponse, Problem> {
    preview(me.into(), &state, &idempotency, &body).await
}

async fn preview(
    mut payer: Payer,
    state: &AppState,
    idempotency: &Idempotency,
    body: &Body<TermsRequest>,
) -> Result<HttpResponse, Problem> {
    let choice = body.parse()?.choice()?;
    let attempt = match payer.turn(state, idempotency, ROUTE, body.bytes()?).await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, _) | Turn::Again(attempt, _) => attempt,
    };
    let record = payer.record().await?;
    let in_use = payer.in_use(state).await?;
    let change = judge(&mut payer, state, &record, terms(&choice)).await?;
    let absent = payer.leave().await?;
    let due_now = if change.refusals.is_empty() {
        Some(due(state, &record, &choice).await?)
    } else {
        None
    };
    let body = described(
        &record,
        &choice,
        &change,
        &in_use,
        due_now,
        state.clock.now(),
    );
    let mut tx = absent.transaction(state).await?;
    let response = attempt.finish(&mut tx, StatusCode::OK, &body).await?;
    tx.commit().await?;
    Ok(response)
}

/// Stripe reckons: only it knows what was charged and credited before.
async fn due(
    state: &AppState,
    record: &SubscriptionRecord,
    choice: &PlanChoice,
) -> Result<DueBody, Problem> {
    let subscription = at_stripe(record)?;
    let charge = charge(record, terms(choice), None);
    if charge != ChargeForChange::Now {
        return Ok(DueBody::default());
    }
    let found = known(state, &subscription).await?;
    let price = listed_price(state, choice.price()).await?;
    let change = ItemChange {
        subscription: &subscription,
        item: &only_item(&found)?.id,
        price: &price.id,
        quantity: choice.seats(),
        charge,
    };
    let invoice = state.billing.preview_change(&change).await?;
    Ok(DueBody {
        amount_cents: u64::try_from(invoice.amount_due).unwrap_or(0),
        credit_cents: invoice.total.min(0).unsigned_abs(),
    })
}

fn described(
    record: &SubscriptionRecord,
    choice: &PlanChoice,
    change: &PlanChange,
    in_use: &InUse,
    due_now: Option<DueBody>,
    now: DateTime<Utc>,
) -> PreviewBody {
    let paid_until = record
        .subscription
        .term()
        .map_or(now, |term| term.paid_until);
    let (takes_effect, effective_at) = match change.takes_effect {
        TakesEffect::AtPeriodEnd => ("period_end", Some(paid_until.max(now))),
        TakesEffect::Now => ("now", None),
    };
    PreviewBody {
        wanted: terms(choice).into(),
        takes_effect,
        effective_at,
        due_now,
        then_cents: choice.total_cents(),
        currency: CURRENCY,
        features_gained: change
            .gained
            .iter()
            .map(|feature| feature.as_str())
            .collect(),
        features_lost: change.lost.iter().map(|feature| feature.as_str()).collect(),
        seats_in_use: in_use.seats.total(),
        refusals: change.refusals.iter().map(RefusalBody::from).collect(),
    }
}

impl From<&ChangeRefusal> for RefusalBody {
    fn from(refusal: &ChangeRefusal) -> Self {
        Self {
            code: refusal.code(),
            detail: refusal.to_string(),
        }
    }
}
