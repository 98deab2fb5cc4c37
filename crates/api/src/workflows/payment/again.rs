//! An organization whose plan had ended has bought again: the same organization, with all that is in it.

use store::{SubscriptionRecord, TenantTx};

use super::refresh::{Cause, save};
use super::{Applied, news};
use crate::billing::wire::{Subscription, SubscriptionStatus};
use crate::workflows::{Context, Failure};

pub(super) async fn run(
    context: &Context,
    mut tx: TenantTx,
    before: SubscriptionRecord,
    subscription: &Subscription,
    is_given_back: bool,
) -> Result<Applied, Failure> {
    let now = context.clock.now();
    let is_paid = match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => true,
        SubscriptionStatus::Canceled => subscription.is_paid_beyond(now),
        _ => false,
    };
    if !is_paid || is_given_back {
        return Ok(Applied::Ignored("it is not paid"));
    }
    if before.subscription.is_live(now) && before.stripe_subscription_id.is_some() {
        return Ok(Applied::Quarantined(
            "the organization has another subscription that runs",
        ));
    }
    let bought = news::terms(subscription)
        .and_then(|terms| Ok((terms.plan, news::paid_term(terms, subscription)?)));
    let (plan, term) = match bought {
        Ok(bought) => bought,
        Err(unchanged) => return Ok(unchanged),
    };
    for object in [&subscription.customer, &subscription.id] {
        // It may have gone to another organization since its owner was looked up.
        if tx.link_stripe(object, None).await? != *tx.tenant() {
            return Err(Failure::FenceLost);
        }
    }
    if tx.subscription_is_coming(&subscription.id).await? {
        // Its job decides whether it arrives, and has it looked at then.
        return Ok(Applied::Ignored("it is on its way to the organization"));
    }
    if !plan.needs_organization() {
        return Ok(Applied::Quarantined("the plan is not for an organization"));
    }
    let Ok(paid) = before.subscription.clone().pay(plan, term, now) else {
        return Ok(Applied::Quarantined("the plan cannot be bought so"));
    };
    // The organization is there already.
    let paid = paid.clone().activate().unwrap_or(paid);
    let after = SubscriptionRecord {
        // It may have ended before we heard that it began.
        subscription: match subscription.is_over() {
            true => paid.clone().cancel_now(now).unwrap_or(paid),
            false => paid,
        },
        stripe_customer_id: Some(subscription.customer.clone()),
        stripe_subscription_id: Some(subscription.id.clone()),
        stripe_price: news::price(subscription),
        next: None,
        refunded_until: None,
        disputed_at: None,
        version: before.version,
    };
    save(&mut tx, &before, &after, Cause::default(), now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}
