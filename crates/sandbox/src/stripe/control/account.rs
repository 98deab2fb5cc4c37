//! Disputes, the roll of a webhook's secret, and an account that has no catalogue yet.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use serde_json::json;

use super::super::account::Cause;
use super::super::error::StripeError;
use super::super::ledger;
use super::{Answer, answer};
use crate::state::State;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewDispute {
    reason: String,
}

impl Default for NewDispute {
    fn default() -> Self {
        Self {
            reason: "fraudulent".to_owned(),
        }
    }
}

/// The card's owner takes the payment back.
#[post("/sandbox/charges/{id}/dispute")]
pub(crate) async fn dispute(
    state: web::Data<State>,
    id: web::Path<String>,
    new: web::Json<NewDispute>,
) -> Answer {
    ledger::change(&state, |account, now| {
        let cause = Cause::automatic(now);
        Ok(answer(&account.open_dispute(&id, &new.reason, &cause)?))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    won: bool,
}

#[post("/sandbox/disputes/{id}/close")]
pub(crate) async fn close_dispute(
    state: web::Data<State>,
    id: web::Path<String>,
    verdict: web::Json<Verdict>,
) -> Answer {
    ledger::change(&state, |account, now| {
        let cause = Cause::automatic(now);
        Ok(answer(&account.close_dispute(&id, verdict.won, &cause)?))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roll {
    /// Seconds for which the secret before still signs; at Stripe up to a day.
    keep_seconds: i64,
}

/// Stripe has this in its dashboard only. The new secret is shown once.
#[post("/sandbox/webhook_endpoints/{id}/roll")]
pub(crate) async fn roll(
    state: web::Data<State>,
    id: web::Path<String>,
    roll: web::Json<Roll>,
) -> Answer {
    ledger::change(&state, |account, now| {
        let endpoints = &mut account.deliveries.endpoints;
        let endpoint = endpoints
            .iter_mut()
            .find(|endpoint| endpoint.id == *id)
            .ok_or_else(|| StripeError::no_such("webhook endpoint", &id))?;
        let secret = endpoint.roll(now + roll.keep_seconds);
        Ok(answer(&json!({"id": endpoint.id, "secret": secret})))
    })
}

/// Forgets products, prices and portal configurations: the account as it was before `tenantry billing apply`.
#[post("/sandbox/catalogue/clear")]
pub(crate) async fn clear_catalogue(state: web::Data<State>) -> HttpResponse {
    ledger::change(&state, |account, _| account.forget_catalogue());
    answer(&json!({}))
}
