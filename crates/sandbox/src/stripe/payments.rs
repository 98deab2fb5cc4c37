//! Charges, and the payment intents that they belong to.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::cards::Decline;
use super::error::StripeError;
use super::invoices::{Invoice, Status};
use super::object_id;
use super::pages;

/// The members that are the same in every charge of ours.
const CHARGE: &str = r#"{
    "object": "charge", "application": null, "application_fee": null, "application_fee_amount": null,
    "balance_transaction": null,
    "billing_details": {"address": null, "email": null, "name": null, "phone": null, "tax_id": null},
    "calculated_statement_descriptor": "TENANTRY", "currency": "usd", "description": "Subscription update",
    "failure_balance_transaction": null, "fraud_details": {}, "livemode": false, "metadata": {},
    "on_behalf_of": null, "receipt_email": null, "receipt_number": null, "receipt_url": null, "review": null,
    "shipping": null, "source": null, "source_transfer": null, "statement_descriptor": null,
    "statement_descriptor_suffix": null, "transfer_data": null, "transfer_group": null
}"#;

/// And in every payment intent.
const INTENT: &str = r#"{
    "object": "payment_intent", "amount_capturable": 0, "amount_details": {"tip": {}}, "application": null,
    "application_fee_amount": null, "automatic_payment_methods": null, "canceled_at": null,
    "cancellation_reason": null, "capture_method": "automatic", "confirmation_method": "automatic",
    "currency": "usd", "description": null, "livemode": false, "metadata": {}, "on_behalf_of": null,
    "payment_method_options": {}, "payment_method_types": ["card"], "processing": null, "receipt_email": null,
    "review": null, "setup_future_usage": "off_session", "shipping": null, "source": null,
    "statement_descriptor": null, "statement_descriptor_suffix": null, "transfer_data": null,
    "transfer_group": null
}"#;

fn with_members(constant: &str, members: Value) -> Value {
    let mut object: Value = serde_json::from_str(constant).expect("it is JSON");
    if let (Value::Object(object), Value::Object(members)) = (&mut object, members) {
        object.extend(members);
    }
    object
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) payment_intent: String,
    pub(crate) invoice: String,
    pub(crate) amount: i64,
    pub(crate) refunded: i64,
    pub(crate) disputed: bool,
    payment_method: Option<String>,
    /// Code, decline code and message of a charge that failed.
    failure: Option<(String, String, String)>,
    created: i64,
}

pub(crate) struct NewCharge {
    pub(crate) customer: String,
    pub(crate) payment_intent: String,
    pub(crate) invoice: String,
    pub(crate) amount: i64,
    pub(crate) payment_method: Option<String>,
}

impl Charge {
    pub(crate) fn succeeded(&self) -> bool {
        self.failure.is_none()
    }

    pub(crate) fn json(&self, account: &Account) -> Value {
        let succeeded = self.succeeded();
        let card = self
            .payment_method
            .as_ref()
            .and_then(|id| account.payment_methods.get(id))
            .map(|method| method.card_json());
        let outcome = match &self.failure {
            None => {
                json!({"network_status": "approved_by_network", "reason": null, "type": "authorized"})
            }
            Some((_, reason, _)) => {
                json!({"network_status": "declined_by_network", "reason": reason, "type": "issuer_declined"})
            }
        };
        let members = json!({
            "id": self.id, "amount": self.amount, "amount_captured": if succeeded { self.amount } else { 0 },
            "amount_refunded": self.refunded, "captured": succeeded, "created": self.created,
            "customer": self.customer, "disputed": self.disputed,
            "failure_code": self.failure.as_ref().map(|(code, ..)| code),
            "failure_message": self.failure.as_ref().map(|(.., message)| message),
            "outcome": outcome, "paid": succeeded,
            "payment_intent": self.payment_intent, "payment_method": self.payment_method,
            "payment_method_details": {"card": card, "type": "card"},
            "refunded": self.refunded == self.amount && succeeded,
            "status": if succeeded { "succeeded" } else { "failed" },
        });
        with_members(CHARGE, members)
    }
}

