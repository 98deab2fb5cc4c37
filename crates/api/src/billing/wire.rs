//! Stripe's objects, only the fields that we use. Unknown fields are ignored on purpose.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    pub id: String,
    #[serde(default)]
    pub deleted: bool,
}

/// <https://docs.stripe.com/api/charges/object>
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    pub id: String,
    pub customer: Option<String>,
    pub livemode: bool,
    /// Smallest currency unit (cents).
    pub amount: i64,
    pub amount_refunded: i64,
    /// Whether the money came.
    pub paid: bool,
    /// Whether its owner's bank has asked for it back, whatever came of that.
    #[serde(default)]
    pub disputed: bool,
    /// Unix seconds.
    pub created: i64,
}

/// <https://docs.stripe.com/api/disputes/object>
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub charge: String,
    pub livemode: bool,
    /// Smallest currency unit (cents); may be a part of the charge.
    pub amount: i64,
    pub status: DisputeStatus,
    /// Unix seconds.
    pub created: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    Won,
    Lost,
    /// An inquiry that never became a dispute.
    WarningClosed,
    /// It is under way.
    #[serde(other)]
    Open,
}

/// <https://docs.stripe.com/api/customer_portal/sessions/object>
#[derive(Debug, Clone, Deserialize)]
pub struct PortalSession {
    pub url: String,
}

/// What the portal offers: <https://docs.stripe.com/api/customer_portal/configurations/object>
#[derive(Debug, Clone, Deserialize)]
pub struct PortalConfiguration {
    pub id: String,
    pub is_default: bool,
}

/// Of the active configurations, the newest first, the one that sessions are made with and `tenantry billing` keeps: the
/// account's default, else the newest. Stripe's API cannot make a default.
pub fn kept_portal<P>(
    mut active: impl Iterator<Item = P> + Clone,
    is_default: impl Fn(&P) -> bool,
) -> Option<P> {
    let default = active.clone().find(is_default);
    default.or_else(|| active.next())
}

/// An invoice that nobody has made.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoicePreview {
    /// Smallest currency unit (cents); negative is credit for later invoices.
    pub total: i64,
    /// What would be charged.
    pub amount_due: i64,
    pub currency: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Price {
    pub id: String,
    pub lookup_key: Option<String>,
    /// Smallest currency unit (cents).
    pub unit_amount: Option<i64>,
    pub currency: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct CheckoutSession {
    pub id: String,
    /// The hosted page; absent once the session is complete or expired.
    pub url: Option<String>,
    pub subscription: Option<String>,
    pub status: Option<CheckoutStatus>,
}

/// <https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-status>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutStatus {
    Open,
    Complete,
    Expired,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Subscription {
    pub id: String,
    pub customer: String,
    pub status: SubscriptionStatus,
    pub livemode: bool,
    #[serde(default)]
    pub cancel_at_period_end: bool,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    pub items: List<SubscriptionItem>,
    /// Here until API version 2025-03-31, on the item since.
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
    start_date: Option<i64>,
    trial_end: Option<i64>,
    latest_invoice: Option<LatestInvoice>,
}

/// An object only where it was asked for with `expand[]`, else its id.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum LatestInvoice {
    Expanded { status: Option<InvoiceStatus> },
    Id(serde::de::IgnoredAny),
}

/// <https://docs.stripe.com/api/invoices/object#invoice_object-status>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InvoiceStatus {
    Paid,
    /// Draft, open, void, uncollectible: no money came.
    #[serde(other)]
    Unpaid,
}

/// <https://docs.stripe.com/api/subscriptions/object#subscription_object-status>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Canceled,
    Unpaid,
    Paused,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
pub struct SubscriptionItem {
    pub id: String,
    pub price: Price,
    pub quantity: Option<u32>,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// The body of a webhook and an item of `GET /v1/events`: a hint that something changed, never the truth about it.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub livemode: bool,
    /// Unix seconds.
    pub created: i64,
    pub api_version: Option<String>,
    /// The connected account, absent for our own.
    pub account: Option<String>,
    pub data: EventData,
}

#[derive(Debug, Clone, Deserialize)]
pub struct EventData {
    pub object: EventObject,
}

/// As much of the object as is needed to know which subscription to read again.
#[derive(Debug, Clone, Deserialize)]
pub struct EventObject {
    id: Option<String>,
    object: String,
    subscription: Option<String>,
    parent: Option<InvoiceParent>,
}

#[derive(Debug, Clone, Deserialize)]
struct InvoiceParent {
    subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Clone, Deserialize)]
struct SubscriptionDetails {
    subscription: Option<String>,
}

impl EventObject {
    /// The id, if it is an object of this kind.
    pub fn id_of(&self, kind: &str) -> Option<&str> {
        self.id.as_deref().filter(|_| self.object == kind)
    }

