//! `POST /v1/invoices/create_preview`: the invoice that a change would make, or that the next period brings.

use actix_web::{HttpResponse, post};
use serde_json::{Value, json};

use super::super::account::Account;
use super::super::call::{Ask, Call};
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::subscriptions::{Asked, Outcome, Subscription};
use super::{BillingReason, Invoice, Line, NewInvoice};

/// Seconds after the start of a period at which it is charged.
const CHARGED_AFTER: i64 = 3600;

#[post("/v1/invoices/create_preview")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(preview)
}

fn preview(account: &Account, ask: &Ask) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&[
        "customer",
        "preview_mode",
        "schedule",
        "subscription",
        "subscription_details",
    ])?;
    let id = ask.params.required("subscription")?;
    let Some(current) = account.subscriptions.get(id) else {
        return Err(StripeError::no_such_in("subscription", "subscription", id));
    };
    let customer = ask.params.text("customer")?;
    if current.is_over() || customer.is_some_and(|customer| customer != current.customer) {
        return Err(no_upcoming());
    }
    let none = Params::default();
    let details = ask.params.tree("subscription_details")?.unwrap_or(&none);
    details.refuse_unknown(&[
        "billing_cycle_anchor",
        "cancel_at_period_end",
        "cancel_now",
        "items",
        "proration_behavior",
        "proration_date",
        "trial_end",
    ])?;
    let invoice = account.previewed(current, details, ask.cause.now)?;
    let mut object = invoice.json();
    object["id"] = json!(format!("upcoming_{}", invoice.id));
    Ok(object)
}

fn no_upcoming() -> StripeError {
    let message = "No upcoming invoices for customer";
    StripeError::coded("invoice_upcoming_none", message, None)
}

impl Account {
    fn previewed(
        &self,
        current: &Subscription,
        details: &Params,
        now: i64,
    ) -> Result<Invoice, StripeError> {
        let asked = Asked::read(self, current, details, now)?;
        if details.boolean("cancel_now")? == Some(true) {
            let lines = current.pending.clone();
            return self.sketch(current, with_unused(self, current, &asked, lines), now);
        }
        let mut outcome = Outcome::of(self, current, &asked, now);
        if outcome.invoice_now {
            return self.sketch(&outcome.next, outcome.lines, now);
        }
        if let Some(cancels) = details.boolean("cancel_at_period_end")? {
            outcome.next.cancel_at_period_end = cancels;
        }
        outcome.next.pending.extend(outcome.lines);
        self.upcoming(&outcome.next, now)
    }

    /// The invoice that the next period brings.
    pub(crate) fn upcoming(
        &self,
        subscription: &Subscription,
        now: i64,
    ) -> Result<Invoice, StripeError> {
        let mut next = subscription.clone();
        let mut lines = std::mem::take(&mut next.pending);
        if next.ends_at().is_some_and(|end| end <= next.period_end) {
            if lines.is_empty() {
                return Err(no_upcoming());
            }
            return self.sketch(&next, lines, now);
        }
        let interval = self.price(&next.price).interval;
        next.period_start = next.period_end;
        next.period_end = interval.next_boundary(next.anchor, next.period_start);
        lines.push(Line::for_period(self, &next));
        let mut invoice = self.sketch(&next, lines, subscription.period_end)?;
        invoice.next_attempt = Some(subscription.period_end + CHARGED_AFTER);
        invoice.period = (subscription.period_start, subscription.period_end);
        Ok(invoice)
    }

    /// An invoice that is never kept, with the customer's balance taken into account.
    fn sketch(
        &self,
        subscription: &Subscription,
        lines: Vec<Line>,
        at: i64,
    ) -> Result<Invoice, StripeError> {
        let new = NewInvoice {
            subscription: subscription.id.clone(),
            reason: BillingReason::Upcoming,
            lines,
        };
        let mut invoice = self.draft(new, at)?;
        let before = self.customer(&subscription.customer)?.balance;
        invoice.balance = Some((before, (before + invoice.total()).min(0)));
        Ok(invoice)
    }
}

fn with_unused(
    account: &Account,
    current: &Subscription,
    asked: &Asked,
    mut lines: Vec<Line>,
) -> Vec<Line> {
    if asked.proration != super::super::subscriptions::Proration::Nothing {
        lines.extend(super::super::subscriptions::unused(
            account, current, asked.at,
        ));
    }
    lines
}
