//! An organization whose plan has ended buys again. It is the same organization; all that is in it is there.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::subscription::InUse;
use domain::{PlanChoice, Wanted};
use serde::Serialize;
use store::SubscriptionRecord;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::payer::{Absent, Payer, Turn};
use super::terms::TermsRequest;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteBilling;
use crate::billing::client::NewCheckoutSession;
use crate::body::Body;
use crate::idempotency::Idempotency;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::me::checkout::listed_price;

const ROUTE: &str = "POST subscription/checkout";

#[derive(Serialize, ToSchema)]
#[schema(as = SubscriptionCheckout, examples(json!({
    "checkout_url": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
})))]
struct CheckoutBody {
    /// Send the browser there. It comes back to the application's login with `checkout`, which is `success` or
    /// `cancelled`; what was paid is in the subscription, not in that address.
    checkout_url: String,
}

struct CheckoutProblems;

impl IntoResponses for CheckoutProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::PlanAlreadyActive,
            Code::SeatsInUse,
            Code::FeatureInUse,
            Code::BillingUnavailable,
        ])
    }
}

/// Begins the purchase of a plan for an organization whose plan has ended. The plan runs once the payment has arrived.
#[utoipa::path(
    operation_id = "create_subscription_checkout",
    tag = "billing",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = TermsRequest,
    responses(
        (status = 201, body = CheckoutBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        CheckoutProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/subscription/checkout")]
pub(super) async fn create(
    caller: Authorized<WriteBilling>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<TermsRequest>,
) -> Result<HttpResponse, Problem> {
    let mut payer = Payer::from(caller);
    let choice = body.parse()?.choice()?;
    if !choice.plan().needs_organization() {
        let detail = "This plan comes without an organization.";
        return Err(Problem::invalid_field(
            "plan",
            "not_for_organizations",
            detail,
        ));
    }
    let (attempt, id) = match payer
        .turn(&state, &idempotency, ROUTE, body.bytes()?)
        .await?
    {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, id) | Turn::Again(attempt, id) => (attempt, id),
    };
    let record = payer.record().await?;
    if record.subscription.is_live(state.clock.now()) {
        return Err(Problem::new(Code::PlanAlreadyActive));
    }
    require_room(&payer.in_use(&state).await?, &choice)?;
    let absent = payer.leave().await?;
    let checkout_url = page(&state, &absent, &record, &choice, id).await?;
    let mut tx = absent.transaction(&state).await?;
    let body = CheckoutBody { checkout_url };
    let response = attempt.finish(&mut tx, StatusCode::CREATED, &body).await?;
    tx.commit().await?;
    Ok(response)
}

fn require_room(in_use: &InUse, choice: &PlanChoice) -> Result<(), Problem> {
    if !in_use.seats.fit(Wanted::More(0), choice.seats()) {
        let detail = format_args!("{} seats are in use.", in_use.seats.total());
        return Err(Problem::new(Code::SeatsInUse).detail(detail));
    }
    let mut missing = in_use.features.iter();
    match missing.find(|feature| !choice.plan().includes(**feature)) {
        Some(feature) => {
            Err(Problem::new(Code::FeatureInUse).detail(format_args!("{feature} is in use.")))
        }
        None => Ok(()),
    }
}

/// Whose the customer and the page are is recorded before anybody sees the page.
async fn page(
    state: &AppState,
    absent: &Absent,
    record: &SubscriptionRecord,
    choice: &PlanChoice,
    id: Uuid,
) -> Result<String, Problem> {
    let price = listed_price(state, choice.price()).await?;
    let tenant = absent.tenant().as_str();
    let customer = match &record.stripe_customer_id {
        Some(customer) => customer.clone(),
        None => {
            let key = format!("reactivation:{id}:customer");
            state.billing.create_customer(tenant, &key).await?.id
        }
    };
    let (success, cancelled) = (back(state, "success"), back(state, "cancelled"));
    let new = NewCheckoutSession {
        customer: &customer,
        price: &price.id,
        quantity: choice.seats(),
        reference: ("org_id", tenant),
        success_url: &success,
        cancel_url: &cancelled,
    };
    let key = format!("reactivation:{id}:checkout");
    let session = state.billing.create_checkout_session(&new, &key).await?;
    let mut tx = absent.transaction(state).await?;
    for object in [&customer, &session.id] {
        if tx.link_stripe(object, None).await? != *absent.tenant() {
            return Err(Problem::internal(&ForeignObject));
        }
    }
    tx.commit().await?;
    session
        .url
        .ok_or_else(|| Problem::new(Code::BillingUnavailable))
}

#[derive(Debug, thiserror::Error)]
#[error("a Stripe object of this organization belongs to another tenant")]
struct ForeignObject;

fn back(state: &AppState, outcome: &str) -> String {
    let mut url = state.config.http.app_login_url.clone();
    url.query_pairs_mut().append_pair("checkout", outcome);
    url.into()
}
