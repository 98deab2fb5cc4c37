//! `POST /v1/subscriptions`, and the beginning that it shares with a paid checkout.

use actix_web::{HttpResponse, post};
use serde_json::Value;

use super::super::account::{Account, Cause};
use super::super::call::{Ask, Call};
use super::super::cards::Attempt;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::invoices::{BillingReason, Line};
use super::asked::{check_item, trial_end};
use super::{NewSubscription, Status, Subscription};

const DAY: i64 = 24 * 3600;

#[post("/v1/subscriptions")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_subscription)
}

fn create_subscription(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&[
        "cancel_at_period_end",
        "collection_method",
        "customer",
        "default_payment_method",
        "items",
        "metadata",
        "off_session",
        "payment_behavior",
        "payment_settings",
        "proration_behavior",
        "trial_end",
        "trial_period_days",
        "trial_settings",
    ])?;
    let customer = ask.params.required("customer")?;
    if account.live_customer(customer).is_err() {
        return Err(StripeError::no_such_in("customer", "customer", customer));
    }
    let (price, quantity) = item(account, &ask.params)?;
    let trial_end = trial(&ask.params, ask.cause.now)?;
    let param = "default_payment_method";
    let payment_method = match ask.params.text(param)? {
        Some(method) => Some(account.method_of(customer, method, param, &ask.cause)?),
        None => None,
    };
    let new = NewSubscription {
        customer: customer.to_owned(),
        price,
        quantity,
        metadata: ask.params.metadata("metadata")?,
        payment_method,
        trial_end,
    };
    let subscription = Subscription::start(new, account, ask.cause.now);
    let attempt = first_attempt(account, &subscription, &ask.params)?;
    let cancels = ask.params.boolean("cancel_at_period_end")? == Some(true);
    let id = account.begin(subscription, attempt, &ask.cause)?.0;
    if cancels {
        account.change_subscription(&id, &ask.cause, |subscription| {
            subscription.cancel_at_period_end = true;
            subscription.canceled_at = Some(ask.cause.now);
        })?;
    }
    Ok(account.subscription(&id)?.json(account))
}

fn item(account: &Account, params: &Params) -> Result<(String, i64), StripeError> {
    let items = params.trees("items")?;
    let [item] = items.as_slice() else {
        return Err(match items.is_empty() {
            true => StripeError::missing_parameter("items"),
            false => StripeError::invalid(
                "This stand-in keeps one item per subscription.",
                Some("items"),
            ),
        });
    };
    item.refuse_unknown(&["metadata", "price", "quantity"])?;
    let missing = |_| StripeError::missing_parameter("items[0][price]");
    let price = item.required("price").map_err(missing)?;
    let quantity = item.integer("quantity")?.unwrap_or(1);
    check_item(account, price, quantity, "items[0]")?;
    Ok((price.to_owned(), quantity))
}

pub(crate) fn trial(params: &Params, now: i64) -> Result<Option<i64>, StripeError> {
    match params.integer("trial_period_days")? {
        Some(days) if (1..=730).contains(&days) => Ok(Some(now + days * DAY)),
        Some(days) => Err(StripeError::invalid_integer(
            &days.to_string(),
            "trial_period_days",
        )),
        None => Ok(trial_end(params, now)?.filter(|at| *at > now)),
    }
}

/// How the first charge ends; an error where the request wants one instead of an incomplete subscription.
fn first_attempt(
    account: &Account,
    subscription: &Subscription,
    params: &Params,
) -> Result<Attempt, StripeError> {
    if subscription.trial_end.is_some() {
        return Ok(Attempt::Paid);
    }
    let attempt = account.attempt_of(subscription);
    match (params.text("payment_behavior")?, attempt) {
        (Some("error_if_incomplete"), Attempt::Declined(decline)) => {
            Err(StripeError::card(&decline))
        }
        (Some("error_if_incomplete"), Attempt::ActionRequired) => {
            Err(StripeError::action_required())
        }
        // The buyer confirms in the browser, so nothing is charged yet.
        (Some("default_incomplete"), _) => Ok(Attempt::ActionRequired),
        (None | Some("allow_incomplete" | "error_if_incomplete"), _) => Ok(attempt),
        (Some(_), _) => Err(StripeError::invalid(
            "Invalid payment_behavior",
            Some("payment_behavior"),
        )),
    }
}

impl Account {
    /// Keeps a new subscription and charges its first invoice. Answers both ids.
    pub(crate) fn begin(
        &mut self,
        mut subscription: Subscription,
        attempt: Attempt,
        cause: &Cause,
    ) -> Result<(String, String), StripeError> {
        subscription.status = match (subscription.trial_end, attempt) {
            (Some(_), _) => Status::Trialing,
            (None, Attempt::Paid) => Status::Active,
            (None, _) => Status::Incomplete,
        };
        let id = subscription.id.clone();
        let line = Line::for_period(self, &subscription);
        self.subscriptions.insert(&id, subscription);
        let new = super::super::invoices::NewInvoice {
            subscription: id.clone(),
            reason: BillingReason::Start,
            lines: vec![line],
        };
        let invoice = self.insert_invoice(new, None, cause.now)?;
        let object = self.subscription(&id)?.json(self);
        self.emit("customer.subscription.created", object, None, cause);
        self.announce_invoice(&invoice, "invoice.created", cause);
        self.collect_invoice(&invoice, attempt, cause)?;
        Ok((id, invoice))
    }
}
