//! One delivery over HTTP.

use std::time::Duration;

use reqwest::{Client, redirect};

/// Stripe allows a little longer; a receiver that needs more than this is broken.
const TIME_LIMIT: Duration = Duration::from_secs(10);

pub(crate) struct Outgoing {
    pub(crate) event: String,
    pub(crate) url: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

pub(crate) fn http_client() -> Result<Client, reqwest::Error> {
    // A redirect is a failed delivery, as at Stripe.
    Client::builder()
        .timeout(TIME_LIMIT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
}

impl Outgoing {
    /// The status answered; none when there was no answer.
    pub(crate) async fn send(self, client: &Client) -> Option<u16> {
        let request = client
            .post(&self.url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Stripe-Signature", &self.signature)
            .header(
                "User-Agent",
                "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            )
            .body(self.body);
        match request.send().await {
            Ok(response) => Some(response.status().as_u16()),
            Err(error) => {
                tracing::debug!(event = self.event, error = %error.without_url(), "webhook not delivered");
                None
            }
        }
    }
}