    pub fn checkout_session_id(&self) -> Option<&str> {
        self.id_of("checkout.session")
    }

    /// The subscription that this object is or belongs to. An invoice names it at the top until API version
    /// 2025-03-31 and under `parent` since.
    pub fn subscription_id(&self) -> Option<&str> {
        match self.object.as_str() {
            "subscription" => self.id.as_deref(),
            "checkout.session" => self.subscription.as_deref(),
            "invoice" => self.subscription.as_deref().or_else(|| {
                self.parent
                    .as_ref()?
                    .subscription_details
                    .as_ref()?
                    .subscription
                    .as_deref()
            }),
            _ => None,
        }
    }
}

impl Subscription {
    /// It ended, and nothing brings it back.
    pub fn is_over(&self) -> bool {
        matches!(
            self.status,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired
        )
    }

    /// Whether the period that runs is one that Stripe charges nothing for, or was when it ended.
    pub fn is_in_trial(&self) -> bool {
        let ended_in_one =
            self.is_over() && self.trial_end.is_some() && self.trial_end == self.period_end();
        self.status == SubscriptionStatus::Trialing || ended_in_one
    }

    /// Until when it is paid; None when nothing of it was ever paid.
    ///
    /// A new period begins about an hour before it is charged, and the status stays `active` meanwhile and while the
    /// charge is tried: only a paid invoice reaches to the period's end
    /// (<https://docs.stripe.com/billing/invoices/subscription>).
    pub fn paid_until(&self) -> Option<DateTime<Utc>> {
        let start = self.period_start().map(|start| start.timestamp());
        let seconds = if self.latest_invoice_is_paid() {
            self.period_end()?
        } else {
            start.filter(|start| Some(*start) > self.start_date)?
        };
        DateTime::from_timestamp(seconds, 0)
    }

    /// Whether time that is paid for is left: its end at Stripe takes none of it back.
    pub fn is_paid_beyond(&self, now: DateTime<Utc>) -> bool {
        self.latest_invoice_is_paid() && self.paid_until().is_some_and(|end| end > now)
    }

    /// Only of a subscription that was read by its id.
    pub fn latest_invoice_is_paid(&self) -> bool {
        matches!(
            self.latest_invoice,
            Some(LatestInvoice::Expanded {
                status: Some(InvoiceStatus::Paid)
            })
        )
    }

    fn period_end(&self) -> Option<i64> {
        let item = self.items.data.first();
        item.and_then(|item| item.current_period_end)
            .or(self.current_period_end)
    }

    /// When the period began that runs.
    pub fn period_start(&self) -> Option<DateTime<Utc>> {
        let item = self.items.data.first();
        let start = item
            .and_then(|item| item.current_period_start)
            .or(self.current_period_start);
        DateTime::from_timestamp(start?, 0)
    }

    /// Our subscriptions have exactly one item; anything else was made by hand and is not understood.
    pub fn only_item(&self) -> Option<&SubscriptionItem> {
        match self.items.data.as_slice() {
            [item] => Some(item),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const START: i64 = 1_800_000_000;
    const END: i64 = 1_802_592_000;

    fn subscription(started: i64, latest_invoice: &Value) -> Subscription {
        let price =
            json!({ "id": "price_1", "lookup_key": null, "unit_amount": 2900, "currency": "usd" });
        let item = json!({
            "id": "si_1", "price": price, "quantity": 1, "current_period_start": START, "current_period_end": END,
        });
        let subscription = json!({
            "id": "sub_1", "customer": "cus_1", "status": "active", "livemode": false, "start_date": started,
            "items": { "data": [item] }, "latest_invoice": latest_invoice,
        });
        serde_json::from_value(subscription).unwrap()
    }

    fn paid_until(started: i64, latest_invoice: &Value) -> Option<i64> {
        let paid_until = subscription(started, latest_invoice).paid_until()?;
        Some(paid_until.timestamp())
    }

    #[test]
    fn a_period_is_paid_to_its_end_only_by_a_paid_invoice() {
        let before = START - 1;
        assert_eq!(paid_until(before, &json!({ "status": "paid" })), Some(END));
        for unpaid in ["draft", "open", "uncollectible", "void", "of tomorrow"] {
            let invoice = json!({ "status": unpaid });
            assert_eq!(paid_until(before, &invoice), Some(START), "{unpaid}");
        }
        assert_eq!(paid_until(before, &json!("in_1")), Some(START));
        assert_eq!(paid_until(before, &Value::Null), Some(START));
    }

    #[test]
    fn nothing_is_paid_of_a_first_period_without_a_paid_invoice() {
        assert_eq!(paid_until(START, &json!({ "status": "open" })), None);
        assert_eq!(paid_until(START, &json!({ "status": "paid" })), Some(END));
    }
}
