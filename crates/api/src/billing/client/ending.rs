//! The calls that end what would be charged: for a tenant that goes.

use reqwest::Method;
use serde::de::IgnoredAny;

use super::{Client, decode};
use crate::billing::Error;

impl Client {
    /// Has the subscription end with its paid period, or go on after all.
    pub async fn end_with_period(
        &self,
        id: &str,
        ends: bool,
        idempotency_key: &str,
    ) -> Result<(), Error> {
        let form = [("cancel_at_period_end", if ends { "true" } else { "false" })];
        let path = format!("v1/subscriptions/{id}");
        self.write::<IgnoredAny>(&path, &form, idempotency_key)
            .await?;
        Ok(())
    }

    /// Ends the subscription now. One that has ended is not an error: Stripe answers 404 for it.
    pub async fn end_now(&self, id: &str) -> Result<(), Error> {
        let url = self.url(&format!("v1/subscriptions/{id}"))?;
        let sent = self.request(Method::DELETE, url).send().await;
        match decode::<IgnoredAny>(sent.map_err(Error::transport)?).await {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Closes a payment page, so that nobody pays on it any more.
    pub async fn expire_checkout_session(&self, id: &str) -> Result<(), Error> {
        let path = format!("v1/checkout/sessions/{id}/expire");
        self.write::<IgnoredAny>(&path, &[], &format!("expire:{id}"))
            .await?;
        Ok(())
    }
}
