//! Events that Stripe could not deliver while we were down longer than it retries: they are listed and looked at again.
//! The subscription is read anew for each, so one that came after all changes nothing.

use chrono::TimeDelta;
use serde_json::json;

use super::kind;
use crate::workflows::{Context, Failure};

/// Stripe retries for three days; what it gave up on lies within this (it keeps events for 30 days).
const LOOK_BACK: TimeDelta = TimeDelta::days(4);

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let from = context.clock.now() - LOOK_BACK;
    let mut after: Option<String> = None;
    loop {
        let page = context.billing.events_since(from, after.as_deref()).await?;
        for event in &page.data {
            if let Some(subscription) = event.data.object.subscription_id() {
                let key = format!("{}:{subscription}", kind::STRIPE_SUBSCRIPTION);
                let payload = json!({ "subscription_id": subscription });
                context
                    .store
                    .enqueue_system(
                        kind::STRIPE_SUBSCRIPTION,
                        &key,
                        &payload,
                        context.clock.now(),
                    )
                    .await?;
            }
        }
        after = page.data.last().map(|event| event.id.clone());
        if !page.has_more || after.is_none() {
            return Ok(());
        }
    }
}
