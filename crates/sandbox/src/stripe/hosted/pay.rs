//! `/stripe/pay/{session}`: what the buyer sees between our checkout and the way back.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::account::{Account, Cause};
use super::super::cards::Card;
use super::super::checkout_sessions::{CheckoutSession, PayRefusal, Payment, Status};
use super::super::{ledger, object_id};
use super::{bank_question, dollars, page, see_other};
use crate::state::State;

const TEST_CARD: &str = "4242 4242 4242 4242";

#[get("/pay/{session}")]
pub(crate) async fn show(state: web::Data<State>, session: web::Path<String>) -> HttpResponse {
    ledger::read(&state, |account, now| {
        match account.checkout_sessions.get(&session) {
            None => unknown(),
            Some(session) if session.status == Status::Open && session.expires_at <= now => {
                closed(session, Status::Expired)
            }
            Some(session) if session.status != Status::Open => closed(session, session.status),
            Some(session) => page(
                StatusCode::OK,
                "Pay for Tenantry",
                &form(account, session, None),
            ),
        }
    })
}

#[derive(Deserialize)]
struct PaymentForm {
    card: String,
}

/// What the card's owner answers to their bank's question.
#[derive(Deserialize)]
struct Proof {
    method: String,
    complete: bool,
}

#[post("/pay/{session}")]
pub(crate) async fn pay(
    state: web::Data<State>,
    id: web::Path<String>,
    form: web::Form<PaymentForm>,
) -> HttpResponse {
    match Card::parse(&form.card) {
        Some(card) => settle(&state, &id, &Payment::Card(&card)),
        None => {
            let refusal = PayRefusal::Declined("Your card number is invalid.");
            ledger::read(&state, |account, _| refused(account, &id, &refusal))
        }
    }
}

#[post("/pay/{session}/proof")]
pub(crate) async fn prove(
    state: web::Data<State>,
    id: web::Path<String>,
    proof: web::Form<Proof>,
) -> HttpResponse {
    let payment = Payment::Proved(&proof.method, proof.complete);
    settle(&state, &id, &payment)
}

fn settle(state: &State, id: &str, payment: &Payment<'_>) -> HttpResponse {
    ledger::change(state, |account, now| {
        let request_id = Some(object_id::random("req_", 14));
        let cause = Cause {
            now,
            request_id,
            idempotency_key: None,
        };
        match account.pay(id, payment, &cause) {
            Ok(location) => see_other(&location),
            Err(refusal) => refused(account, id, &refusal),
        }
    })
}

fn refused(account: &Account, id: &str, refusal: &PayRefusal) -> HttpResponse {
    match (account.checkout_sessions.get(id), refusal) {
        (None, _) | (_, PayRefusal::UnknownSession) => unknown(),
        (Some(session), PayRefusal::NotOpen(status)) => closed(session, *status),
        (Some(_), PayRefusal::ActionRequired(method)) => {
            let action = format!("/stripe/pay/{id}/proof");
            bank_question(&action, method, &[])
        }
        (Some(session), PayRefusal::Declined(reason)) => {
            let title = "Payment refused: Pay for Tenantry";
            page(
                StatusCode::PAYMENT_REQUIRED,
                title,
                &form(account, session, Some(reason)),
            )
        }
    }
}

fn form(account: &Account, session: &CheckoutSession, problem: Option<&str>) -> Markup {
    let price = account.price(&session.price);
    let product = account.product_name(price);
    let total = dollars(session.amount(account));
    let interval = price.interval.as_str();
    html! {
        h1 { "Subscribe to " (product) }
        dl {
            dt { "Seats" } dd { (session.quantity) }
            dt { "Price per seat" } dd { (dollars(price.unit_amount)) " per " (interval) }
            @if let Some(days) = session.trial_days {
                dt { "Trial" } dd { (days) " days free" }
            }
            dt { strong { "Total due today" } } dd { strong { (total) } }
        }
        form method="post" {
            @if let Some(problem) = problem {
                p.problem #problem role="alert" { (problem) }
            }
            label for="card" { "Card number" }
            input #card name="card" inputmode="numeric" autocomplete="off" required value=(TEST_CARD)
                aria-invalid=[problem.map(|_| "true")]
                aria-describedby=(if problem.is_some() { "problem hint" } else { "hint" });
            p.hint #hint {
                "Test cards only: " (TEST_CARD) " pays, 4000 0000 0000 0002 is declined, "
                "4000 0025 0000 3155 asks its owner to confirm."
            }
            button { @if session.trial_days.is_some() { "Start trial" } @else { "Pay " (total) } }
        }
        @if let Some(cancel_url) = &session.cancel_url {
            p { a href=(cancel_url) { "Cancel and go back" } }
        }
    }
}

fn closed(session: &CheckoutSession, status: Status) -> HttpResponse {
    let (title, text) = match status {
        Status::Complete => (
            "Already paid",
            "This payment is complete. Nothing more is charged.",
        ),
        Status::Expired | Status::Open => (
            "Link expired",
            "This payment page has expired. Please start again.",
        ),
    };
    let back = match status {
        Status::Complete => Some(
            session
                .success_url
                .replace("{CHECKOUT_SESSION_ID}", &session.id),
        ),
        Status::Expired | Status::Open => session.cancel_url.clone(),
    };
    let content = html! {
        h1 { (title) }
        p { (text) }
        @if let Some(back) = back {
            p { a href=(back) { "Go back" } }
        }
    };
    page(StatusCode::GONE, title, &content)
}

fn unknown() -> HttpResponse {
    let content = html! {
        h1 { "Page not found" }
        p { "There is no payment under this address." }
    };
    page(StatusCode::NOT_FOUND, "Page not found", &content)
}
