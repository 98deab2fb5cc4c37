//! `/stripe/sandbox/…`: what tests and the demo may do to the stand-in. No key is asked for; all of it is on loopback.

pub(crate) mod account;

use actix_web::{HttpResponse, delete, get, post, web};
use futures::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::deliveries::{Endpoint, Release, Switches, http_client};
use super::dunning::Final;
use super::error::StripeError;
use super::ledger;
use crate::config::WebhookTarget;
use crate::state::State;

type Answer = Result<HttpResponse, StripeError>;

fn answer(body: &Value) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    url: String,
    secret: String,
    /// The secret before a roll; both sign until the end point is set again.
    previous_secret: Option<String>,
    enabled_events: Option<Vec<String>>,
    api_version: Option<String>,
}

#[post("/sandbox/webhook_endpoint")]
pub(crate) async fn set_endpoint(
    state: web::Data<State>,
    new: web::Json<NewEndpoint>,
) -> HttpResponse {
    let new = new.into_inner();
    state.set_stripe_webhook(Some(WebhookTarget {
        url: new.url.clone(),
        secret: new.secret.clone(),
    }));
    let secrets = std::iter::once(new.secret)
        .chain(new.previous_secret)
        .collect();
    let mut endpoint = Endpoint::new(new.url, secrets);
    endpoint.api_version = new.api_version;
    if let Some(enabled) = new.enabled_events {
        endpoint.enabled_events = enabled;
    }
    let id = endpoint.id.clone();
    ledger::change(&state, |account, _| {
        account.deliveries.set_primary(Some(endpoint));
    });
    answer(&json!({"id": id}))
}

#[delete("/sandbox/webhook_endpoint")]
pub(crate) async fn remove_endpoint(state: web::Data<State>) -> HttpResponse {
    state.set_stripe_webhook(None);
    ledger::change(&state, |account, _| account.deliveries.set_primary(None));
    HttpResponse::NoContent().finish()
}

#[get("/sandbox/deliveries")]
pub(crate) async fn show_deliveries(state: web::Data<State>) -> HttpResponse {
    answer(&ledger::read(&state, |account, now| {
        let deliveries = &account.deliveries;
        let waiting: Vec<_> = deliveries
            .waiting()
            .map(|(event, attempts, held)| {
                json!({"event": event, "type": account.event_kind(event), "attempts": attempts, "held": held})
            })
            .collect();
        let url = deliveries.primary().map(|endpoint| &endpoint.url);
        let idle = !account.is_anything_due(now);
        json!({"url": url, "idle": idle, "switches": deliveries.switches, "waiting": waiting, "attempts": deliveries.log})
    }))
}

#[post("/sandbox/deliveries/switches")]
pub(crate) async fn set_switches(
    state: web::Data<State>,
    switches: web::Json<Switches>,
) -> HttpResponse {
    let switches = switches.into_inner();
    ledger::change(&state, |account, _| {
        account.deliveries.set_switches(switches.clone());
    });
    answer(&json!(switches))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ReleaseOrder {
    /// Event ids or types; what is not named follows in the order in which it was made.
    order: Vec<String>,
    shuffle: bool,
    /// Of the shuffle.
    seed: Option<u64>,
    /// Go on holding what comes after.
    keep_holding: bool,
}

#[post("/sandbox/deliveries/release")]
pub(crate) async fn release(
    state: web::Data<State>,
    asked: web::Json<ReleaseOrder>,
) -> HttpResponse {
    let asked = asked.into_inner();
    let release = match (asked.shuffle, asked.order.is_empty()) {
        (true, _) => Release::Shuffled(asked.seed),
        (false, true) => Release::AsMade,
        (false, false) => Release::Given(asked.order),
    };
    let released = ledger::change(&state, |account, _| {
        account.deliveries.switches.hold &= asked.keep_holding;
        let events = &account.events;
        account.deliveries.release(release, |id| {
            events
                .get(id)
                .map(|event| event.kind.clone())
                .unwrap_or_default()
        })
    });
    answer(&json!({"released": released}))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Resend {
    times: usize,
    /// All at once instead of one after the other.
    concurrent: bool,
}

impl Default for Resend {
    fn default() -> Self {
        Self {
            times: 1,
            concurrent: false,
        }
    }
}

/// Most copies of an event that one call sends.
const MOST_COPIES: usize = 1000;

/// Sends copies now, outside the queue, and answers with the receiver's statuses; `null` is no answer.
#[post("/sandbox/events/{id}/resend")]
pub(crate) async fn resend(
    state: web::Data<State>,
    id: web::Path<String>,
    asked: web::Json<Resend>,
) -> Answer {
    let times = asked.times.min(MOST_COPIES);
    let client =
        http_client().map_err(|_| StripeError::invalid("No HTTP client could be made.", None))?;
    let outgoing = || {
        ledger::read(&state, |account, now| account.outgoing(&id, now))
            .ok_or_else(|| StripeError::no_such("event", &id))
    };
    let copies = (0..times)
        .map(|_| outgoing())
        .collect::<Result<Vec<_>, _>>()?;
    let statuses = if asked.concurrent {
        join_all(copies.into_iter().map(|copy| copy.send(&client))).await
    } else {
        let mut statuses = Vec::with_capacity(times);
        for copy in copies {
            statuses.push(copy.send(&client).await);
        }
        statuses
    };
    ledger::change(&state, |account, now| {
        statuses
            .iter()
            .for_each(|status| account.log_attempt(&id, *status, now));
    });
    Ok(answer(&json!({"statuses": statuses})))
}

#[post("/sandbox/subscriptions/{id}/renew")]
pub(crate) async fn renew(state: web::Data<State>, id: web::Path<String>) -> Answer {
    act(&state, &id, Account::renew_subscription)
}

#[post("/sandbox/subscriptions/{id}/fail_payment")]
pub(crate) async fn fail_payment(state: web::Data<State>, id: web::Path<String>) -> Answer {
    act(&state, &id, Account::fail_renewal)
}

#[post("/sandbox/subscriptions/{id}/give_up_payment")]
pub(crate) async fn give_up_payment(state: web::Data<State>, id: web::Path<String>) -> Answer {
    act(&state, &id, Account::give_up_payment)
}

#[post("/sandbox/subscriptions/{id}/cancel")]
pub(crate) async fn cancel(state: web::Data<State>, id: web::Path<String>) -> Answer {
    act(&state, &id, |account, id, cause| {
        account.end_subscription(id, cause).map(|_| ())
    })
}

fn act(
    state: &State,
    id: &str,
    action: impl FnOnce(&mut Account, &str, &Cause) -> Result<(), StripeError>,
) -> Answer {
    ledger::change(state, |account, now| {
        action(account, id, &Cause::automatic(now))?;
        Ok(answer(&account.subscription(id)?.json(account)))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewals {
    automatic: Option<bool>,
    /// `cancel`, `unpaid` or `past_due`.
    after_retries: Option<Final>,
}

#[post("/sandbox/renewals")]
pub(crate) async fn set_renewals(
    state: web::Data<State>,
    renewals: web::Json<Renewals>,
) -> HttpResponse {
    let settings = ledger::change(&state, |account, _| {
        let settings = &mut account.settings;
        settings.automatic_renewal = renewals.automatic.unwrap_or(settings.automatic_renewal);
        settings.after_retries = renewals.after_retries.unwrap_or(settings.after_retries);
        settings.clone()
    });
    answer(
        &json!({"automatic": settings.automatic_renewal, "after_retries": settings.after_retries}),
    )
}
