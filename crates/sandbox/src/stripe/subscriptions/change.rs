//! `POST /v1/subscriptions/{id}`: another price or quantity, cancellation at the end of the period, metadata.

use actix_web::{HttpResponse, post, web};
use serde_json::Value;

use super::super::account::{Account, Cause};
use super::super::call::{Ask, Call};
use super::super::cards::Attempt;
use super::super::customers::merge_metadata;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::invoices::{BillingReason, NewInvoice};
use super::{Asked, Cancellation, Outcome, PendingUpdate, Subscription};

/// Seconds for which a pending update waits for its payment.
const PENDING_FOR: i64 = 23 * 3600;

const PARAMETERS: [&str; 16] = [
    "billing_cycle_anchor",
    "cancel_at",
    "cancel_at_period_end",
    "cancellation_details",
    "collection_method",
    "default_payment_method",
    "description",
    "items",
    "metadata",
    "off_session",
    "payment_behavior",
    "payment_settings",
    "proration_behavior",
    "proration_date",
    "trial_end",
    "trial_settings",
];

/// What becomes of a change whose invoice is not paid at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Allow,
    Refuse,
    Wait,
}

#[post("/v1/subscriptions/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| apply(account, ask, &id))
}

fn apply(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&PARAMETERS)?;
    let current = account.subscription(id)?.clone();
    if current.is_over() {
        let message =
            "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(StripeError::invalid(message, None));
    }
    let behavior = behavior(&ask.params)?;
    let asked = Asked::read(account, &current, &ask.params, ask.cause.now)?;
    let mut outcome = Outcome::of(account, &current, &asked, ask.cause.now);
    take_settings(account, ask, &mut outcome.next)?;
    take_cancellation(&ask.params, &mut outcome.next, ask.cause.now)?;
    let attempt = account.foreseen_attempt(&outcome)?;
    match (behavior, attempt) {
        (Behavior::Refuse, Attempt::Declined(decline)) => Err(StripeError::card(&decline)),
        (Behavior::Refuse, Attempt::ActionRequired) => Err(StripeError::action_required()),
        (Behavior::Wait, Attempt::Declined(_) | Attempt::ActionRequired) => {
            account.hold_change(id, outcome, attempt, &ask.cause)
        }
        _ => account.make_change(id, outcome, attempt, &ask.cause),
    }
}

fn behavior(params: &Params) -> Result<Behavior, StripeError> {
    let pending = match params.text("payment_behavior")? {
        None | Some("allow_incomplete") => return Ok(Behavior::Allow),
        Some("error_if_incomplete") => return Ok(Behavior::Refuse),
        Some("pending_if_incomplete") => Behavior::Wait,
        Some(_) => {
            let message = "This stand-in knows allow_incomplete, error_if_incomplete and pending_if_incomplete.";
            return Err(StripeError::invalid(message, Some("payment_behavior")));
        }
    };
    // <https://docs.stripe.com/billing/subscriptions/pending-updates-reference#supported-attributes>
    params.refuse_unknown(&[
        "billing_cycle_anchor",
        "items",
        "off_session",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
        "trial_end",
    ])?;
    Ok(pending)
}

/// What changes without costing anything.
fn take_settings(
    account: &mut Account,
    ask: &Ask,
    next: &mut Subscription,
) -> Result<(), StripeError> {
    merge_metadata(&mut next.metadata, &ask.params)?;
    if let Some(description) = ask.params.text("description")? {
        next.description = Some(description.to_owned()).filter(|text| !text.is_empty());
    }
    let param = "default_payment_method";
    match ask.params.text(param)? {
        None => {}
        Some("") => next.payment_method = None,
        Some(method) => {
            let method = account.method_of(&next.customer, method, param, &ask.cause)?;
            next.payment_method = Some(method);
        }
    }
    Ok(())
}

