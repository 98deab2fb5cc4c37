//! A subscription whose conversion is still under way: its payment starts the conversion, its end takes it back.

use chrono::{DateTime, Utc};
use domain::{ConversionId, ConversionStep, Plan, catalogue};
use serde_json::json;
use store::{Conversion, TenantTx};

use super::Applied;
use super::individual::{pay_individual, refund_individual, release_individual};
use crate::audit;
use crate::billing::wire::{Subscription, SubscriptionStatus};
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

pub(super) async fn run(
    context: &Context,
    mut tx: TenantTx,
    conversion: ConversionId,
    subscription: &Subscription,
    is_given_back: bool,
) -> Result<Applied, Failure> {
    // Raising the fence stops a run that would write over what is decided here.
    let Some(conversion) = tx.claim_conversion(conversion).await? else {
        return Ok(Applied::Quarantined(
            "the conversion is not this customer's",
        ));
    };
    if conversion.plan.needs_organization()
        && matches!(
            conversion.step,
            ConversionStep::Committed | ConversionStep::Done
        )
    {
        // It was committed after its owner was looked up; the organization's own subscription is to be refreshed, and
        // the individual's must not begin again.
        return Err(Failure::FenceLost);
    }
    let by_another = conversion
        .stripe_subscription_id
        .as_ref()
        .is_some_and(|known| *known != subscription.id);
    if by_another {
        return Ok(Applied::Quarantined(
            "the conversion was paid by another subscription",
        ));
    }
    let now = context.clock.now();
    match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing if is_given_back => {
            given_back(context, tx, conversion, subscription).await
        }
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
            begin(tx, conversion, subscription, now).await
        }
        // It was paid and ended before we heard of either: what is paid is theirs to its end.
        SubscriptionStatus::Canceled
            if !is_given_back && subscription.is_paid_beyond(now) && is_under_way(&conversion) =>
        {
            if conversion.plan == Plan::Personal {
                // Its own subscription learns of the end; an organization's does once there is one.
                let key = format!("{}:{}", kind::STRIPE_SUBSCRIPTION, subscription.id);
                let payload = json!({ "subscription_id": subscription.id });
                tx.enqueue(kind::STRIPE_SUBSCRIPTION, &key, &payload, now)
                    .await?;
            }
            begin(tx, conversion, subscription, now).await
        }
        SubscriptionStatus::Canceled
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::IncompleteExpired => taken_back(context, tx, conversion).await,
        SubscriptionStatus::Incomplete
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Unknown => Ok(Applied::Ignored("it is not paid")),
    }
}

fn is_under_way(conversion: &Conversion) -> bool {
    !conversion.step.is_final() && conversion.step != ConversionStep::Cancelling
}

