//! What Stripe says of a subscription, in our own terms.

use domain::subscription::Terms;
use domain::{PaidTerm, catalogue};

use super::Applied;
use crate::billing::wire::Subscription;

/// What its only item is sold as, as far as that is a price of ours with the catalogue's amount.
pub(super) fn terms(subscription: &Subscription) -> Result<Terms, Applied> {
    let item = subscription.only_item().ok_or(Applied::Quarantined(
        "the subscription does not have exactly one item",
    ))?;
    let sold = item
        .price
        .lookup_key
        .as_deref()
        .and_then(catalogue::sold_as);
    let (plan, interval) = sold.ok_or(Applied::Quarantined("the price is not one of ours"))?;
    let listed = catalogue::price(plan, interval);
    let is_listed = listed.is_some_and(|price| {
        item.price.unit_amount == Some(i64::from(price.unit_amount_cents))
            && item.price.currency == catalogue::CURRENCY
    });
    if !is_listed {
        return Err(Applied::Quarantined("the amount is not the catalogue's"));
    }
    let seats = item
        .quantity
        .ok_or(Applied::Quarantined("the subscription has no quantity"))?;
    Ok(Terms {
        plan,
        interval,
        seats,
    })
}

/// The look-up key, where it is one of ours.
pub(super) fn price(subscription: &Subscription) -> Option<String> {
    let key = subscription.only_item()?.price.lookup_key.as_deref()?;
    catalogue::sold_as(key).map(|_| key.to_owned())
}

/// # Errors
/// Nothing of it was ever paid.
pub(super) fn paid_term(terms: Terms, subscription: &Subscription) -> Result<PaidTerm, Applied> {
    let paid_until = subscription
        .paid_until()
        .ok_or(Applied::Ignored("nothing of it is paid"))?;
    Ok(PaidTerm {
        interval: terms.interval,
        seats: terms.seats,
        paid_until,
    })
}
