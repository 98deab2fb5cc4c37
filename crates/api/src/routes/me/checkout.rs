//! Begins a purchase: a conversion that is requested, and the payment page that belongs to it.
//!
//! The conversion is committed before Stripe is asked, and no connection is held meanwhile. A repeat with the same
//! `Idempotency-Key` goes on with the same conversion, and Stripe's own keys make of its calls the same objects.

mod order;
mod payment_page;
mod personal;

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ConversionId, ConversionStep, Person, Plan};
use serde::Serialize;
use serde_json::json;
use store::{Conversion, NewAuditEvent, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use self::order::{CheckoutRequest, Order};
use self::payment_page::PaymentPage;
use super::claimed_name;
use crate::app::AppState;
use crate::audit;
use crate::auth::Me;
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, MeProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::workflows::conversion::look_later;

pub(super) use order::{display_name, organization_name};
pub(in crate::routes) use payment_page::listed_price;

/// How long Stripe keeps a payment page open
/// (<https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at>).
pub(super) const PAGE_IS_OPEN: TimeDelta = TimeDelta::hours(24);

const ROUTE: &str = "POST /v1/me/checkout";

#[derive(Serialize, ToSchema)]
#[schema(as = Checkout, examples(json!({
    "checkout_url": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
    "conversion_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
})))]
struct CheckoutBody {
    /// Send the browser there. It comes back to the application's login with `conversion` and `checkout`, which is
    /// `success` or `cancelled`; what was paid is in the conversion, not in that address.
    checkout_url: String,
    conversion_id: Uuid,
}

struct CheckoutProblems;

impl IntoResponses for CheckoutProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::OrganizationNameTaken,
            Code::PlanAlreadyActive,
            Code::ConversionCancelled,
            Code::Conflict,
            Code::BillingUnavailable,
        ])
    }
}

/// Begins a purchase. The plan runs once the payment has arrived.
///
/// A name for the organization may be given now or after the payment; it is claimed at once.
#[utoipa::path(
    operation_id = "create_checkout",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = CheckoutRequest,
    responses((status = 201, body = CheckoutBody), MeProblems, BodyProblems, IdempotencyProblems, CheckoutProblems),
)]
#[post("/v1/me/checkout")]
pub(in crate::routes) async fn create(
    me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<CheckoutRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let Me { person, mut tx, .. } = me;
    let order = body.parse()?.order()?;
    let now = state.clock.now();
    let begun = idempotency
        .begin(&mut tx, &person.user_id, ROUTE, body.bytes()?, now)
        .await?;
    let (attempt, conversion) = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) => {
            let conversion = match open_checkout(&mut tx, &order, now).await? {
                Some(open) => open,
                None => request(&mut tx, person, order, *request_id, now).await?,
            };
            attempt.note(&mut tx, conversion.id.as_uuid()).await?;
            (attempt, conversion)
        }
        Begun::Unfinished(attempt, id) => {
            let noted = tx.conversion(id.into()).await?;
            (attempt, noted.ok_or_else(|| forgotten(id.into()))?)
        }
    };
    let tenant = tx.tenant().clone();
    tx.commit().await?;
    let page = payment_page::create(&state, &tenant, &conversion).await?;
    let mut tx = state.store.tenant(&tenant).await?;
    record(&mut tx, conversion.id, &page, state.clock.now()).await?;
    let body = CheckoutBody {
        checkout_url: page.url,
        conversion_id: conversion.id.as_uuid(),
    };
    let response = attempt.finish(&mut tx, StatusCode::CREATED, &body).await?;
    tx.commit().await?;
    Ok(response)
}

async fn request(
    tx: &mut TenantTx,
    person: Person,
    order: Order,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<Conversion, Problem> {
    let conversion = order.conversion(ConversionId::from(Uuid::now_v7()), person, now);
    tx.insert_conversion(&conversion).await?;
    look_later(tx, &conversion).await?;
    if let Some(name) = &conversion.wanted_name {
        claimed_name::claim(tx, name, conversion.id, now).await?;
    }
    let requested = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(json!({
            "plan": conversion.plan,
            "interval": conversion.interval,
            "seats": conversion.seats,
            "organization": conversion.wanted_name,
        })),
        ..audit::by_person(
            &conversion.person.user_id,
            "conversion.requested",
            format!("conversion:{}", conversion.id),
            now,
        )
    };
    tx.insert_audit_event(&requested).await?;
    Ok(conversion)
}

/// Organizations can be bought side by side; each is a checkout of its own.
async fn open_checkout(
    tx: &mut TenantTx,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<Option<Conversion>, Problem> {
    if order.choice.plan() == Plan::Personal {
        personal::open_checkout(tx, &order.choice, now).await
    } else {
        Ok(None)
    }
}

/// Before the page is shown to anybody: an event that names these objects finds the conversion.
async fn record(
    tx: &mut TenantTx,
    id: ConversionId,
    page: &PaymentPage,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    for object in [&page.customer_id, &page.session_id] {
        if tx.link_stripe(object, Some(id)).await? != *tx.tenant() {
            return Err(Problem::internal(&Broken::ForeignObject));
        }
    }
    let conversion = tx.lock_conversion(id).await?;
    let mut conversion = conversion.ok_or_else(|| forgotten(id))?;
    match conversion.step {
        ConversionStep::Requested => {}
        // A late repeat of a request whose page nobody has seen.
        ConversionStep::Cancelled => return Err(Problem::new(Code::ConversionCancelled)),
        _ => return Ok(()),
    }
    conversion.stripe_customer_id = Some(page.customer_id.clone());
    conversion.checkout_session_id = Some(page.session_id.clone());
    conversion.checkout_url = Some(page.url.clone());
    conversion.updated_at = now;
    if tx.save_conversion(&conversion).await? {
        Ok(())
    } else {
        Err(forgotten(id))
    }
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("conversion {0} was committed and is gone")]
    Forgotten(ConversionId),
    #[error("a new Stripe object belongs to another tenant")]
    ForeignObject,
}

fn forgotten(id: ConversionId) -> Problem {
    Problem::internal(&Broken::Forgotten(id))
}