fn take_cancellation(
    params: &Params,
    next: &mut Subscription,
    now: i64,
) -> Result<(), StripeError> {
    next.cancellation = cancellation(params, &next.cancellation)?;
    let at_period_end = params.boolean("cancel_at_period_end")?;
    let at = params.text("cancel_at")?;
    if at_period_end.is_none() && at.is_none() {
        return Ok(());
    }
    if let Some(schedule) = &next.schedule {
        let message = format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and updating any cancelation \
             behavior directly is not allowed. Please update the schedule instead."
        );
        return Err(StripeError::invalid(&message, None));
    }
    let had = next.ends_at();
    if let Some(at_period_end) = at_period_end {
        next.cancel_at_period_end = at_period_end;
    }
    match at {
        None => {}
        Some("") => next.cancel_at = None,
        Some(_) => {
            let at = params.integer("cancel_at")?.filter(|at| *at > now);
            let past =
                || StripeError::invalid("`cancel_at` must be in the future.", Some("cancel_at"));
            next.cancel_at = Some(at.ok_or_else(past)?);
        }
    }
    match (had, next.ends_at()) {
        (None, Some(_)) => next.canceled_at = Some(now),
        (Some(_), None) => {
            next.canceled_at = None;
            next.cancellation = Cancellation::default();
        }
        _ => {}
    }
    Ok(())
}

/// `cancellation_details`, over what was said before.
pub(super) fn cancellation(
    params: &Params,
    before: &Cancellation,
) -> Result<Cancellation, StripeError> {
    let mut said = before.clone();
    let Some(details) = params.tree("cancellation_details")? else {
        return Ok(said);
    };
    details.refuse_unknown(&["comment", "feedback"])?;
    for (field, name) in [
        (&mut said.comment, "comment"),
        (&mut said.feedback, "feedback"),
    ] {
        if let Some(text) = details.text(name)? {
            *field = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
    }
    Ok(said)
}

impl Account {
    /// How the charge for a change would end; paid where there is nothing to charge.
    pub(crate) fn foreseen_attempt(&self, outcome: &Outcome) -> Result<Attempt, StripeError> {
        let balance = self.customer(&outcome.next.customer)?.balance;
        if !outcome.invoice_now || outcome.total() + balance <= 0 {
            return Ok(Attempt::Paid);
        }
        Ok(self.attempt_of(&outcome.next))
    }

    pub(crate) fn make_change(
        &mut self,
        id: &str,
        outcome: Outcome,
        attempt: Attempt,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        let Outcome {
            next,
            lines,
            invoice_now,
            ..
        } = outcome;
        let mut waiting = Vec::new();
        let invoiced = if invoice_now {
            lines
        } else {
            waiting = lines;
            Vec::new()
        };
        self.change_subscription(id, cause, |subscription| {
            *subscription = next;
            subscription.pending.extend(waiting);
        })?;
        if invoice_now {
            let invoice = self.make_invoice(id, BillingReason::Change, invoiced, cause)?;
            self.collect_invoice(&invoice, attempt, cause)?;
        }
        Ok(self.subscription(id)?.json(self))
    }

    /// The change waits until its invoice is paid.
    fn hold_change(
        &mut self,
        id: &str,
        outcome: Outcome,
        attempt: Attempt,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        let invoice = self.make_invoice(id, BillingReason::Change, outcome.lines, cause)?;
        let pending = PendingUpdate {
            price: outcome.next.price,
            quantity: outcome.next.quantity,
            restarts: outcome.restarts,
            invoice: invoice.clone(),
            expires_at: cause.now + PENDING_FOR,
        };
        self.change_subscription(id, cause, |subscription| {
            subscription.pending_update = Some(pending);
        })?;
        self.collect_invoice(&invoice, attempt, cause)?;
        Ok(self.subscription(id)?.json(self))
    }

    /// A draft with its event.
    pub(crate) fn make_invoice(
        &mut self,
        id: &str,
        reason: BillingReason,
        lines: Vec<super::super::invoices::Line>,
        cause: &Cause,
    ) -> Result<String, StripeError> {
        let new = NewInvoice {
            subscription: id.to_owned(),
            reason,
            lines,
        };
        let invoice = self.insert_invoice(new, None, cause.now)?;
        self.announce_invoice(&invoice, "invoice.created", cause);
        Ok(invoice)
    }
}
