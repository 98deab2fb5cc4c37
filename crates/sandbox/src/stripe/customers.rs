//! Customers.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::{Ask, Call};
use super::error::StripeError;
use super::form::Params;
use super::object_id;
use super::pages;

const PARAMETERS: [&str; 12] = [
    "address",
    "description",
    "email",
    "invoice_settings",
    "metadata",
    "name",
    "payment_method",
    "phone",
    "preferred_locales",
    "shipping",
    "tax_exempt",
    "test_clock",
];

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    name: Option<String>,
    description: Option<String>,
    phone: Option<String>,
    metadata: BTreeMap<String, String>,
    /// An invoice of theirs is open after a failed payment.
    pub(crate) delinquent: bool,
    /// Cents; negative is credit, which the next invoice uses up.
    pub(crate) balance: i64,
    /// `invoice_settings.default_payment_method`.
    pub(crate) default_method: Option<String>,
    /// Invoices so far; the number of the next one counts on.
    pub(crate) invoices: u32,
    pub(crate) deleted: bool,
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
        if self.deleted {
            return json!({"id": self.id, "object": "customer", "deleted": true});
        }
        self.full_json()
    }

    pub(crate) fn invoice_prefix(&self) -> String {
        self.id[4..12].to_uppercase()
    }

    fn full_json(&self) -> Value {
        json!({
            "id": self.id, "object": "customer", "address": null, "balance": self.balance, "created": self.created,
            "currency": "usd", "customer_account": null, "default_source": null, "delinquent": self.delinquent,
            "description": self.description, "discount": null, "email": self.email,
            "invoice_prefix": self.invoice_prefix(),
            "invoice_settings": {
                "custom_fields": null, "default_payment_method": self.default_method, "footer": null, "rendering_options": null,
            },
            "livemode": false, "metadata": self.metadata, "name": self.name, "next_invoice_sequence": self.invoices + 1,
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

    /// One that was not deleted.
    pub(crate) fn live_customer(&self, id: &str) -> Result<&Customer, StripeError> {
        self.customer(id)
            .and_then(|customer| match customer.deleted {
                false => Ok(customer),
                true => Err(StripeError::no_such("customer", id)),
            })
    }

    /// Applies a change and emits `customer.updated` when that changed anything.
    pub(crate) fn change_customer(
        &mut self,
        id: &str,
        cause: &Cause,
        apply: impl FnOnce(&mut Customer),
    ) -> Result<Value, StripeError> {
        let mut customer = self.live_customer(id)?.clone();
        let before = customer.json();
        apply(&mut customer);
        let after = customer.json();
        self.customers.insert(id, customer);
        self.emit_if_changed("customer.updated", &before, &after, cause);
        Ok(after)
    }

    /// Subscriptions end at once; the history stays.
    fn delete_customer(&mut self, id: &str, cause: &Cause) -> Result<Value, StripeError> {
        let object = self.live_customer(id)?.full_json();
        let subscriptions: Vec<_> = self
            .subscriptions
            .oldest_first()
            .filter(|(_, subscription)| subscription.customer == id && !subscription.is_over())
            .map(|(id, _)| id.to_owned())
            .collect();
        for subscription in subscriptions {
            self.end_subscription(&subscription, cause)?;
        }
        let customer = self.customers.get_mut(id).expect("it was found above");
        customer.deleted = true;
        let answer = customer.json();
        self.emit("customer.deleted", object, None, cause);
        Ok(answer)
    }
}

#[delete("/v1/customers/{id}")]
pub(crate) async fn remove(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        account.delete_customer(&id, &ask.cause)
    })
}

#[post("/v1/customers")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&PARAMETERS)?;
        let mut customer = Customer::default();
        customer.change(&ask.params)?;
        let created = account.insert_customer(customer, &ask.cause);
        let id = created["id"].as_str().expect("it has one").to_owned();
        let method = chosen_method(account, ask, &id)?;
        match method {
            Some(method) => account.change_customer(&id, &ask.cause, |customer| {
                customer.default_method = method;
            }),
            None => Ok(created),
        }
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
    let mut changed = account.live_customer(id)?.clone();
    changed.change(&ask.params)?;
    if let Some(method) = chosen_method(account, ask, id)? {
        changed.default_method = method;
    }
    account.change_customer(id, &ask.cause, |customer| *customer = changed)
}

/// What `invoice_settings[default_payment_method]` or, at creation, `payment_method` names; an empty text removes it.
fn chosen_method(
    account: &mut Account,
    ask: &Ask,
    customer: &str,
) -> Result<Option<Option<String>>, StripeError> {
    let settings = ask.params.tree("invoice_settings")?;
    let chosen = match settings {
        Some(settings) => settings.text("default_payment_method")?,
        None => None,
    };
    let param = "invoice_settings[default_payment_method]";
    match (chosen, ask.params.text("payment_method")?) {
        (Some(""), _) => Ok(Some(None)),
        (Some(id), _) => {
            let method = account.method_of(customer, id, param, &ask.cause)?;
            Ok(Some(Some(method)))
        }
        (None, Some(id)) => {
            account.method_of(customer, id, "payment_method", &ask.cause)?;
            Ok(None)
        }
        (None, None) => Ok(None),
    }
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
            !customer.deleted
                && created(customer.created)
                && email.is_none_or(|email| customer.email.as_deref() == Some(email))
        });
        pages::list(matching, ask, "/v1/customers", Customer::json)
    })
}
