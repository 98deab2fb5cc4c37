//! A customer's credit balance: what an invoice below zero leaves, and what later invoices use up
//! (<https://docs.stripe.com/billing/customer/balance>).

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Adjustment,
    AppliedToInvoice,
    UnappliedFromInvoice,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BalanceTransaction {
    id: String,
    customer: String,
    kind: Kind,
    /// Cents; negative is credit.
    amount: i64,
    ending_balance: i64,
    invoice: Option<String>,
    description: Option<String>,
    metadata: BTreeMap<String, String>,
    created: i64,
}

impl BalanceTransaction {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "customer_balance_transaction", "amount": self.amount,
            "checkout_session": null, "created": self.created, "credit_note": null, "currency": "usd",
            "customer": self.customer, "customer_account": null, "description": self.description,
            "ending_balance": self.ending_balance, "invoice": self.invoice, "livemode": false,
            "metadata": self.metadata, "type": self.kind,
        })
    }
}

/// One movement of a balance.
pub(crate) struct Movement<'a> {
    pub(crate) kind: Kind,
    pub(crate) amount: i64,
    pub(crate) invoice: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Account {
    /// Moves the balance and keeps the movement; nothing for an amount of nothing.
    pub(crate) fn move_balance(
        &mut self,
        customer: &str,
        movement: Movement<'_>,
        cause: &Cause,
    ) -> Result<Value, StripeError> {
        if movement.amount == 0 {
            return Ok(Value::Null);
        }
        self.change_customer(customer, cause, |customer| {
            customer.balance += movement.amount;
        })?;
        let transaction = BalanceTransaction {
            id: object_id::random("cbtxn_1", 23),
            customer: customer.to_owned(),
            kind: movement.kind,
            amount: movement.amount,
            ending_balance: self.customer(customer)?.balance,
            invoice: movement.invoice.map(str::to_owned),
            description: movement.description.map(str::to_owned),
            metadata: movement.metadata,
            created: cause.now,
        };
        let object = transaction.json();
        self.balance_transactions
            .insert(&transaction.id.clone(), transaction);
        Ok(object)
    }
}

#[post("/v1/customers/{id}/balance_transactions")]
pub(crate) async fn create(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params
            .refuse_unknown(&["amount", "currency", "description", "metadata"])?;
        let missing = || StripeError::missing_parameter("amount");
        let amount = ask.params.integer("amount")?.ok_or_else(missing)?;
        if ask.params.required("currency")? != "usd" {
            let message = "The customer's currency is usd.";
            return Err(StripeError::invalid(message, Some("currency")));
        }
        if amount == 0 {
            return Err(StripeError::invalid_integer("0", "amount"));
        }
        let movement = Movement {
            kind: Kind::Adjustment,
            amount,
            invoice: None,
            description: ask.params.text("description")?,
            metadata: ask.params.metadata("metadata")?,
        };
        account.move_balance(&id, movement, &ask.cause)
    })
}

#[get("/v1/customers/{id}/balance_transactions")]
pub(crate) async fn list(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params
            .refuse_unknown(&["ending_before", "limit", "starting_after"])?;
        account.customer(&id)?;
        let matching = account
            .balance_transactions
            .newest_first()
            .filter(|(_, transaction)| transaction.customer == *id);
        let url = format!("/v1/customers/{id}/balance_transactions");
        pages::list(matching, ask, &url, BalanceTransaction::json)
    })
}
