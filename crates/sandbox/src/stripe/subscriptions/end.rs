//! The end of a subscription: asked for, or because nobody paid.

use actix_web::{HttpResponse, delete, web};
use serde_json::Value;

use super::super::account::{Account, Cause};
use super::super::call::{Ask, Call};
use super::super::error::StripeError;
use super::super::invoices::BillingReason;
use super::Status;
use super::change::cancellation;
use super::outcome::unused;

#[delete("/v1/subscriptions/{id}")]
pub(crate) async fn cancel(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| cancel_now(account, ask, &id))
}

fn cancel_now(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params
        .refuse_unknown(&["cancellation_details", "invoice_now", "prorate"])?;
    let current = account.subscription(id)?.clone();
    if current.is_over() {
        return Err(StripeError::no_such("subscription", id));
    }
    let said = cancellation(&ask.params, &current.cancellation)?;
    let credit = match ask.params.boolean("prorate")? {
        Some(true) => unused(account, &current, ask.cause.now),
        _ => None,
    };
    let subscription = account.subscription_mut(id)?;
    subscription.cancellation = said;
    subscription.pending.extend(credit);
    if ask.params.boolean("invoice_now")? == Some(true) && !subscription.pending.is_empty() {
        let lines = std::mem::take(&mut subscription.pending);
        let attempt = account.attempt_for(id)?;
        let invoice = account.make_invoice(id, BillingReason::Change, lines, &ask.cause)?;
        account.collect_invoice(&invoice, attempt, &ask.cause)?;
    }
    account.end_subscription(id, &ask.cause)
}

impl Account {
    /// Ends it now; what was paid is not refunded.
    pub(crate) fn end_subscription(
        &mut self,
        id: &str,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        if !self.subscription(id)?.is_over() {
            self.end_as(id, Status::Canceled, cause)?;
        }
        Ok(self.subscription(id)?.json(self))
    }

    /// After the last retry of a charge.
    pub(crate) fn end_unpaid(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        self.subscription_mut(id)?.cancellation.reason = Some("payment_failed".to_owned());
        self.end_as(id, Status::Canceled, cause)
    }

    fn end_as(&mut self, id: &str, status: Status, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.status = status;
        subscription.canceled_at = subscription.canceled_at.or(Some(cause.now));
        subscription.ended_at = Some(cause.now);
        subscription.pending_update = None;
        self.stop_collecting(id);
        let object = self.subscription(id)?.json(self);
        self.emit("customer.subscription.deleted", object, None, cause);
        self.end_schedule_of(id, cause)
    }

    /// A subscription whose first invoice was not paid in time never began: an update, no deletion.
    pub(crate) fn end_incomplete(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        self.change_subscription(id, cause, |subscription| {
            subscription.status = Status::IncompleteExpired;
            subscription.ended_at = Some(cause.now);
        })?;
        Ok(())
    }
}
