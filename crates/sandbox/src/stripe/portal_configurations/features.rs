//! What a configuration of the portal switches on and off.

use serde::{Deserialize, Serialize};

use super::super::account::Account;
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::subscriptions::{Proration, proration};

/// Stripe's limit.
const MOST_PRODUCTS: usize = 10;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Features {
    pub(crate) invoice_history: bool,
    pub(crate) payment_method_update: bool,
    pub(crate) cancel: bool,
    /// At the end of the period, else at once.
    pub(crate) cancel_at_period_end: bool,
    pub(crate) update: bool,
    /// `price`, `quantity`.
    pub(crate) allowed_updates: Vec<String>,
    /// Prices by product.
    pub(crate) products: Vec<(String, Vec<String>)>,
    pub(crate) proration: Proration,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            invoice_history: true,
            payment_method_update: true,
            cancel: true,
            cancel_at_period_end: true,
            update: false,
            allowed_updates: Vec::new(),
            products: Vec::new(),
            proration: Proration::Nothing,
        }
    }
}

impl Features {
    pub(super) fn change(&mut self, account: &Account, params: &Params) -> Result<(), StripeError> {
        params.refuse_unknown(&[
            "customer_update",
            "invoice_history",
            "payment_method_update",
            "subscription_cancel",
            "subscription_update",
        ])?;
        for (field, name) in [
            (&mut self.invoice_history, "invoice_history"),
            (&mut self.payment_method_update, "payment_method_update"),
            (&mut self.cancel, "subscription_cancel"),
            (&mut self.update, "subscription_update"),
        ] {
            if let Some(feature) = params.tree(name)? {
                *field = feature.boolean("enabled")?.unwrap_or(*field);
            }
        }
        if let Some(cancel) = params.tree("subscription_cancel")?
            && let Some(mode) = cancel.text("mode")?
        {
            self.cancel_at_period_end = mode != "immediately";
        }
        match params.tree("subscription_update")? {
            Some(update) => self.change_update(account, update),
            None => Ok(()),
        }
    }

    fn change_update(&mut self, account: &Account, update: &Params) -> Result<(), StripeError> {
        update.refuse_unknown(&[
            "default_allowed_updates",
            "enabled",
            "products",
            "proration_behavior",
        ])?;
        let allowed = update.texts("default_allowed_updates")?;
        if !allowed.is_empty() {
            self.allowed_updates = allowed.into_iter().map(str::to_owned).collect();
        }
        if update.text("proration_behavior")?.is_some() {
            self.proration = proration(update)?;
        }
        let products = update.trees("products")?;
        if products.len() > MOST_PRODUCTS {
            let message = "You may only specify up to 10 products.";
            return Err(StripeError::invalid(message, Some("features")));
        }
        if !products.is_empty() {
            let listed = products.into_iter().map(|tree| product(account, tree));
            self.products = listed.collect::<Result<_, _>>()?;
        }
        Ok(())
    }
}

fn product(account: &Account, tree: &Params) -> Result<(String, Vec<String>), StripeError> {
    tree.refuse_unknown(&["adjustable_quantity", "prices", "product"])?;
    let product = tree.required("product")?;
    let prices = tree.texts("prices")?;
    let own = |id: &&str| {
        let price = account.prices.get(id);
        price.is_some_and(|price| price.product == product && price.active)
    };
    match prices.iter().find(|id| !own(id)) {
        None => Ok((
            product.to_owned(),
            prices.into_iter().map(str::to_owned).collect(),
        )),
        Some(price) => Err(StripeError::no_such_in("features", "price", price)),
    }
}
