//! Everything the stand-in account remembers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::balance::BalanceTransaction;
use super::billing_portal::PortalSession;
use super::catalogue::{self, Price, Product};
use super::checkout_sessions::CheckoutSession;
use super::customers::Customer;
use super::deliveries::Deliveries;
use super::disputes::Dispute;
use super::dunning;
use super::error::StripeError;
use super::events::Event;
use super::idempotency::Answered;
use super::invoices::Invoice;
use super::payment_methods::PaymentMethod;
use super::payments::Charge;
use super::portal_configurations::{self, PortalConfiguration};
use super::refunds::Refund;
use super::schedules::Schedule;
use super::shelf::Shelf;
use super::subscriptions::Subscription;

/// The secret key that works without any configuration.
pub(crate) const DEFAULT_SECRET_KEY: &str = "sk_test_tenantry";

#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    pub(crate) settings: Settings,
    pub(crate) products: Shelf<Product>,
    pub(crate) prices: Shelf<Price>,
    pub(crate) customers: Shelf<Customer>,
    pub(crate) checkout_sessions: Shelf<CheckoutSession>,
    pub(crate) portal_configurations: Shelf<PortalConfiguration>,
    pub(crate) portal_sessions: Shelf<PortalSession>,
    pub(crate) subscriptions: Shelf<Subscription>,
    pub(crate) schedules: Shelf<Schedule>,
    pub(crate) invoices: Shelf<Invoice>,
    pub(crate) payment_methods: Shelf<PaymentMethod>,
    pub(crate) charges: Shelf<Charge>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) disputes: Shelf<Dispute>,
    pub(crate) balance_transactions: Shelf<BalanceTransaction>,
    pub(crate) events: Shelf<Event>,
    pub(crate) deliveries: Deliveries,
    /// By idempotency key.
    pub(crate) answered: BTreeMap<String, Answered>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Accepted as bearer keys. They open nothing but this stand-in.
    pub(crate) secret_keys: Vec<String>,
    /// Whether subscriptions renew by themselves when the sandbox clock passes the end of their period.
    pub(crate) automatic_renewal: bool,
    /// What becomes of a subscription when every retry of a charge has failed.
    pub(crate) after_retries: dunning::Final,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            secret_keys: vec![DEFAULT_SECRET_KEY.to_owned()],
            automatic_renewal: true,
            after_retries: dunning::Final::default(),
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        let (products, prices) = catalogue::seeds();
        Self {
            settings: Settings::default(),
            products,
            prices,
            customers: Shelf::default(),
            checkout_sessions: Shelf::default(),
            portal_configurations: portal_configurations::seeds(),
            portal_sessions: Shelf::default(),
            subscriptions: Shelf::default(),
            schedules: Shelf::default(),
            invoices: Shelf::default(),
            payment_methods: Shelf::default(),
            charges: Shelf::default(),
            refunds: Shelf::default(),
            disputes: Shelf::default(),
            balance_transactions: Shelf::default(),
            events: Shelf::default(),
            deliveries: Deliveries::default(),
            answered: BTreeMap::new(),
        }
    }
}

/// Who or what brought a change about, and when.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    /// Unix seconds on the sandbox clock.
    pub(crate) now: i64,
    /// Both are absent when Stripe itself acts, as at a renewal.
    pub(crate) request_id: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

impl Cause {
    pub(crate) fn automatic(now: i64) -> Self {
        Self {
            now,
            request_id: None,
            idempotency_key: None,
        }
    }
}

impl Account {
    /// Leaves no product, price or portal configuration.
    pub(crate) fn forget_catalogue(&mut self) {
        self.products.retain(|_| false);
        self.prices.retain(|_| false);
        self.portal_configurations.retain(|_| false);
    }

    /// The price that a subscription, session or invoice refers to; prices are never deleted.
    pub(crate) fn price(&self, id: &str) -> &Price {
        self.prices
            .get(id)
            .expect("objects are only made with existing prices")
    }

    pub(crate) fn product_name(&self, price: &Price) -> &str {
        self.products
            .get(&price.product)
            .map_or("", |product| &product.name)
    }

    pub(crate) fn subscription_mut(&mut self, id: &str) -> Result<&mut Subscription, StripeError> {
        self.subscriptions
            .get_mut(id)
            .ok_or_else(|| StripeError::no_such("subscription", id))
    }
}