async fn begin(
    mut tx: TenantTx,
    conversion: Conversion,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<Applied, Failure> {
    match paid(&mut tx, conversion, subscription, now).await? {
        Ok(_) => tx.commit().await?,
        Err(unchanged) => return Ok(unchanged),
    }
    Ok(Applied::Done)
}

/// The caller commits. An error is what becomes of the hint when nothing changes.
async fn paid(
    tx: &mut TenantTx,
    mut conversion: Conversion,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Result<Result<Conversion, Applied>, Failure> {
    if let Some(mismatch) = mismatch(&conversion, subscription) {
        return Ok(Err(Applied::Quarantined(mismatch)));
    }
    let Some(paid_until) = subscription.paid_until() else {
        return Ok(Err(Applied::Ignored("nothing of it is paid")));
    };
    if conversion.step == ConversionStep::Cancelling {
        // It was taken back and is paid again; what was made for it has to be gone before it begins anew.
        return Err(wait("the conversion is being cancelled"));
    }
    let is_first = matches!(
        conversion.step,
        ConversionStep::Requested | ConversionStep::Cancelled
    );
    if conversion.step == ConversionStep::Cancelled {
        claim_name_again(tx, &mut conversion).await?;
    }
    conversion.stripe_subscription_id = Some(subscription.id.clone());
    conversion.paid_until = conversion.paid_until.max(Some(paid_until));
    if is_first {
        conversion.step = match (conversion.plan, &conversion.wanted_name) {
            (Plan::Personal, _) => ConversionStep::Committed,
            (_, Some(_)) => ConversionStep::Named,
            (_, None) => ConversionStep::Paid,
        };
    }
    conversion.updated_at = now;
    if !tx.save_conversion(&conversion).await? {
        return Err(Failure::FenceLost);
    }
    if let Some(conflict) = pay_individual(tx, &conversion, subscription, now).await? {
        return Ok(Err(Applied::Quarantined(conflict)));
    }
    if is_first {
        tx.link_stripe(&subscription.id, Some(conversion.id))
            .await?;
        let mut event = audit::by_system(
            "payment",
            "conversion.paid",
            format!("conversion:{}", conversion.id),
            now,
        );
        event.after = Some(
            json!({ "plan": conversion.plan.as_str(), "seats": conversion.seats, "paid_until": paid_until }),
        );
        tx.insert_audit_event(&event).await?;
    }
    enqueue(tx, &conversion, now).await?;
    Ok(Ok(conversion))
}

/// It is ended at Stripe too. What was given back before we heard of its payment begins and ends at once, as if we had
/// heard of both in turn.
async fn given_back(
    context: &Context,
    mut tx: TenantTx,
    mut conversion: Conversion,
    subscription: &Subscription,
) -> Result<Applied, Failure> {
    let now = context.clock.now();
    if conversion.step == ConversionStep::Requested {
        conversion = match paid(&mut tx, conversion, subscription, now).await? {
            Ok(conversion) => conversion,
            Err(unchanged) => return Ok(unchanged),
        };
    }
    let payload = json!({ "subscription_id": subscription.id });
    tx.enqueue(kind::STRIPE_END, &subscription.id, &payload, now)
        .await?;
    if conversion.plan.needs_organization() {
        return taken_back(context, tx, conversion).await;
    }
    refund_individual(&mut tx, subscription, now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}

/// Its name was free for others while it was cancelled; without one the buyer is asked for another.
async fn claim_name_again(tx: &mut TenantTx, conversion: &mut Conversion) -> Result<(), Failure> {
    if let Some(name) = &conversion.wanted_name
        && !tx.claim_organization_name(name, conversion.id).await?
    {
        conversion.wanted_name = None;
        conversion.display_name = None;
    }
    Ok(())
}

pub(super) fn wait(reason: &str) -> Failure {
    Failure::Wait {
        after: None,
        reason: reason.to_owned(),
    }
}

/// Why the payment is not for what was asked; a difference gives no entitlement, a person has to look.
fn mismatch(conversion: &Conversion, subscription: &Subscription) -> Option<&'static str> {
    let Some(item) = subscription.only_item() else {
        return Some("the subscription does not have exactly one item");
    };
    if item.price.lookup_key.as_deref() != Some(conversion.lookup_key.as_str()) {
        return Some("another price was paid than the one asked for");
    }
    if item.quantity != Some(conversion.seats) {
        return Some("another number of seats was paid than the one asked for");
    }
    let listed = catalogue::price(conversion.plan, conversion.interval);
    let is_listed = listed.is_some_and(|price| {
        item.price.unit_amount == Some(i64::from(price.unit_amount_cents))
            && item.price.currency == catalogue::CURRENCY
    });
    if is_listed {
        None
    } else {
        Some("the amount is not the catalogue's")
    }
}

async fn enqueue(
    tx: &mut TenantTx,
    conversion: &Conversion,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let payload = json!({ "conversion_id": conversion.id });
    tx.enqueue(
        kind::CONVERSION,
        &format!("{}:{}", kind::CONVERSION, conversion.id),
        &payload,
        now,
    )
    .await?;
    let payload = json!({ "user_id": conversion.person.user_id });
    Ok(tx
        .enqueue(
            kind::SUBSCRIPTION_CLAIM,
            kind::SUBSCRIPTION_CLAIM,
            &payload,
            now,
        )
        .await?)
}

/// The payment ended before the organization was committed: the saga takes back what it has made.
async fn taken_back(
    context: &Context,
    mut tx: TenantTx,
    mut conversion: Conversion,
) -> Result<Applied, Failure> {
    if conversion.step == ConversionStep::Requested || conversion.step.is_final() {
        return Ok(Applied::Ignored("the conversion is not under way"));
    }
    let now = context.clock.now();
    conversion.step = ConversionStep::Cancelling;
    conversion.updated_at = now;
    if !tx.save_conversion(&conversion).await? {
        return Err(Failure::FenceLost);
    }
    release_individual(&mut tx, conversion.id, now).await?;
    let target = format!("conversion:{}", conversion.id);
    tx.insert_audit_event(&audit::by_system(
        "payment",
        "conversion.cancelling",
        target,
        now,
    ))
    .await?;
    enqueue(&mut tx, &conversion, now).await?;
    tx.commit().await?;
    Ok(Applied::Done)
}
