//! Disputes: a card's owner takes a payment back through their bank. Opened and closed by `/stripe/sandbox`.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

const EVIDENCE_FOR: i64 = 7 * 24 * 3600;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    NeedsResponse,
    Won,
    Lost,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Dispute {
    id: String,
    charge: String,
    payment_intent: String,
    amount: i64,
    reason: String,
    status: Status,
    created: i64,
}

impl Dispute {
    pub(crate) fn json(&self) -> Value {
        let open = self.status == Status::NeedsResponse;
        json!({
            "id": self.id, "object": "dispute", "amount": self.amount, "balance_transactions": [],
            "charge": self.charge, "created": self.created, "currency": "usd", "enhanced_eligibility_types": [],
            "evidence": {},
            "evidence_details": {
                "due_by": open.then_some(self.created + EVIDENCE_FOR), "enhanced_eligibility": {},
                "has_evidence": false, "past_due": false, "submission_count": 0,
            },
            "is_charge_refundable": false, "livemode": false, "metadata": {},
            "payment_intent": self.payment_intent,
            "payment_method_details": {
                "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": null}, "type": "card",
            },
            "reason": self.reason, "status": self.status,
        })
    }
}

impl Account {
    /// The charge is taken back until the dispute is decided.
    pub(crate) fn open_dispute(
        &mut self,
        charge: &str,
        reason: &str,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        let mut disputed = self.charge(charge)?.clone();
        if disputed.disputed || !disputed.succeeded() {
            let message = "Only a charge that succeeded can be disputed, and only once.";
            return Err(StripeError::invalid(message, None));
        }
        disputed.disputed = true;
        let dispute = Dispute {
            id: object_id::random("du_1", 23),
            charge: disputed.id.clone(),
            payment_intent: disputed.payment_intent.clone(),
            amount: disputed.amount,
            reason: reason.to_owned(),
            status: Status::NeedsResponse,
            created: cause.now,
        };
        self.charges.insert(charge, disputed);
        let object = dispute.json();
        self.disputes.insert(&dispute.id.clone(), dispute);
        self.emit("charge.dispute.created", object.clone(), None, cause);
        self.emit(
            "charge.dispute.funds_withdrawn",
            object.clone(),
            None,
            cause,
        );
        Ok(object)
    }

    pub(crate) fn close_dispute(
        &mut self,
        id: &str,
        won: bool,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        let dispute = self
            .disputes
            .get_mut(id)
            .ok_or_else(|| StripeError::no_such("dispute", id))?;
        if dispute.status != Status::NeedsResponse {
            return Err(StripeError::invalid(
                "This dispute is already closed.",
                None,
            ));
        }
        dispute.status = if won { Status::Won } else { Status::Lost };
        let object = dispute.json();
        self.emit("charge.dispute.closed", object.clone(), None, cause);
        if won {
            let kind = "charge.dispute.funds_reinstated";
            self.emit(kind, object.clone(), None, cause);
        }
        Ok(object)
    }
}

#[get("/v1/disputes/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        let dispute = account.disputes.get(&id);
        Ok(dispute
            .ok_or_else(|| StripeError::no_such("dispute", &id))?
            .json())
    })
}

#[get("/v1/disputes")]
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
        let charge = ask.params.text("charge")?;
        let intent = ask.params.text("payment_intent")?;
        let created = pages::created_filter(ask)?;
        let matching = account.disputes.newest_first().filter(|(_, dispute)| {
            created(dispute.created)
                && charge.is_none_or(|charge| charge == dispute.charge)
                && intent.is_none_or(|intent| intent == dispute.payment_intent)
        });
        pages::list(matching, ask, "/v1/disputes", Dispute::json)
    })
}
