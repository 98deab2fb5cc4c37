//! What a tenant has bought and until when, for individuals and organizations alike, and what can be done about it; and
//! the guard before every write.

mod cancel;
pub(super) mod change;
mod checkout;
pub(super) mod payer;
mod portal;
mod preview;
pub(super) mod terms;

use std::collections::BTreeMap;

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::{Because, State, Subscription, TenantId};
use serde::Serialize;
use store::{SubscriptionRecord, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use self::terms::TermsBody;
use crate::app::AppState;
use crate::auth::permissions::ReadBilling;
use crate::auth::{Authorized, Me};
use crate::openapi::problems::{MeProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};

#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Subscription, examples(json!({
    "plan": "team",
    "status": "active",
    "ends_at": "2026-12-21T09:00:00Z",
    "interval": "month",
    "seats": 5,
    "cancel_at_period_end": false,
    "next": null,
    "disputed": false,
    "claim": "team;2026-12-21T09:00:00.000Z;active",
})))]
pub(super) struct SubscriptionBody {
    /// `trial`, `personal`, `team` or `enterprise`.
    plan: &'static str,
    /// `active`, `activation`, `past_due`, `expired` or `canceled`. Writes need one of the first three.
    status: &'static str,
    /// The end that is announced: of the trial, of what is paid, of the grace; or when it ended.
    ends_at: DateTime<Utc>,
    /// `month` or `year`; null where nothing is paid.
    interval: Option<&'static str>,
    /// The seats that are paid; null where nothing is paid.
    seats: Option<u32>,
    cancel_at_period_end: bool,
    /// What begins when the period ends; null where it goes on as it is.
    next: Option<TermsBody>,
    /// Whether a payment is disputed: nothing can be added until that is settled.
    disputed: bool,
    /// `plan;end;status`, what the next ID token says.
    claim: String,
}

impl SubscriptionBody {
    fn at(now: DateTime<Utc>, record: &SubscriptionRecord) -> Self {
        let subscription = &record.subscription;
        let term = subscription.term();
        Self {
            plan: subscription.plan.as_str(),
            status: subscription.status(now).as_str(),
            ends_at: subscription.ends_at(),
            interval: term.map(|term| term.interval.as_str()),
            seats: term.map(|term| term.seats),
            cancel_at_period_end: matches!(
                subscription.state,
                State::Active {
                    cancel_at_period_end: true,
                    ..
                }
            ),
            next: record.next.map(TermsBody::from),
            disputed: record.disputed_at.is_some(),
            claim: subscription.claim(now).to_string(),
        }
    }

    /// # Errors
    /// The database failed.
    pub(super) async fn of_tenant(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Self, Problem> {
        Ok(Self::at(now, &record(tx).await?))
    }
}

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(of_me)
        .service(of_organization)
        .service(change::of_me)
        .service(change::of_organization)
        .service(preview::of_me)
        .service(preview::of_organization)
        .service(cancel::cancel_mine)
        .service(cancel::cancel_organizations)
        .service(cancel::resume_mine)
        .service(cancel::resume_organizations)
        .service(portal::of_me)
        .service(portal::of_organization)
        .service(checkout::create);
}

/// The caller's own subscription: their trial, their personal plan, or their payment until its organization exists.
#[utoipa::path(
    operation_id = "show_my_subscription",
    tag = "me",
    responses((status = 200, body = SubscriptionBody), MeProblems),
)]
#[get("/v1/me/subscription")]
async fn of_me(
    mut me: Me,
    state: web::Data<AppState>,
) -> Result<web::Json<SubscriptionBody>, Problem> {
    Ok(web::Json(
        SubscriptionBody::of_tenant(&mut me.tx, state.clock.now()).await?,
    ))
}

/// The organization's subscription.
#[utoipa::path(
    operation_id = "show_subscription",
    tag = "billing",
    params(("org_id" = String, Path)),
    responses((status = 200, body = SubscriptionBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/subscription")]
async fn of_organization(
    mut caller: Authorized<ReadBilling>,
    state: web::Data<AppState>,
) -> Result<web::Json<SubscriptionBody>, Problem> {
    Ok(web::Json(
        SubscriptionBody::of_tenant(&mut caller.tx, state.clock.now()).await?,
    ))
}

/// Every tenant is created together with its subscription.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no subscription")]
struct NoSubscription(TenantId);

pub(super) async fn subscription(tx: &mut TenantTx) -> Result<Subscription, Problem> {
    Ok(record(tx).await?.subscription)
}

async fn record(tx: &mut TenantTx) -> Result<SubscriptionRecord, Problem> {
    let found = tx.subscription().await?;
    found.ok_or_else(|| missing(tx))
}

fn missing(tx: &TenantTx) -> Problem {
    Problem::internal(&NoSubscription(tx.tenant().clone()))
}

/// The guard before a write, in the transaction of the write.
///
/// # Errors
/// 402 when the plan or trial has ended.
pub(super) async fn require_live(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<(), Problem> {
    if subscription(tx).await?.is_live(now) {
        Ok(())
    } else {
        Err(Problem::new(Code::SubscriptionExpired).because(Because::Expired, "payment"))
    }
}

/// Of operations that call [`require_live`].
pub(super) struct PlanProblems;

impl IntoResponses for PlanProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::SubscriptionExpired])
    }
}

#[cfg(test)]
mod tests {
    use domain::{Interval, PaidTerm, Plan};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_trial_shows_its_end_and_no_term() {
        let now = at("2026-11-21T09:00:00Z");
        let body = SubscriptionBody::at(
            now,
            &SubscriptionRecord::new(Subscription::start_trial(now, 14)),
        );
        assert_eq!(
            (body.plan, body.status, body.interval, body.seats),
            ("trial", "active", None, None)
        );
        assert_eq!(body.claim, "trial;2026-12-05T09:00:00.000Z;active");
    }

    #[test]
    fn a_paid_plan_shows_its_term_and_its_cancellation() {
        let paid_until = at("2026-12-21T09:00:00Z");
        let term = PaidTerm {
            interval: Interval::Month,
            seats: 5,
            paid_until,
        };
        let state = State::Active {
            term,
            cancel_at_period_end: true,
        };
        let body = SubscriptionBody::at(
            at("2026-11-21T09:00:00Z"),
            &SubscriptionRecord::new(Subscription {
                plan: Plan::Team,
                state,
            }),
        );
        assert_eq!(
            (body.interval, body.seats, body.ends_at),
            (Some("month"), Some(5), paid_until)
        );
        assert!(body.cancel_at_period_end);
    }
}
