//! What a request asks a subscription's only item to become; the same words in an update and in a preview of one.

use serde::{Deserialize, Serialize};

use super::super::account::Account;
use super::super::error::StripeError;
use super::super::form::Params;
use super::Subscription;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Proration {
    /// Added to the next invoice; Stripe's default.
    #[serde(rename = "create_prorations")]
    NextInvoice,
    #[serde(rename = "always_invoice")]
    InvoiceNow,
    #[serde(rename = "none")]
    Nothing,
}

pub(crate) struct Asked {
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) proration: Proration,
    /// The moment for which prorations are calculated.
    pub(crate) at: i64,
    /// `billing_cycle_anchor=now`: a new period begins.
    pub(crate) restarts: bool,
    /// `trial_end`; now or earlier ends the trial.
    pub(crate) trial_end: Option<i64>,
}

impl Asked {
    pub(crate) fn read(
        account: &Account,
        current: &Subscription,
        params: &Params,
        now: i64,
    ) -> Result<Self, StripeError> {
        let mut asked = Self {
            price: current.price.clone(),
            quantity: current.quantity,
            proration: proration(params)?,
            at: proration_date(current, params, now)?,
            restarts: restarts(params)?,
            trial_end: trial_end(params, now)?,
        };
        match params.trees("items")?.as_slice() {
            [] => {}
            [item] => asked.take_item(account, current, item)?,
            _ => {
                return Err(StripeError::invalid(
                    "This stand-in keeps one item per subscription.",
                    Some("items"),
                ));
            }
        }
        Ok(asked)
    }

    fn take_item(
        &mut self,
        account: &Account,
        current: &Subscription,
        item: &Params,
    ) -> Result<(), StripeError> {
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
        let quantity = item.integer("quantity")?.unwrap_or(current.quantity);
        check_item(account, price, quantity, "items[0]")?;
        self.price = price.to_owned();
        self.quantity = quantity;
        Ok(())
    }
}

/// Whether so many of a price can be subscribed to.
pub(crate) fn check_item(
    account: &Account,
    price: &str,
    quantity: i64,
    path: &str,
) -> Result<(), StripeError> {
    let Some(listed) = account.prices.get(price) else {
        return Err(StripeError::no_such_in(
            &format!("{path}[price]"),
            "price",
            price,
        ));
    };
    if !(1..=999_999).contains(&quantity) {
        return Err(StripeError::invalid_integer(
            &quantity.to_string(),
            &format!("{path}[quantity]"),
        ));
    }
    if listed.unit_amount * quantity > super::super::MOST_CENTS {
        return Err(StripeError::amount_too_large(&format!("{path}[quantity]")));
    }
    Ok(())
}

pub(crate) fn proration(params: &Params) -> Result<Proration, StripeError> {
    match params.text("proration_behavior")? {
        None | Some("create_prorations") => Ok(Proration::NextInvoice),
        Some("always_invoice") => Ok(Proration::InvoiceNow),
        Some("none") => Ok(Proration::Nothing),
        Some(_) => Err(StripeError::invalid(
            "Invalid proration_behavior: must be one of create_prorations, none, or always_invoice",
            Some("proration_behavior"),
        )),
    }
}

fn proration_date(current: &Subscription, params: &Params, now: i64) -> Result<i64, StripeError> {
    let at = params.integer("proration_date")?.unwrap_or(now);
    if at != now && !(current.period_start..=current.period_end).contains(&at) {
        let message = "Cannot specify `proration_date` outside of the current period.";
        return Err(StripeError::invalid(message, Some("proration_date")));
    }
    Ok(at)
}

fn restarts(params: &Params) -> Result<bool, StripeError> {
    match params.text("billing_cycle_anchor")? {
        None | Some("unchanged") => Ok(false),
        Some("now") => Ok(true),
        Some(_) => Err(StripeError::invalid(
            "Invalid billing_cycle_anchor: must be one of now or unchanged",
            Some("billing_cycle_anchor"),
        )),
    }
}

/// `now` or an instant that is not past.
pub(crate) fn trial_end(params: &Params, now: i64) -> Result<Option<i64>, StripeError> {
    match params.text("trial_end")? {
        None => Ok(None),
        Some("now") => Ok(Some(now)),
        Some(_) => match params.integer("trial_end")? {
            Some(at) if at > now => Ok(Some(at)),
            _ => Err(StripeError::invalid(
                "Invalid timestamp: must be an integer Unix timestamp in the future.",
                Some("trial_end"),
            )),
        },
    }
}
