//! The Stripe calls that we make. Every write carries an `Idempotency-Key`, so it may be repeated after a time-out.

mod ending;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Method, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::Error;
use super::wire::{CheckoutSession, Customer, Event, List, Price, Subscription};

/// The API version that this code was written against; Stripe answers in its shapes whatever the account's default.
pub const STRIPE_VERSION: &str = "2025-09-30.clover";

/// Stripe answers well under this; a longer wait would hold a visitor's request.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Cheap to clone. `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    secret_key: SecretString,
}

/// What a hosted payment page needs to know.
pub struct NewCheckoutSession<'a> {
    pub customer: &'a str,
    pub price: &'a str,
    pub quantity: u32,
    /// Comes back in `client_reference_id` and in the subscription's metadata.
    pub conversion_id: &'a str,
    pub success_url: &'a str,
    pub cancel_url: &'a str,
}

impl Client {
    /// `base` is the API's root with a trailing slash, `https://api.stripe.com/` or the stand-in's.
    ///
    /// # Errors
    /// The TLS backend could not be set up.
    pub fn new(base: Url, secret_key: SecretString) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::transport)?;
        Ok(Self {
            http,
            base,
            secret_key,
        })
    }

    pub async fn create_customer(
        &self,
        org_id: &str,
        idempotency_key: &str,
    ) -> Result<Customer, Error> {
        self.write(
            "v1/customers",
            &[("metadata[org_id]", org_id)],
            idempotency_key,
        )
        .await
    }

    pub async fn price_by_lookup_key(&self, lookup_key: &str) -> Result<Option<Price>, Error> {
        let query = [
            ("lookup_keys[]", lookup_key),
            ("active", "true"),
            ("limit", "1"),
        ];
        let prices: List<Price> = self.read("v1/prices", &query).await?;
        Ok(prices.data.into_iter().next())
    }

    pub async fn create_checkout_session(
        &self,
        new: &NewCheckoutSession<'_>,
        idempotency_key: &str,
    ) -> Result<CheckoutSession, Error> {
        let quantity = new.quantity.to_string();
        let form = [
            ("mode", "subscription"),
            ("customer", new.customer),
            ("client_reference_id", new.conversion_id),
            ("line_items[0][price]", new.price),
            ("line_items[0][quantity]", &quantity),
            ("metadata[conversion_id]", new.conversion_id),
            (
                "subscription_data[metadata][conversion_id]",
                new.conversion_id,
            ),
            ("success_url", new.success_url),
            ("cancel_url", new.cancel_url),
        ];
        self.write("v1/checkout/sessions", &form, idempotency_key)
            .await
    }

    pub async fn checkout_session(&self, id: &str) -> Result<Option<CheckoutSession>, Error> {
        self.find(&["v1", "checkout", "sessions", id], &[]).await
    }

    /// With its latest invoice, without which nobody knows what is paid.
    pub async fn subscription(&self, id: &str) -> Result<Option<Subscription>, Error> {
        let expand = [("expand[]", "latest_invoice")];
        self.find(&["v1", "subscriptions", id], &expand).await
    }

    /// Subscriptions that give access, newest first, one page of 100; `after` is the last id of the page before.
    pub async fn active_subscriptions(
        &self,
        after: Option<&str>,
    ) -> Result<List<Subscription>, Error> {
        let mut query = vec![("status", "active"), ("limit", "100")];
        query.extend(after.map(|id| ("starting_after", id)));
        self.read("v1/subscriptions", &query).await
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
        self.read("v1/events", &query).await
    }

    async fn find<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::Unavailable("the API URL cannot be a base".into()))?
            .pop_if_empty()
            .extend(segments);
        match decode(
            self.request(Method::GET, url)
                .query(query)
                .send()
                .await
                .map_err(Error::transport)?,
        )
        .await
        {
            Ok(found) => Ok(Some(found)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let url = self.url(path)?;
        decode(
            self.request(Method::GET, url)
                .query(query)
                .send()
                .await
                .map_err(Error::transport)?,
        )
        .await
    }

    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        key: &str,
    ) -> Result<T, Error> {
        let request = self
            .request(Method::POST, self.url(path)?)
            .header("Idempotency-Key", key)
            .form(form);
        decode(request.send().await.map_err(Error::transport)?).await
    }

    fn url(&self, path: &str) -> Result<Url, Error> {
        self.base
            .join(path)
            .map_err(|error| Error::Unavailable(error.to_string()))
    }

    fn request(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.http
            .request(method, url)
            .bearer_auth(self.secret_key.expose_secret())
            .header("Stripe-Version", STRIPE_VERSION)
    }
}

async fn decode<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Body {
        error: ErrorObject,
    }
    #[derive(Deserialize)]
    struct ErrorObject {
        code: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
    }

    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        return Err(Error::RateLimited {
            retry_after: seconds.map(Duration::from_secs),
        });
    }
    // Stripe documents 409 as a concurrent use of the same idempotency key: the same call may follow.
    if status.is_server_error() || status == StatusCode::CONFLICT {
        return Err(Error::Unavailable(format!("status {status}")));
    }
    let body = response.bytes().await.map_err(Error::transport)?;
    if !status.is_success() {
        let code = serde_json::from_slice::<Body>(&body)
            .ok()
            .and_then(|body| body.error.code.or(body.error.kind));
        return Err(Error::Refused {
            status: status.as_u16(),
            code: code.unwrap_or_else(|| "unknown".into()),
        });
    }
    serde_json::from_slice(&body)
        .map_err(|error| Error::Unavailable(format!("unreadable answer: {error}")))
}
