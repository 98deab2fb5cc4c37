//! The phases of a schedule: stretches of time, each with a price and a quantity.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::account::Account;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::period::Interval;
use super::super::subscriptions::{Proration, Subscription, check_item, proration};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Phase {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) proration: Proration,
}

impl Phase {
    /// What the subscription is now, until its period ends.
    pub(crate) fn present(subscription: &Subscription) -> Self {
        Self {
            start: subscription.period_start,
            end: subscription.period_end,
            price: subscription.price.clone(),
            quantity: subscription.quantity,
            proration: Proration::NextInvoice,
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "add_invoice_items": [], "application_fee_percent": null, "automatic_tax": null,
            "billing_cycle_anchor": null, "billing_thresholds": null, "collection_method": null, "currency": "usd",
            "default_payment_method": null, "default_tax_rates": [], "description": null, "discounts": [],
            "end_date": self.end, "invoice_settings": null,
            "items": [{
                "billing_thresholds": null, "discounts": [], "metadata": {}, "plan": self.price, "price": self.price,
                "quantity": self.quantity, "tax_rates": [],
            }],
            "metadata": {}, "on_behalf_of": null, "proration_behavior": self.proration, "start_date": self.start,
            "transfer_data": null, "trial_end": null,
        })
    }

    /// All phases of a request. Each begins where the one before it ends; the first begins at `start`.
    pub(super) fn read_all(
        account: &Account,
        params: &Params,
        start: i64,
    ) -> Result<Vec<Self>, StripeError> {
        let mut phases: Vec<Self> = Vec::new();
        for (place, tree) in params.trees("phases")?.into_iter().enumerate() {
            let begins = phases.last().map_or(start, |before| before.end);
            phases.push(Self::read(account, tree, place, begins)?);
        }
        Ok(phases)
    }

    fn read(
        account: &Account,
        tree: &Params,
        place: usize,
        start: i64,
    ) -> Result<Self, StripeError> {
        tree.refuse_unknown(&[
            "duration",
            "end_date",
            "items",
            "iterations",
            "metadata",
            "proration_behavior",
            "start_date",
        ])?;
        let path = format!("phases[{place}]");
        let items = tree.trees("items")?;
        let [item] = items.as_slice() else {
            return Err(StripeError::missing_parameter(&format!("{path}[items]")));
        };
        item.refuse_unknown(&["metadata", "price", "quantity"])?;
        let price = item.required("price")?;
        let quantity = item.integer("quantity")?.unwrap_or(1);
        check_item(account, price, quantity, &format!("{path}[items][0]"))?;
        if tree.integer("start_date")?.is_some_and(|at| at != start) {
            let message = "Phases must follow each other without a gap, and the current phase's start cannot change.";
            return Err(StripeError::invalid(
                message,
                Some(&format!("{path}[start_date]")),
            ));
        }
        let end = end(account, tree, price, start)?;
        if end <= start {
            let message = "A phase must end after it starts.";
            return Err(StripeError::invalid(
                message,
                Some(&format!("{path}[end_date]")),
            ));
        }
        Ok(Self {
            start,
            end,
            price: price.to_owned(),
            quantity,
            proration: proration(tree)?,
        })
    }
}

/// `end_date`, or so many of an interval; one of the price's own without either.
fn end(account: &Account, tree: &Params, price: &str, start: i64) -> Result<i64, StripeError> {
    if let Some(end) = tree.integer("end_date")? {
        return Ok(end);
    }
    let own = account.price(price).interval;
    let (interval, count) = match (tree.tree("duration")?, tree.integer("iterations")?) {
        (Some(duration), _) => {
            let interval = match duration.required("interval")? {
                "month" => Interval::Month,
                "year" => Interval::Year,
                _ => {
                    let message = "This stand-in counts in months and years.";
                    return Err(StripeError::invalid(message, Some("duration")));
                }
            };
            (interval, duration.integer("interval_count")?.unwrap_or(1))
        }
        (None, iterations) => (own, iterations.unwrap_or(1)),
    };
    if !(1..=120).contains(&count) {
        return Err(StripeError::invalid_integer(&count.to_string(), "duration"));
    }
    Ok((0..count).fold(start, |at, _| interval.next_boundary(start, at)))
}
