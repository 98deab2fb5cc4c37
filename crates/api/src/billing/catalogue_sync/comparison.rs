//! The catalogue beside what Stripe has: an item for each thing, and what would make it right.

use std::fmt;

use domain::catalogue::{self, CATALOGUE, CURRENCY, Entry};

use super::account::{Account, Cancel, Features, Price, Product, Recurring, Switch};
use super::repair::Repair;
use crate::billing::wire::kept_portal;

/// Under which a product says which plan it is.
pub(super) const PLAN: &str = "plan";

/// What the inbox understands; see `workflows::payment`.
pub(super) const EVENTS: [&str; 16] = [
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.refunded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "invoice.marked_uncollectible",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.voided",
];

/// One line of the answer.
#[derive(Debug)]
pub(super) struct Item {
    what: String,
    /// Absent where nothing is to be done.
    pub(super) repair: Option<Repair>,
}

impl Item {
    fn new(what: String, repair: Option<Repair>) -> Self {
        Self { what, repair }
    }

    /// Repairs of a lower stage come first; absent where nothing is to be done.
    pub(super) fn stage(&self) -> Option<u8> {
        self.repair.as_ref().map(Repair::stage)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repair {
            None => write!(f, "ok      {}", self.what),
            Some(repair) => write!(f, "{:7} {}: {repair}", repair.verb(), self.what),
        }
    }
}

pub(super) fn compare(account: &Account, webhook: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for entry in CATALOGUE.iter().filter(|entry| !entry.prices.is_empty()) {
        let product = product_of(account, entry);
        items.push(product_item(entry, product));
        for price in entry.prices {
            items.push(price_item(account, product, price));
        }
        items.extend(
            product
                .into_iter()
                .flat_map(|product| strays(account, entry, product)),
        );
    }
    items.push(webhook_item(account, webhook));
    items.push(portal_item(account));
    items
}

/// The product that says it is this plan, else the one that has a price of this plan.
fn product_of<'a>(account: &'a Account, entry: &Entry) -> Option<&'a Product> {
    let plan = entry.plan.to_string();
    let says = |product: &&Product| product.metadata.get(PLAN) == Some(&plan);
    let keyed = || {
        let price = entry
            .prices
            .iter()
            .find_map(|price| holder(account, price))?;
        let mut products = account.products.iter();
        products.find(|product| product.id == price.product)
    };
    account.products.iter().find(says).or_else(keyed)
}

fn holder<'a>(account: &'a Account, price: &catalogue::Price) -> Option<&'a Price> {
    let mut prices = account.prices.iter();
    prices.find(|found| found.lookup_key.as_deref() == Some(price.lookup_key))
}

pub(super) fn product_name(entry: &Entry) -> String {
    format!("Tenantry {}", entry.display_name)
}

fn product_item(entry: &Entry, product: Option<&Product>) -> Item {
    let name = product_name(entry);
    let plan = entry.plan.to_string();
    let repair = match product {
        None => Some(Repair::CreateProduct {
            name: name.clone(),
            plan,
        }),
        Some(found)
            if found.name == name && found.active && found.metadata.get(PLAN) == Some(&plan) =>
        {
            None
        }
        Some(found) => Some(Repair::ChangeProduct {
            id: found.id.clone(),
            name: name.clone(),
            plan,
        }),
    };
    Item::new(format!("product {name}"), repair)
}

fn price_item(account: &Account, product: Option<&Product>, price: &catalogue::Price) -> Item {
    let what = format!(
        "price {}, {} {} a {}",
        price.lookup_key,
        dollars(price.unit_amount_cents),
        CURRENCY,
        price.interval
    );
    let found = holder(account, price);
    let right = |found: &&Price| {
        product.is_some_and(|product| product.id == found.product)
            && found.unit_amount == Some(i64::from(price.unit_amount_cents))
            && found.currency == CURRENCY
            && found.recurring.as_ref() == Some(&every(price))
    };
    let repair = match found.filter(right) {
        Some(found) if found.active => None,
        Some(found) => Some(Repair::ActivatePrice {
            id: found.id.clone(),
        }),
        None => Some(Repair::CreatePrice {
            product: product.map(|product| product.id.clone()),
            price: *price,
            replaces: found.map(|found| found.id.clone()),
        }),
    };
    Item::new(what, repair)
}

fn every(price: &catalogue::Price) -> Recurring {
    Recurring {
        interval: price.interval.to_string(),
        interval_count: 1,
    }
}

/// Active prices of a plan and interval beside the one that has the key: nobody could tell what is sold.
fn strays(account: &Account, entry: &Entry, product: &Product) -> Vec<Item> {
    let stray = |found: &&Price| {
        let of_plan = found.active && found.product == product.id;
        let same = entry
            .prices
            .iter()
            .any(|price| found.recurring.as_ref() == Some(&every(price)));
        let keyed = entry
            .prices
            .iter()
            .any(|price| found.lookup_key.as_deref() == Some(price.lookup_key));
        of_plan && same && !keyed
    };
    let strays = account.prices.iter().filter(stray);
    let item = |found: &Price| {
        let what = format!("price {}, another of {}", found.id, product_name(entry));
        let id = found.id.clone();
        Item::new(what, Some(Repair::ArchivePrice { id }))
    };
    strays.map(item).collect()
}

fn webhook_item(account: &Account, url: &str) -> Item {
    let mut webhooks = account.webhooks.iter();
    let repair = match webhooks.find(|webhook| webhook.url == url) {
        None => Some(Repair::CreateWebhook { url: url.into() }),
        Some(found) => {
            let has = |event: &&str| found.enabled_events.iter().any(|known| known == event);
            let hears = has(&"*") || EVENTS.iter().all(has);
            (!hears || found.status != "enabled").then(|| Repair::ChangeWebhook {
                id: found.id.clone(),
                hears: found.enabled_events.clone(),
            })
        }
    };
    Item::new(format!("webhook {url}"), repair)
}

/// Plans and seats are changed here and not there: Stripe does not know how many members an organization has.
fn wanted_features() -> Features {
    Features {
        invoice_history: Switch { enabled: true },
        payment_method_update: Switch { enabled: true },
        subscription_cancel: Cancel {
            enabled: true,
            mode: "at_period_end".into(),
        },
        subscription_update: Switch { enabled: false },
    }
}

fn portal_item(account: &Account) -> Item {
    let active = account.portals.iter().filter(|portal| portal.active);
    let found = kept_portal(active, |portal| portal.is_default);
    let repair = match found {
        None => Some(Repair::CreatePortal),
        Some(found) => (found.features != wanted_features()).then(|| Repair::ChangePortal {
            id: found.id.clone(),
        }),
    };
    Item::new("portal invoices, card, cancellation".into(), repair)
}

fn dollars(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests;
