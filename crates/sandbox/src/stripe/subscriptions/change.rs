//! `POST /v1/subscriptions/{id}`: another price or quantity, cancellation at the end of the period, metadata.

use actix_web::{HttpResponse, post, web};
use serde_json::Value;

use super::super::account::Account;
use super::super::call::{Ask, Call};
use super::super::customers::merge_metadata;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::invoices::{BillingReason, Line};
use super::Subscription;

/// What the request asks the only item to become.
struct Asked {
    price: String,
    quantity: i64,
    proration: Proration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Proration {
    /// Added to the next invoice; Stripe's default.
    NextInvoice,
    InvoiceNow,
    Nothing,
}

#[post("/v1/subscriptions/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| apply(account, ask, &id))
}

fn apply(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&[
        "cancel_at_period_end",
        "cancellation_details",
        "default_payment_method",
        "description",
        "items",
        "metadata",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
    ])?;
    let current = account.subscription(id)?.clone();
    if current.is_over() {
        let message =
            "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(StripeError::invalid(message, None));
    }
    let asked = asked(account, &current, &ask.params)?;
    let cancel = ask.params.boolean("cancel_at_period_end")?;
    let mut metadata = current.metadata.clone();
    merge_metadata(&mut metadata, &ask.params)?;
    let lines = proration(account, &current, &asked, ask.cause.now);
    let restarts = account.price(&asked.price).interval != account.price(&current.price).interval;
    let period_end = account
        .price(&asked.price)
        .interval
        .next_boundary(ask.cause.now, ask.cause.now);
    let invoice_now = restarts || (asked.proration == Proration::InvoiceNow && !lines.is_empty());

    account.change_subscription(id, &ask.cause, |subscription| {
        subscription.price = asked.price;
        subscription.quantity = asked.quantity;
        subscription.metadata = metadata;
        if let Some(cancel) = cancel.filter(|cancel| *cancel != subscription.cancel_at_period_end) {
            subscription.cancel_at_period_end = cancel;
            subscription.canceled_at = cancel.then_some(ask.cause.now);
        }
        if restarts {
            // Another interval starts a new billing cycle at once.
            subscription.anchor = ask.cause.now;
            subscription.period_start = ask.cause.now;
            subscription.period_end = period_end;
        }
        if !invoice_now {
            subscription.pending_proration += lines.iter().map(|line| line.amount).sum::<i64>();
        }
    })?;
    if invoice_now {
        let mut lines = lines;
        if restarts {
            let subscription = account.subscription(id)?;
            lines.push(Line::for_period(account, subscription));
        }
        account.invoice_and_charge(id, BillingReason::Change, lines, &ask.cause)?;
    }
    Ok(account.subscription(id)?.json(account))
}

fn asked(account: &Account, current: &Subscription, params: &Params) -> Result<Asked, StripeError> {
    let proration = match params.text("proration_behavior")? {
        None | Some("create_prorations") => Proration::NextInvoice,
        Some("always_invoice") => Proration::InvoiceNow,
        Some("none") => Proration::Nothing,
        Some(_) => {
            return Err(StripeError::invalid(
                "Invalid proration_behavior",
                Some("proration_behavior"),
            ));
        }
    };
    let unchanged = Asked {
        price: current.price.clone(),
        quantity: current.quantity,
        proration,
    };
    let items = params.trees("items")?;
    let item = match items.as_slice() {
        [] => return Ok(unchanged),
        [item] => item,
        _ => {
            return Err(StripeError::invalid(
                "This stand-in keeps one item per subscription.",
                Some("items"),
            ));
        }
    };
    item.refuse_unknown(&["id", "price", "quantity", "metadata"])?;
    match item.text("id")? {
        Some(id) if id == current.item => {}
        Some(id) => {
            return Err(StripeError::no_such_in(
                "items[0][id]",
                "subscription_item",
                id,
            ));
        }
        // Without its id Stripe would add a second item, the classic mistake of a plan change.
        None => return Err(StripeError::missing_parameter("items[0][id]")),
    }
    let price = item.text("price")?.unwrap_or(&current.price);
    if account.prices.get(price).is_none() {
        return Err(StripeError::no_such_in("items[0][price]", "price", price));
    }
    let quantity = item.integer("quantity")?.unwrap_or(current.quantity);
    if !(1..=999_999).contains(&quantity) {
        return Err(StripeError::invalid_integer(
            &quantity.to_string(),
            "items[0][quantity]",
        ));
    }
    Ok(Asked {
        price: price.to_owned(),
        quantity,
        proration,
    })
}

/// Credit for the unused rest of the old period and the charge for the same time at the new price.
fn proration(account: &Account, current: &Subscription, asked: &Asked, now: i64) -> Vec<Line> {
    let same = asked.price == current.price && asked.quantity == current.quantity;
    if same || asked.proration == Proration::Nothing {
        return Vec::new();
    }
    let (old, new) = (account.price(&current.price), account.price(&asked.price));
    let rest = (current.period_end - now).max(0);
    let length = (current.period_end - current.period_start).max(1);
    let share = |cents: i64| cents * rest / length;
    let credit = -share(old.unit_amount * current.quantity);
    let mut lines = vec![Line::proration(
        old,
        current.quantity,
        credit,
        (now, current.period_end),
    )];
    if old.interval == new.interval {
        let amount = share(new.unit_amount * asked.quantity);
        lines.push(Line::proration(
            new,
            asked.quantity,
            amount,
            (now, current.period_end),
        ));
    }
    lines
}
