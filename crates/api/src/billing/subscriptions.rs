//! The Stripe calls that change a subscription that runs.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::wire::{InvoicePreview, Subscription};
use super::{Client, Error};

/// What the only item of a subscription is to become.
pub struct ItemChange<'a> {
    pub subscription: &'a str,
    pub item: &'a str,
    pub price: &'a str,
    pub quantity: u32,
    pub charge: ChargeForChange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeForChange {
    /// The difference is paid at once, or nothing changes and Stripe answers 402
    /// (<https://docs.stripe.com/api/subscriptions/update#update_subscription-payment_behavior>).
    Now,
    /// The next period is the first that costs the new price; nothing is charged or credited before
    /// (<https://docs.stripe.com/billing/subscriptions/prorations#disable-prorations>).
    ///
    /// Another interval would begin a period at once. A trial until the end of the one that is paid keeps it
    /// (<https://docs.stripe.com/billing/subscriptions/billing-cycle#add-a-trial-to-change-the-billing-cycle>).
    NextPeriod { keep_until: Option<DateTime<Utc>> },
}

impl Client {
    pub async fn change_subscription(
        &self,
        change: &ItemChange<'_>,
        idempotency_key: &str,
    ) -> Result<Subscription, Error> {
        let quantity = change.quantity.to_string();
        let mut trial_end = None;
        let mut form = vec![
            ("items[0][id]", change.item),
            ("items[0][price]", change.price),
            ("items[0][quantity]", &quantity),
        ];
        match change.charge {
            ChargeForChange::Now => form.extend([
                ("proration_behavior", "always_invoice"),
                ("payment_behavior", "error_if_incomplete"),
            ]),
            ChargeForChange::NextPeriod { keep_until } => {
                form.push(("proration_behavior", "none"));
                trial_end = keep_until.map(|end| end.timestamp().to_string());
            }
        }
        form.extend(trial_end.as_deref().map(|end| ("trial_end", end)));
        self.transport
            .write(
                &["v1", "subscriptions", change.subscription],
                &form,
                idempotency_key,
            )
            .await
    }

    /// Whether it ends with its period.
    pub async fn set_cancel_at_period_end(
        &self,
        subscription: &str,
        cancel: bool,
        idempotency_key: &str,
    ) -> Result<Subscription, Error> {
        let form = [(
            "cancel_at_period_end",
            if cancel { "true" } else { "false" },
        )];
        self.transport
            .write(
                &["v1", "subscriptions", subscription],
                &form,
                idempotency_key,
            )
            .await
    }

    /// The period that runs lasts until then, a whole second at most two years away; nothing is charged or credited for
    /// that. Stripe calls the rest of it a trial
    /// (<https://docs.stripe.com/billing/subscriptions/billing-cycle#add-a-trial-to-change-the-billing-cycle>).
    pub async fn extend_period(
        &self,
        subscription: &str,
        until: DateTime<Utc>,
        idempotency_key: &str,
    ) -> Result<Subscription, Error> {
        let until = until.timestamp().to_string();
        let form = [
            ("trial_end", until.as_str()),
            ("proration_behavior", "none"),
        ];
        self.transport
            .write(
                &["v1", "subscriptions", subscription],
                &form,
                idempotency_key,
            )
            .await
    }

    /// Ends it at once, without giving anything back. One that has ended stays as it is.
    pub async fn end_subscription(&self, subscription: &str) -> Result<(), Error> {
        self.transport
            .delete::<Value>(&["v1", "subscriptions", subscription])
            .await
            .map(drop)
    }

    /// The invoice that [`change_subscription`](Self::change_subscription) would make. Changes nothing.
    pub async fn preview_change(&self, change: &ItemChange<'_>) -> Result<InvoicePreview, Error> {
        let quantity = change.quantity.to_string();
        let form = [
            ("subscription", change.subscription),
            ("subscription_details[items][0][id]", change.item),
            ("subscription_details[items][0][price]", change.price),
            ("subscription_details[items][0][quantity]", &quantity),
            ("subscription_details[proration_behavior]", "always_invoice"),
        ];
        // A preview is made anew each time; the key only lets it be sent again after a time-out.
        let key = format!("preview:{}", uuid::Uuid::now_v7());
        self.transport
            .write(&["v1", "invoices", "create_preview"], &form, &key)
            .await
    }
}
