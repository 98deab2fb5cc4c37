//! Refunds of a charge, whole or in part.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::{Ask, Call};
use super::error::StripeError;
use super::form::Params;
use super::object_id;
use super::pages;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    id: String,
    charge: String,
    payment_intent: String,
    amount: i64,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
    created: i64,
}

impl Refund {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "refund", "amount": self.amount, "balance_transaction": null,
            "charge": self.charge, "created": self.created, "currency": "usd",
            "destination_details": {
                "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
                "type": "card",
            },
            "metadata": self.metadata, "payment_intent": self.payment_intent, "reason": self.reason,
            "receipt_number": null, "source_transfer_reversal": null, "status": "succeeded",
            "transfer_reversal": null,
        })
    }
}

#[post("/v1/refunds")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_refund)
}

fn create_refund(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    let params = &ask.params;
    params.refuse_unknown(&["amount", "charge", "metadata", "payment_intent", "reason"])?;
    let charge = charge(account, params)?;
    let reason = params.text("reason")?;
    if reason.is_some_and(|reason| {
        !["duplicate", "fraudulent", "requested_by_customer"].contains(&reason)
    }) {
        let message =
            "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer";
        return Err(StripeError::invalid(message, Some("reason")));
    }
    let amount = params.integer("amount")?;
    let refund = Refund {
        id: object_id::random("re_3", 23),
        payment_intent: account.charge(&charge)?.payment_intent.clone(),
        amount: refundable(account, &charge, amount)?,
        charge,
        reason: reason.map(str::to_owned),
        metadata: params.metadata("metadata")?,
        created: ask.cause.now,
    };
    Ok(account.insert_refund(refund, &ask.cause))
}

fn charge(account: &Account, params: &Params) -> Result<String, StripeError> {
    match (params.text("charge")?, params.text("payment_intent")?) {
        (Some(id), _) => match account.charges.get(id) {
            Some(_) => Ok(id.to_owned()),
            None => Err(StripeError::no_such_in("charge", "charge", id)),
        },
        (None, Some(intent)) => match account.charge_of_intent(intent) {
            Some(charge) => Ok(charge.id.clone()),
            None if account.payment_intent(intent).is_some() => {
                let message = format!(
                    "This PaymentIntent ({intent}) does not have a successful charge to refund."
                );
                Err(StripeError::invalid(&message, Some("payment_intent")))
            }
            None => {
                let param = "payment_intent";
                Err(StripeError::no_such_in(param, "payment_intent", intent))
            }
        },
        (None, None) => Err(StripeError::missing_parameter("charge")),
    }
}

/// The rest of the charge where no amount is named; never more than the rest.
fn refundable(account: &Account, charge: &str, asked: Option<i64>) -> Result<i64, StripeError> {
    let charge = account.charge(charge)?;
    if !charge.succeeded() {
        let message = format!("Charge {} failed and cannot be refunded.", charge.id);
        return Err(StripeError::invalid(&message, None));
    }
    if charge.disputed {
        let message = format!(
            "Charge {} has been charged back; cannot issue a refund.",
            charge.id
        );
        return Err(StripeError::coded("charge_disputed", &message, None));
    }
    let rest = charge.amount - charge.refunded;
    if rest == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return Err(StripeError::coded(
            "charge_already_refunded",
            &message,
            None,
        ));
    }
    let amount = asked.unwrap_or(rest);
    if amount < 1 {
        return Err(StripeError::invalid_integer(&amount.to_string(), "amount"));
    }
    if amount > rest {
        let dollars = |cents: i64| format!("${}.{:02}", cents / 100, cents % 100);
        let message = format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            dollars(amount),
            dollars(rest)
        );
        return Err(StripeError::invalid(&message, Some("amount")));
    }
    Ok(amount)
}

impl Account {
    fn insert_refund(&mut self, refund: Refund, cause: &Cause) -> Value {
        let object = refund.json();
        let mut charge = self
            .charges
            .get(&refund.charge)
            .expect("it was found before")
            .clone();
        let before = charge.json(self);
        charge.refunded += refund.amount;
        let after = charge.json(self);
        self.charges.insert(&refund.charge, charge);
        self.refunds.insert(&refund.id.clone(), refund);
        self.emit("refund.created", object.clone(), None, cause);
        self.emit_if_changed("charge.refunded", &before, &after, cause);
        object
    }
}

#[get("/v1/refunds/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        let refund = account.refunds.get(&id);
        Ok(refund
            .ok_or_else(|| StripeError::no_such("refund", &id))?
            .json())
    })
}

#[get("/v1/refunds")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "charge",
            "created",
            "ending_before",
            "limit",
            "payment_intent",
            "starting_after",
        ])?;
        let (charge, intent) = (
            ask.params.text("charge")?,
            ask.params.text("payment_intent")?,
        );
        let created = pages::created_filter(ask)?;
        let matching = account.refunds.newest_first().filter(|(_, refund)| {
            created(refund.created)
                && charge.is_none_or(|charge| charge == refund.charge)
                && intent.is_none_or(|intent| intent == refund.payment_intent)
        });
        pages::list(matching, ask, "/v1/refunds", Refund::json)
    })
}
