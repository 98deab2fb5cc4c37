//! `/stripe/portal/{secret}`: a customer looks at their subscriptions, cancels at the end of the period, or resumes.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post, web};
use chrono::DateTime;
use maud::{Markup, html};
use serde::Deserialize;

use super::super::account::{Account, Cause};
use super::super::billing_portal::PortalSession;
use super::super::subscriptions::Subscription;
use super::super::{ledger, object_id};
use super::{dollars, page, see_other};
use crate::state::State;

#[get("/portal/{secret}")]
pub(crate) async fn show(state: web::Data<State>, secret: web::Path<String>) -> HttpResponse {
    ledger::read(&state, |account, now| {
        match open_session(account, &secret, now) {
            Some(session) => page(
                StatusCode::OK,
                "Your subscription",
                &overview(account, session, &secret),
            ),
            None => closed(),
        }
    })
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wish {
    Cancel,
    Resume,
}

#[post("/portal/{secret}/{subscription}/{wish}")]
pub(crate) async fn change(
    state: web::Data<State>,
    path: web::Path<(String, String, Wish)>,
) -> HttpResponse {
    let (secret, subscription, wish) = path.into_inner();
    ledger::change(&state, |account, now| {
        let Some(session) = open_session(account, &secret, now) else {
            return closed();
        };
        let owned = account
            .subscriptions
            .get(&subscription)
            .is_some_and(|found| found.customer == session.customer);
        if !owned {
            return closed();
        }
        let cause = Cause {
            now,
            request_id: Some(object_id::random("req_", 14)),
            idempotency_key: None,
        };
        let cancel = matches!(wish, Wish::Cancel);
        let changed = account.change_subscription(&subscription, &cause, |subscription| {
            if !subscription.is_over() {
                subscription.cancel_at_period_end = cancel;
                subscription.canceled_at = cancel.then_some(now);
            }
        });
        changed.expect("it was found above");
        see_other(&format!("/stripe/portal/{secret}"))
    })
}

fn open_session<'a>(account: &'a Account, secret: &str, now: i64) -> Option<&'a PortalSession> {
    account
        .portal_sessions
        .get(secret)
        .filter(|session| session.is_open(now))
}

fn overview(account: &Account, session: &PortalSession, secret: &str) -> Markup {
    let subscriptions = || {
        account
            .subscriptions
            .newest_first()
            .filter(|(_, subscription)| subscription.customer == session.customer)
    };
    html! {
        h1 { "Your subscription" }
        @if subscriptions().next().is_none() {
            p { "There is no subscription yet." }
        }
        @for (id, subscription) in subscriptions() {
            (details(account, subscription))
            @if !subscription.is_over() {
                @let wish = if subscription.cancel_at_period_end { "resume" } else { "cancel" };
                form method="post" action=(format!("/stripe/portal/{secret}/{id}/{wish}")) {
                    button {
                        @if subscription.cancel_at_period_end { "Keep the subscription" }
                        @else { "Cancel at the end of the period" }
                    }
                }
            }
        }
        @if let Some(return_url) = &session.return_url {
            p { a href=(return_url) { "Go back" } }
        }
    }
}

fn details(account: &Account, subscription: &Subscription) -> Markup {
    let price = account.price(&subscription.price);
    let end = DateTime::from_timestamp(subscription.period_end, 0)
        .map(|end| end.format("%-d %B %Y").to_string());
    let amount = dollars(price.unit_amount * subscription.quantity);
    html! {
        h2 { (account.product_name(price)) }
        dl {
            dt { "Status" } dd { (subscription.status.as_str()) }
            dt { "Seats" } dd { (subscription.quantity) }
            dt { "Price" } dd { (amount) " per " (price.interval.as_str()) }
            dt { @if subscription.cancel_at_period_end { "Ends on" } @else { "Paid until" } }
            dd { (end.unwrap_or_default()) }
        }
    }
}

fn closed() -> HttpResponse {
    let content = html! {
        h1 { "Link expired" }
        p { "Please open the billing page again from the application." }
    };
    page(StatusCode::GONE, "Link expired", &content)
}
