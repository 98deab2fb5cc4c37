//! What a merchant may do with an invoice: finalize, pay, void, write off.

use actix_web::{HttpResponse, get, post, web};
use serde_json::{Value, json};

use super::super::account::Account;
use super::super::call::{Ask, Call};
use super::super::cards::Attempt;
use super::super::error::StripeError;
use super::{Invoice, Status};

#[post("/v1/invoices/{id}/finalize")]
pub(crate) async fn finalize(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&["auto_advance"])?;
        if account.invoice(&id)?.status != Status::Draft {
            let message =
                "This invoice is already finalized, you can't re-finalize a non-draft invoice.";
            return Err(StripeError::coded("invoice_not_editable", message, None));
        }
        account.finalize_invoice(&id, &ask.cause)?;
        Ok(account.invoice(&id)?.json())
    })
}

#[post("/v1/invoices/{id}/pay")]
pub(crate) async fn pay(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| pay_invoice(account, ask, &id))
}

fn pay_invoice(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params
        .refuse_unknown(&["off_session", "paid_out_of_band", "payment_method"])?;
    let invoice = account.invoice(id)?.clone();
    match invoice.status {
        Status::Paid => {
            let message = "Invoice is already paid";
            return Err(StripeError::coded("invoice_already_paid", message, None));
        }
        Status::Void => {
            let message = "This invoice can no longer be paid because it is void.";
            return Err(StripeError::invalid(message, None));
        }
        Status::Draft | Status::Open | Status::Uncollectible => {}
    }
    let out_of_band = ask.params.boolean("paid_out_of_band")? == Some(true);
    let attempt = match ask.params.text("payment_method")? {
        _ if out_of_band => Attempt::Paid,
        Some(method) => {
            let method =
                account.method_of(&invoice.customer, method, "payment_method", &ask.cause)?;
            account.attempt_with(&method)
        }
        None => account.attempt_for(&invoice.subscription)?,
    };
    match account.pay_invoice(id, attempt, &ask.cause)? {
        Attempt::Paid => Ok(account.invoice(id)?.json()),
        Attempt::Declined(decline) => {
            Err(StripeError::card(&decline).about(account.intent_of(id)?))
        }
        Attempt::ActionRequired => {
            Err(StripeError::action_required().about(account.intent_of(id)?))
        }
    }
}

#[post("/v1/invoices/{id}/void")]
pub(crate) async fn void(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        only_open(account.invoice(&id)?, "void")?;
        account.void_invoice(&id, &ask.cause)?;
        Ok(account.invoice(&id)?.json())
    })
}

#[post("/v1/invoices/{id}/mark_uncollectible")]
pub(crate) async fn mark_uncollectible(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        only_open(account.invoice(&id)?, "mark as uncollectible")?;
        account.give_up_invoice(&id, &ask.cause)?;
        Ok(account.invoice(&id)?.json())
    })
}

fn only_open(invoice: &Invoice, action: &str) -> Result<(), StripeError> {
    if matches!(invoice.status, Status::Open | Status::Uncollectible) {
        return Ok(());
    }
    let message = format!("You can only {action} an invoice that is open.");
    Err(StripeError::coded("invoice_not_editable", &message, None))
}

#[get("/v1/invoices/{id}/lines")]
pub(crate) async fn lines(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params
            .refuse_unknown(&["ending_before", "limit", "starting_after"])?;
        let mut lines = account.invoice(&id)?.json()["lines"].take();
        lines["url"] = json!(format!("/v1/invoices/{id}/lines"));
        Ok(lines)
    })
}

impl Account {
    /// As [`Self::collect_invoice`], of one that was written off too.
    pub(crate) fn pay_invoice(
        &mut self,
        id: &str,
        attempt: Attempt,
        cause: &super::super::account::Cause,
    ) -> Result<Attempt, StripeError> {
        let invoice = self.invoice_mut(id);
        if invoice.status == Status::Uncollectible {
            invoice.status = Status::Open;
        }
        self.collect_invoice(id, attempt, cause)
    }
}