impl Account {
    pub(crate) fn insert_charge(
        &mut self,
        new: NewCharge,
        decline: Option<Decline>,
        cause: &Cause,
    ) {
        let charge = Charge {
            id: object_id::random("ch_3", 23),
            customer: new.customer,
            payment_intent: new.payment_intent,
            invoice: new.invoice,
            amount: new.amount,
            refunded: 0,
            disputed: false,
            payment_method: new.payment_method,
            failure: decline.map(|decline| {
                let text = str::to_owned;
                (
                    text(decline.code),
                    text(decline.decline_code),
                    text(decline.message),
                )
            }),
            created: cause.now,
        };
        let object = charge.json(self);
        let kind = match decline {
            None => "charge.succeeded",
            Some(_) => "charge.failed",
        };
        self.charges.insert(&charge.id.clone(), charge);
        self.emit(kind, object, None, cause);
    }

    pub(crate) fn charge(&self, id: &str) -> Result<&Charge, StripeError> {
        self.charges
            .get(id)
            .ok_or_else(|| StripeError::no_such("charge", id))
    }

    /// The charge with which an intent was paid.
    pub(crate) fn charge_of_intent(&self, intent: &str) -> Option<&Charge> {
        self.charges
            .newest_first()
            .map(|(_, charge)| charge)
            .find(|charge| charge.payment_intent == intent && charge.succeeded())
    }

    /// The payment intent of an invoice, or null where nothing was to be charged.
    pub(crate) fn intent_of(&self, invoice: &str) -> Result<Value, StripeError> {
        let invoice = self.invoice(invoice)?;
        Ok(match &invoice.payment_intent {
            Some(intent) => self.intent_json(intent, invoice),
            None => Value::Null,
        })
    }

    fn intent_json(&self, id: &str, invoice: &Invoice) -> Value {
        let latest = self
            .charges
            .newest_first()
            .map(|(_, charge)| charge)
            .find(|charge| charge.payment_intent == id);
        let status = match invoice.status {
            Status::Paid => "succeeded",
            Status::Void => "canceled",
            _ if invoice.needs_action => "requires_action",
            Status::Draft | Status::Open | Status::Uncollectible => "requires_payment_method",
        };
        let error = latest.and_then(|charge| charge.failure.as_ref()).map(
            |(code, decline_code, message)| {
                json!({"type": "card_error", "code": code, "decline_code": decline_code, "message": message})
            },
        );
        let action = invoice.needs_action.then(|| {
            json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}})
        });
        let received = if status == "succeeded" {
            invoice.due()
        } else {
            0
        };
        let members = json!({
            "id": id, "amount": invoice.due(), "amount_received": received,
            "client_secret": format!("{id}_secret_sandbox"), "created": invoice.created,
            "customer": invoice.customer, "last_payment_error": error.filter(|_| status != "succeeded"),
            "latest_charge": latest.map(|charge| &charge.id), "next_action": action,
            "payment_method": self.method_for(&invoice.subscription), "status": status,
        });
        with_members(INTENT, members)
    }

    pub(crate) fn payment_intent(&self, id: &str) -> Option<Value> {
        let of_it = |invoice: &&Invoice| invoice.payment_intent.as_deref() == Some(id);
        let invoice = self.invoices.newest_first().map(|(_, found)| found);
        let invoice = invoice.into_iter().find(of_it)?;
        Some(self.intent_json(id, invoice))
    }
}

#[get("/v1/payment_intents/{id}")]
pub(crate) async fn show_intent(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        account
            .payment_intent(&id)
            .ok_or_else(|| StripeError::no_such("payment_intent", &id))
    })
}

#[get("/v1/charges/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.charge(&id)?.json(account))
    })
}

#[get("/v1/charges")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "created",
            "customer",
            "ending_before",
            "limit",
            "payment_intent",
            "starting_after",
        ])?;
        let (customer, intent) = (
            ask.params.text("customer")?,
            ask.params.text("payment_intent")?,
        );
        let created = pages::created_filter(ask)?;
        let matching = account.charges.newest_first().filter(|(_, charge)| {
            created(charge.created)
                && customer.is_none_or(|customer| customer == charge.customer)
                && intent.is_none_or(|intent| intent == charge.payment_intent)
        });
        pages::list(matching, ask, "/v1/charges", |charge| charge.json(account))
    })
}
