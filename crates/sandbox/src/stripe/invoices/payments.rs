//! `invoice_payment`: the link between an invoice and its payment intent, which Stripe no longer puts on the invoice.

use actix_web::{HttpResponse, get, web};
use serde_json::{Value, json};

use super::super::account::Account;
use super::super::call::Call;
use super::super::error::StripeError;
use super::super::pages;
use super::Invoice;

impl Account {
    /// `payments` of an invoice, which only an expansion shows.
    pub(crate) fn payments_of(&self, invoice: &str) -> Value {
        let payment = self.invoices.get(invoice).and_then(Invoice::payment_json);
        let url = format!("/v1/invoice_payments?invoice={invoice}");
        json!({
            "object": "list", "data": payment.into_iter().collect::<Vec<_>>(), "has_more": false, "url": url,
        })
    }
}

#[get("/v1/invoice_payments")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "created",
            "ending_before",
            "invoice",
            "limit",
            "payment",
            "starting_after",
            "status",
        ])?;
        let invoice = ask.params.text("invoice")?;
        let payment = ask.params.tree("payment")?;
        let intent = match payment {
            Some(payment) => payment.text("payment_intent")?,
            None => None,
        };
        let status = ask.params.text("status")?;
        let matching = account
            .invoices
            .newest_first()
            .filter_map(|(_, found)| Some((found.payment.as_str(), (found, found.payment_json()?))))
            .filter(|(_, (found, json))| {
                invoice.is_none_or(|id| id == found.id)
                    && intent.is_none_or(|id| found.payment_intent.as_deref() == Some(id))
                    && status.is_none_or(|status| json["status"] == status)
            });
        let matching: Vec<(&str, (&Invoice, Value))> = matching.collect();
        let borrowed = matching.iter().map(|(id, (_, json))| (*id, json));
        pages::list(borrowed, ask, "/v1/invoice_payments", Value::clone)
    })
}

#[get("/v1/invoice_payments/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        account
            .invoices
            .newest_first()
            .find(|(_, invoice)| invoice.payment == *id)
            .and_then(|(_, invoice)| invoice.payment_json())
            .ok_or_else(|| StripeError::no_such("invoice_payment", &id))
    })
}
