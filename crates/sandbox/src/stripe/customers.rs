//! Customers.

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

const PARAMETERS: [&str; 11] = [
    "address",
    "description",
    "email",
    "invoice_settings",
    "metadata",
    "name",
    "payment_method",
    "phone",
    "preferred_locales",
    "tax_exempt",
    "test_clock",
];

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    name: Option<String>,
    description: Option<String>,
    phone: Option<String>,
    metadata: BTreeMap<String, String>,
    /// An invoice of theirs is open after a failed payment.
    pub(crate) delinquent: bool,
    created: i64,
}

impl Customer {
    pub(crate) fn with_email(email: Option<String>) -> Self {
        Self {
            email,
            ..Self::default()
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "customer", "address": null, "balance": 0, "created": self.created,
            "currency": "usd", "customer_account": null, "default_source": null, "delinquent": self.delinquent,
            "description": self.description, "discount": null, "email": self.email,
            "invoice_prefix": self.id[4..12].to_uppercase(),
            "invoice_settings": {
                "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null,
            },
            "livemode": false, "metadata": self.metadata, "name": self.name, "next_invoice_sequence": 1,
            "phone": self.phone, "preferred_locales": [], "shipping": null, "tax_exempt": "none",
            "test_clock": null,
        })
    }

    fn change(&mut self, params: &Params) -> Result<(), StripeError> {
        for (field, name) in [
            (&mut self.email, "email"),
            (&mut self.name, "name"),
            (&mut self.description, "description"),
            (&mut self.phone, "phone"),
        ] {
            // An empty value removes, as everywhere at Stripe.
            if let Some(text) = params.text(name)? {
                *field = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
        }
        if self
            .email
            .as_ref()
            .is_some_and(|email| !email.contains('@') || email.len() > 512)
        {
            return Err(StripeError::invalid("Invalid email address", Some("email")));
        }
        merge_metadata(&mut self.metadata, params)
    }
}

/// Stripe merges metadata key by key; an empty value removes the key.
pub(crate) fn merge_metadata(
    metadata: &mut BTreeMap<String, String>,
    params: &Params,
) -> Result<(), StripeError> {
    for (key, value) in params.metadata("metadata")? {
        if value.is_empty() {
            metadata.remove(&key);
        } else {
            metadata.insert(key, value);
        }
    }
    Ok(())
}

impl Account {
    pub(crate) fn insert_customer(&mut self, mut customer: Customer, cause: &Cause) -> Value {
        customer.id = object_id::random("cus_", 14);
        customer.created = cause.now;
        let object = customer.json();
        self.customers.insert(&customer.id.clone(), customer);
        self.emit("customer.created", object.clone(), None, cause);
        object
    }

    pub(crate) fn customer(&self, id: &str) -> Result<&Customer, StripeError> {
        self.customers
            .get(id)
            .ok_or_else(|| StripeError::no_such("customer", id))
    }
}

#[post("/v1/customers")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&PARAMETERS)?;
        let mut customer = Customer::default();
        customer.change(&ask.params)?;
        Ok(account.insert_customer(customer, &ask.cause))
    })
}

#[get("/v1/customers/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.customer(&id)?.json())
    })
}

#[post("/v1/customers/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| change_customer(account, ask, &id))
}

fn change_customer(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&PARAMETERS)?;
    let mut customer = account.customer(id)?.clone();
    let before = customer.json();
    customer.change(&ask.params)?;
    let after = customer.json();
    account.customers.insert(id, customer);
    account.emit_if_changed("customer.updated", &before, &after, &ask.cause);
    Ok(after)
}

#[get("/v1/customers")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "created",
            "email",
            "ending_before",
            "limit",
            "starting_after",
            "test_clock",
        ])?;
        let email = ask.params.text("email")?;
        let created = pages::created_filter(ask)?;
        let matching = account.customers.newest_first().filter(|(_, customer)| {
            created(customer.created)
                && email.is_none_or(|email| customer.email.as_deref() == Some(email))
        });
        pages::list(matching, ask, "/v1/customers", Customer::json)
    })
}
