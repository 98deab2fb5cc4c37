//! Webhooks as Stripe signs them and Auth0 sends them, and as somebody else would.

use aws_lc_rs::hmac;
use reqwest::{Method, RequestBuilder};

use crate::{Answer, TestApp};

/// `Stripe-Signature` for this body, as of `timestamp` in seconds since 1970.
pub fn stripe_signature(secret: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("t={timestamp},v1={hex}")
}

impl TestApp {
    /// The time of the sandbox, which is the product's too, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.sandbox.clock().now().timestamp()
    }

    /// Sends a webhook with exactly these signature headers.
    pub async fn stripe_webhook(&self, body: &str, signatures: &[&str]) -> Answer {
        let request = self
            .request(Method::POST, "/webhooks/stripe", None)
            .header("content-type", "application/json")
            .body(body.to_owned());
        let add = |request: RequestBuilder, signature: &&str| {
            request.header("stripe-signature", *signature)
        };
        self.send(signatures.iter().fold(request, add)).await
    }

    /// Sends an event of Auth0 with this bearer token.
    pub async fn auth0_event(&self, body: &str, token: &str) -> Answer {
        let request = self
            .request(Method::POST, "/webhooks/auth0/events", Some(token))
            .header("content-type", "application/json")
            .body(body.to_owned());
        self.send(request).await
    }
}
