//! Which of Stripe's objects an event asks to be read again. Nothing else of an event counts.

use serde::{Deserialize, Serialize};

use crate::billing::wire::Event;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", content = "id", rename_all = "snake_case")]
pub enum Hint {
    Subscription(String),
    ExpiredCheckout(String),
    Charge(String),
    Dispute(String),
    Customer(String),
}

const FAMILIES: [&str; 6] = [
    "checkout.session.",
    "customer.subscription.",
    "invoice.",
    "charge.refunded",
    "charge.dispute.",
    "customer.deleted",
];

impl Hint {
    pub fn of(event: &Event) -> Option<Self> {
        let object = &event.data.object;
        let kind = event.kind.as_str();
        if !concerns_us(kind) {
            return None;
        }
        if kind == "checkout.session.expired" {
            object.id_of("checkout.session").map(Self::expired_checkout)
        } else if kind == "customer.deleted" {
            object.id_of("customer").map(Self::customer)
        } else if kind == "charge.refunded" {
            object.id_of("charge").map(Self::charge)
        } else if kind.starts_with("charge.dispute.") {
            object.id_of("dispute").map(Self::dispute)
        } else {
            object.subscription_id().map(Self::subscription)
        }
    }

    /// Of the job that looks at it; there is one at a time.
    pub fn dedup_key(&self) -> String {
        let (Self::Subscription(id)
        | Self::ExpiredCheckout(id)
        | Self::Charge(id)
        | Self::Dispute(id)
        | Self::Customer(id)) = self;
        id.clone()
    }

    fn subscription(id: &str) -> Self {
        Self::Subscription(id.to_owned())
    }

    fn expired_checkout(id: &str) -> Self {
        Self::ExpiredCheckout(id.to_owned())
    }

    fn charge(id: &str) -> Self {
        Self::Charge(id.to_owned())
    }

    fn dispute(id: &str) -> Self {
        Self::Dispute(id.to_owned())
    }

    fn customer(id: &str) -> Self {
        Self::Customer(id.to_owned())
    }
}

/// Whether events of this type are about what we sell.
pub(super) fn concerns_us(kind: &str) -> bool {
    FAMILIES.iter().any(|family| kind.starts_with(family))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hint(kind: &str, object: &serde_json::Value) -> Option<Hint> {
        let event = json!({
            "id": "evt_1", "type": kind, "livemode": false, "created": 1, "data": { "object": object },
        });
        Hint::of(&serde_json::from_value(event).unwrap())
    }

    #[test]
    fn an_event_names_what_to_read_again() {
        let session =
            json!({ "object": "checkout.session", "id": "cs_1", "subscription": "sub_1" });
        let charge = json!({ "object": "charge", "id": "ch_1" });
        let dispute = json!({ "object": "dispute", "id": "du_1", "charge": "ch_1" });
        let customer = json!({ "object": "customer", "id": "cus_1" });
        for (kind, object, expected) in [
            (
                "checkout.session.completed",
                &session,
                Some(Hint::subscription("sub_1")),
            ),
            (
                "checkout.session.expired",
                &session,
                Some(Hint::expired_checkout("cs_1")),
            ),
            ("charge.refunded", &charge, Some(Hint::charge("ch_1"))),
            (
                "charge.dispute.created",
                &dispute,
                Some(Hint::dispute("du_1")),
            ),
            ("charge.dispute.closed", &charge, None),
            ("customer.deleted", &customer, Some(Hint::customer("cus_1"))),
            ("customer.updated", &customer, None),
            ("charge.succeeded", &charge, None),
        ] {
            assert_eq!(hint(kind, object), expected, "{kind}");
        }
    }
}
