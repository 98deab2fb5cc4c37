//! `/stripe/portal/{secret}`: customers look at plan, card and invoices, and change what the configuration lets them.

pub(crate) mod card;
pub(crate) mod plan;
mod view;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};
use maud::html;

use super::super::account::{Account, Cause};
use super::super::billing_portal::PortalSession;
use super::super::{ledger, object_id};
use super::{page, see_other};
use crate::state::State;

const TITLE: &str = "Your subscription";

#[get("/portal/{secret}")]
pub(crate) async fn show(state: web::Data<State>, secret: web::Path<String>) -> HttpResponse {
    ledger::read(&state, |account, now| {
        match open_session(account, &secret, now) {
            Some(session) => page(
                StatusCode::OK,
                TITLE,
                &view::overview(account, session, &secret, None),
            ),
            None => closed(),
        }
    })
}

/// What an action of the page comes to.
enum Outcome {
    Done,
    /// Why not, in words for the customer.
    Refused(String),
    Page(HttpResponse),
    /// The session has no right to that.
    Closed,
}

/// Runs an action of an open session's page whose form carries the session's token.
fn act(
    state: &State,
    secret: &str,
    token: &str,
    action: impl FnOnce(&mut Account, &PortalSession, &Cause) -> Outcome,
) -> HttpResponse {
    ledger::change(state, |account, now| {
        let Some(session) = open_session(account, secret, now).cloned() else {
            return closed();
        };
        if session.form_token != token {
            return forged();
        }
        let cause = Cause {
            now,
            request_id: Some(object_id::random("req_", 14)),
            idempotency_key: None,
        };
        match action(account, &session, &cause) {
            Outcome::Done => see_other(&format!("/stripe/portal/{secret}")),
            Outcome::Refused(reason) => page(
                StatusCode::PAYMENT_REQUIRED,
                TITLE,
                &view::overview(account, &session, secret, Some(&reason)),
            ),
            Outcome::Page(response) => response,
            Outcome::Closed => closed(),
        }
    })
}

fn open_session<'a>(account: &'a Account, secret: &str, now: i64) -> Option<&'a PortalSession> {
    account
        .portal_sessions
        .get(secret)
        .filter(|session| session.is_open(now))
}

fn closed() -> HttpResponse {
    let content = html! {
        h1 { "Link expired" }
        p { "Please open the billing page again from the application." }
    };
    page(StatusCode::GONE, "Link expired", &content)
}

fn forged() -> HttpResponse {
    let content = html! {
        h1 { "Not sent" }
        p { "This form did not come from the billing page. Please go back, load the page again and repeat it." }
    };
    page(StatusCode::FORBIDDEN, "Not sent", &content)
}
