//! The payment provider's page for cards and invoices.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::payer::{BillingProblems, Payer, Turn};
use crate::app::AppState;
use crate::auth::permissions::WriteBilling;
use crate::auth::{Authorized, Me};
use crate::idempotency::Idempotency;
use crate::openapi::problems::{IdempotencyProblems, MeProblems, TenantProblems};
use crate::problem::{Code, Problem};

const ROUTE: &str = "POST subscription/portal";

#[derive(Serialize, ToSchema)]
#[schema(as = BillingPortal, examples(json!({
    "portal_url": "https://billing.stripe.com/p/session/test_a1b2c3",
})))]
struct PortalBody {
    /// Send the browser there; it works once and not for long. It comes back to the application's login.
    portal_url: String,
}

/// Opens the payment provider's page where the organization's cards and invoices are.
#[utoipa::path(
    operation_id = "open_billing_portal",
    tag = "billing",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = PortalBody),
        TenantProblems,
        IdempotencyProblems,
        BillingProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/subscription/portal")]
pub(super) async fn of_organization(
    caller: Authorized<WriteBilling>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
) -> Result<HttpResponse, Problem> {
    open(caller.into(), &state, &idempotency).await
}

/// Opens the payment provider's page where the caller's own cards and invoices are.
#[utoipa::path(
    operation_id = "open_my_billing_portal",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = PortalBody),
        MeProblems,
        IdempotencyProblems,
        BillingProblems,
    ),
)]
#[post("/v1/me/subscription/portal")]
pub(super) async fn of_me(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
) -> Result<HttpResponse, Problem> {
    open(me.into(), &state, &idempotency).await
}

async fn open(
    mut payer: Payer,
    state: &AppState,
    idempotency: &Idempotency,
) -> Result<HttpResponse, Problem> {
    let (attempt, id) = match payer.turn(state, idempotency, ROUTE, &[]).await? {
        Turn::Done(response) => return Ok(response),
        Turn::New(attempt, id) | Turn::Again(attempt, id) => (attempt, id),
    };
    let customer = payer.record().await?.stripe_customer_id;
    let customer = customer.ok_or_else(|| Problem::new(Code::CheckoutRequired))?;
    let absent = payer.leave().await?;
    let back = state.config.http.app_login_url.as_str();
    let session = state
        .billing
        .create_portal_session(&customer, back, &format!("portal:{id}"))
        .await?;
    let body = PortalBody {
        portal_url: session.url,
    };
    let mut tx = absent.transaction(state).await?;
    let response = attempt.finish(&mut tx, StatusCode::CREATED, &body).await?;
    tx.commit().await?;
    Ok(response)
}
