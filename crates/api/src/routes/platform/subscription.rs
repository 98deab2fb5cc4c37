//! What support does to a customer's subscription. What Stripe charges for is changed at Stripe and then read again, as
//! the customer's own changes are; what nobody is charged for is changed here.

mod change;
mod comp;
mod extend;
mod show;
mod transfer;

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use domain::TenantId;
use domain::comp::{Agreement, InvalidAgreement};
use domain::subscription::SupportRefusal;
use serde_json::{Value, json};
use store::{NewAuditEvent, SubscriptionRecord};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::AppState;
use crate::audit;
use crate::auth::PlatformAdmin;
use crate::idempotency::Attempt;
use crate::middleware::RequestId;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::routes::subscription::SubscriptionBody;
use crate::routes::subscription::change::refused_change;
use crate::routes::subscription::payer::Payer;
use crate::workflows::payment::{Actor, Cause, Order, save};

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(show::of_organization)
        .service(show::of_individual)
        .service(comp::to_organization)
        .service(comp::to_individual)
        .service(extend::of_organization)
        .service(extend::of_individual)
        .service(change::of_organization)
        .service(change::of_individual)
        .service(transfer::create);
}

/// Why the state of the subscription, or of the customer, forbids it.
struct SupportProblems;

impl IntoResponses for SupportProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::PlanAlreadyActive,
            Code::NotLater,
            Code::CheckoutRequired,
            Code::InActivation,
            Code::PaymentOutstanding,
            Code::PaymentDisputed,
            Code::CancellationPending,
            Code::ConversionRequired,
            Code::NoChange,
            Code::ChangePending,
            Code::SeatsInUse,
            Code::FeatureInUse,
            Code::OrganizationDeleting,
        ])
    }
}

fn refused(refusal: SupportRefusal) -> Problem {
    match refusal {
        SupportRefusal::IsPaidFor | SupportRefusal::ReceiverHasPlan => {
            Problem::new(Code::PlanAlreadyActive).detail(refusal)
        }
        SupportRefusal::NotLater { .. } => Problem::new(Code::NotLater).detail(refusal),
        SupportRefusal::Change(refusal) => refused_change(refusal),
    }
}

/// A customer whose subscription support changes.
struct Supported {
    payer: Payer,
    order: Order,
    request_id: RequestId,
}

impl Supported {
    /// # Errors
    /// 404 for whoever is no customer, 409 for one that is to be deleted.
    async fn open(
        state: &AppState,
        caller: &PlatformAdmin,
        tenant: &TenantId,
        order: Order,
        request_id: RequestId,
    ) -> Result<Self, Problem> {
        let mut tx = caller.tenant(state, tenant).await?;
        if tx.subscription().await?.is_none() {
            return Err(Problem::not_found());
        }
        if tx.deletion().await?.is_some_and(|found| found.is_wanted()) {
            return Err(Problem::new(Code::OrganizationDeleting));
        }
        let cause = Cause {
            by: Actor::Support(order.clone()),
            request_id: Some(request_id.to_string()),
            shown_to: tx.person().await?.map(|person| person.user_id),
            ..Cause::default()
        };
        let payer = Payer {
            tx,
            user: caller.person.user_id.clone(),
            cause,
        };
        Ok(Self {
            payer,
            order,
            request_id,
        })
    }

    /// Says in the customer's trail what Stripe is about to be told.
    async fn note(&mut self, asked: Value, now: DateTime<Utc>) -> Result<(), Problem> {
        let action = format!("{}_requested", self.order.action);
        let target = "subscription".to_owned();
        let mut after = asked;
        after["reason"] = json!(self.order.reason);
        let requested = NewAuditEvent {
            request_id: Some(self.request_id.to_string()),
            after: Some(after),
            ..audit::by_client(&self.order.client_id, &action, target, now)
        };
        Ok(self.payer.tx.insert_audit_event(&requested).await?)
    }

    /// Saves what support decided alone, and answers it.
    async fn keep(
        mut self,
        attempt: Attempt,
        before: &SubscriptionRecord,
        after: &SubscriptionRecord,
        now: DateTime<Utc>,
    ) -> Result<HttpResponse, Problem> {
        let tx = &mut self.payer.tx;
        save(tx, before, after, self.payer.cause, now).await?;
        let body = SubscriptionBody::of_tenant(tx, now).await?;
        let response = attempt.finish(tx, StatusCode::OK, &body).await?;
        self.payer.tx.commit().await?;
        Ok(response)
    }
}

fn order(caller: &PlatformAdmin, action: &'static str, reason: String) -> Order {
    Order {
        client_id: caller.client_id.clone(),
        action,
        reason,
    }
}

/// The id at Stripe of what is charged for and runs.
fn charged(record: &SubscriptionRecord, now: DateTime<Utc>) -> Option<&str> {
    let id = record.stripe_subscription_id.as_deref();
    id.filter(|_| record.subscription.is_live(now))
}

/// To the second, as Stripe counts.
///
/// # Errors
/// 422 that names the field.
fn checked_until(until: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    let until = until.duration_trunc(TimeDelta::seconds(1)).unwrap_or(until);
    match Agreement::new(None, Some(until), now) {
        Ok(agreement) => Ok(agreement.until),
        Err(
            refusal @ (InvalidAgreement::Over
            | InvalidAgreement::TooLong
            | InvalidAgreement::NotOne),
        ) => Err(Problem::invalid_field("until", refusal.code(), refusal)),
    }
}
