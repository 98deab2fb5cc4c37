//! The Stripe calls of purchases and of what follows them. Those of a subscription that runs are in
//! [`super::subscriptions`].

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use url::Url;

use super::Error;
use super::transport::Transport;
use super::wire::{
    Charge, CheckoutSession, Customer, Dispute, Event, List, PortalConfiguration, PortalSession,
    Price, Subscription, kept_portal,
};

/// Cheap to clone. `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) transport: Transport,
}

/// What a hosted payment page needs to know.
pub struct NewCheckoutSession<'a> {
    pub customer: &'a str,
    pub price: &'a str,
    pub quantity: u32,
    /// `conversion_id` or `org_id`, and its value: comes back in the metadata of session and subscription. Nothing is
    /// ever granted because of it.
    pub reference: (&'a str, &'a str),
    pub success_url: &'a str,
    pub cancel_url: &'a str,
}

impl Client {
    /// `base` is the API's root with a trailing slash, `https://api.stripe.com/` or the stand-in's.
    ///
    /// # Errors
    /// The TLS backend could not be set up.
    pub fn new(base: Url, secret_key: SecretString) -> Result<Self, Error> {
        Ok(Self {
            transport: Transport::new(base, secret_key)?,
        })
    }

    pub async fn create_customer(
        &self,
        org_id: &str,
        idempotency_key: &str,
    ) -> Result<Customer, Error> {
        let form = [("metadata[org_id]", org_id)];
        self.transport
            .write(&["v1", "customers"], &form, idempotency_key)
            .await
    }

    pub async fn price_by_lookup_key(&self, lookup_key: &str) -> Result<Option<Price>, Error> {
        let query = [
            ("lookup_keys[]", lookup_key),
            ("active", "true"),
            ("limit", "1"),
        ];
        let prices: List<Price> = self.transport.read(&["v1", "prices"], &query).await?;
        Ok(prices.data.into_iter().next())
    }

    pub async fn create_checkout_session(
        &self,
        new: &NewCheckoutSession<'_>,
        idempotency_key: &str,
    ) -> Result<CheckoutSession, Error> {
        let quantity = new.quantity.to_string();
        let (kind, id) = new.reference;
        let metadata = format!("metadata[{kind}]");
        let subscription_metadata = format!("subscription_data[metadata][{kind}]");
        let form = [
            ("mode", "subscription"),
            ("customer", new.customer),
            ("client_reference_id", id),
            ("line_items[0][price]", new.price),
            ("line_items[0][quantity]", &quantity),
            (&metadata, id),
            (&subscription_metadata, id),
            ("success_url", new.success_url),
            ("cancel_url", new.cancel_url),
        ];
        self.transport
            .write(&["v1", "checkout", "sessions"], &form, idempotency_key)
            .await
    }

    pub async fn checkout_session(&self, id: &str) -> Result<Option<CheckoutSession>, Error> {
        self.transport
            .find(&["v1", "checkout", "sessions", id], &[])
            .await
    }

    /// Closes a payment page, so that nobody pays on it any more.
    pub async fn expire_checkout_session(&self, id: &str) -> Result<(), Error> {
        let key = format!("expire:{id}");
        self.transport
            .write::<IgnoredAny>(&["v1", "checkout", "sessions", id, "expire"], &[], &key)
            .await?;
        Ok(())
    }

    /// With its latest invoice, without which nobody knows what is paid.
    pub async fn subscription(&self, id: &str) -> Result<Option<Subscription>, Error> {
        let expand = [("expand[]", "latest_invoice")];
        self.transport
            .find(&["v1", "subscriptions", id], &expand)
            .await
    }

    /// Subscriptions that give access, newest first, one page of 100; `after` is the last id of the page before.
    pub async fn active_subscriptions(
        &self,
        after: Option<&str>,
    ) -> Result<List<Subscription>, Error> {
        let mut query = vec![("status", "active"), ("limit", "100")];
        query.extend(after.map(|id| ("starting_after", id)));
        self.transport.read(&["v1", "subscriptions"], &query).await
    }

    /// Events since `from`, newest first, one page of 100. Stripe keeps them for 30 days.
    pub async fn events_since(
        &self,
        from: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<List<Event>, Error> {
        let from = from.timestamp().to_string();
        let mut query = vec![("created[gte]", from.as_str()), ("limit", "100")];
        query.extend(after.map(|id| ("starting_after", id)));
        self.transport.read(&["v1", "events"], &query).await
    }

    /// One event as it was; `None` after the 30 days.
    pub async fn event(&self, id: &str) -> Result<Option<serde_json::Value>, Error> {
        self.transport.find(&["v1", "events", id], &[]).await
    }

    /// A deleted one is found too, and says so.
    pub async fn customer(&self, id: &str) -> Result<Option<Customer>, Error> {
        self.transport.find(&["v1", "customers", id], &[]).await
    }

    pub async fn charge(&self, id: &str) -> Result<Option<Charge>, Error> {
        self.transport.find(&["v1", "charges", id], &[]).await
    }

    /// The customer's newest charges, at most 100: more than any period has.
    pub async fn charges(&self, customer: &str) -> Result<List<Charge>, Error> {
        let query = [("customer", customer), ("limit", "100")];
        self.transport.read(&["v1", "charges"], &query).await
    }

    pub async fn dispute(&self, id: &str) -> Result<Option<Dispute>, Error> {
        self.transport.find(&["v1", "disputes", id], &[]).await
    }

    /// The charge's disputes, at most 100: networks allow a few.
    pub async fn disputes(&self, charge: &str) -> Result<List<Dispute>, Error> {
        let query = [("charge", charge), ("limit", "100")];
        self.transport.read(&["v1", "disputes"], &query).await
    }

    /// A page of Stripe's on which the customer manages cards and invoices.
    pub async fn create_portal_session(
        &self,
        customer: &str,
        return_url: &str,
        idempotency_key: &str,
    ) -> Result<PortalSession, Error> {
        let configuration = self.portal_configuration().await?;
        let mut form = vec![("customer", customer), ("return_url", return_url)];
        form.extend(
            configuration
                .as_ref()
                .map(|one| ("configuration", &*one.id)),
        );
        self.transport
            .write(
                &["v1", "billing_portal", "sessions"],
                &form,
                idempotency_key,
            )
            .await
    }

    async fn portal_configuration(&self) -> Result<Option<PortalConfiguration>, Error> {
        let (path, query) = (
            &["v1", "billing_portal", "configurations"],
            [("active", "true"), ("limit", "100")],
        );
        let found: List<PortalConfiguration> = self.transport.read(path, &query).await?;
        Ok(kept_portal(found.data.into_iter(), |one| one.is_default))
    }
}
