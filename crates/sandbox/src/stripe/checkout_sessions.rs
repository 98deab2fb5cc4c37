//! Checkout sessions: one visit to the hosted payment page.

pub(crate) mod create;
mod pay;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use pay::{PayRefusal, Payment};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::pages;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Open,
    Complete,
    Expired,
}

/// Times are Unix seconds on the sandbox clock.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CheckoutSession {
    pub(crate) id: String,
    pub(crate) status: Status,
    pub(crate) created: i64,
    pub(crate) expires_at: i64,
    pub(crate) customer: Option<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) client_reference_id: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) subscription_metadata: BTreeMap<String, String>,
    pub(crate) line_item: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) success_url: String,
    pub(crate) cancel_url: Option<String>,
    pub(crate) url: String,
    /// Days that are free.
    #[serde(default)]
    pub(crate) trial_days: Option<i64>,
    pub(crate) subscription: Option<String>,
    pub(crate) invoice: Option<String>,
}

impl CheckoutSession {
    /// What is due at once: nothing for a trial.
    pub(crate) fn amount(&self, account: &Account) -> i64 {
        if self.trial_days.is_some() {
            return 0;
        }
        account.price(&self.price).unit_amount * self.quantity
    }

    fn email<'a>(&'a self, account: &'a Account) -> Option<&'a str> {
        let customer = self
            .customer
            .as_ref()
            .and_then(|id| account.customers.get(id));
        customer
            .and_then(|customer| customer.email.as_deref())
            .or(self.customer_email.as_deref())
    }

    pub(crate) fn json(&self, account: &Account) -> Value {
        let (open, complete) = (self.status == Status::Open, self.status == Status::Complete);
        let amount = self.amount(account);
        let mut object = Self::constant_json();
        for (name, value) in [
            ("id", json!(self.id)),
            ("amount_subtotal", json!(amount)),
            ("amount_total", json!(amount)),
            ("cancel_url", json!(self.cancel_url)),
            ("client_reference_id", json!(self.client_reference_id)),
            ("created", json!(self.created)),
            ("customer", json!(self.customer)),
            ("customer_details", self.customer_details(account)),
            ("customer_email", json!(self.customer_email)),
            ("expires_at", json!(self.expires_at)),
            ("invoice", json!(self.invoice)),
            ("metadata", json!(self.metadata)),
            (
                "payment_status",
                json!(match (complete, self.trial_days) {
                    (false, _) => "unpaid",
                    (true, None) => "paid",
                    (true, Some(_)) => "no_payment_required",
                }),
            ),
            ("status", json!(self.status)),
            ("subscription", json!(self.subscription)),
            ("success_url", json!(self.success_url)),
            ("url", json!(open.then_some(&self.url))),
        ] {
            object[name] = value;
        }
        object
    }

    fn customer_details(&self, account: &Account) -> Value {
        match self.email(account) {
            Some(email) => json!({
                "address": null, "business_name": null, "email": email, "individual_name": null, "name": null,
                "phone": null, "tax_exempt": "none", "tax_ids": null,
            }),
            None => Value::Null,
        }
    }

    fn constant_json() -> Value {
        json!({
            "object": "checkout.session", "adaptive_pricing": null, "after_expiration": null,
            "allow_promotion_codes": null,
            "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
            "billing_address_collection": null, "client_secret": null, "collected_information": null,
            "consent": null, "consent_collection": null, "currency": "usd", "currency_conversion": null,
            "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
            },
            "customer_account": null, "customer_creation": null, "discounts": [], "invoice_creation": null,
            "livemode": false, "locale": null, "mode": "subscription", "origin_context": null,
            "payment_intent": null, "payment_link": null, "payment_method_collection": "always",
            "payment_method_configuration_details": null, "payment_method_options": {},
            "payment_method_types": ["card"], "permissions": null, "phone_number_collection": {"enabled": false},
            "recovered_from": null, "saved_payment_method_options": null, "setup_intent": null,
            "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [], "submit_type": null,
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted", "wallet_options": null,
        })
    }
}

impl Account {
    pub(crate) fn checkout_session(&self, id: &str) -> Result<&CheckoutSession, StripeError> {
        self.checkout_sessions
            .get(id)
            .ok_or_else(|| StripeError::no_such("checkout.session", id))
    }

    fn expire_session(&mut self, id: &str, cause: &Cause) -> Result<Value, StripeError> {
        let session = self
            .checkout_sessions
            .get_mut(id)
            .ok_or_else(|| StripeError::no_such("checkout.session", id))?;
        session.status = Status::Expired;
        let object = self.checkout_session(id)?.json(self);
        self.emit("checkout.session.expired", object.clone(), None, cause);
        Ok(object)
    }

    pub(crate) fn is_session_expired(&self, now: i64) -> bool {
        self.overdue_sessions(now).next().is_some()
    }

    fn overdue_sessions(&self, now: i64) -> impl Iterator<Item = (&str, &CheckoutSession)> {
        let overdue = move |session: &CheckoutSession| {
            session.status == Status::Open && session.expires_at <= now
        };
        self.checkout_sessions
            .oldest_first()
            .filter(move |(_, session)| overdue(session))
    }

    /// Sessions that nobody paid in time, each with its event.
    pub(crate) fn expire_sessions(&mut self, now: i64) {
        let due: Vec<_> = self
            .overdue_sessions(now)
            .map(|(id, session)| (id.to_owned(), session.expires_at))
            .collect();
        for (id, at) in due {
            self.expire_session(&id, &Cause::automatic(at))
                .expect("the session was just found");
        }
    }
}

#[get("/v1/checkout/sessions/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.checkout_session(&id)?.json(account))
    })
}

#[get("/v1/checkout/sessions")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        let known = [
            "created",
            "customer",
            "ending_before",
            "limit",
            "starting_after",
            "status",
            "subscription",
        ];
        ask.params.refuse_unknown(&known)?;
        let (customer, subscription) = (
            ask.params.text("customer")?,
            ask.params.text("subscription")?,
        );
        let status = ask.params.text("status")?;
        let created = pages::created_filter(ask)?;
        let matching = account
            .checkout_sessions
            .newest_first()
            .filter(|(_, session)| {
                created(session.created)
                    && customer.is_none_or(|customer| session.customer.as_deref() == Some(customer))
                    && subscription.is_none_or(|subscription| {
                        session.subscription.as_deref() == Some(subscription)
                    })
                    && status.is_none_or(|status| json!(session.status) == status)
            });
        pages::list(matching, ask, "/v1/checkout/sessions", |session| {
            session.json(account)
        })
    })
}

#[get("/v1/checkout/sessions/{id}/line_items")]
pub(crate) async fn line_items(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&["ending_before", "limit", "starting_after"])?;
        let session = account.checkout_session(&id)?;
        let price = account.price(&session.price);
        let amount = session.amount(account);
        let item = json!({
            "id": session.line_item, "object": "item", "adjustable_quantity": null, "amount_discount": 0,
            "amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "currency": "usd",
            "description": account.product_name(price), "metadata": {}, "price": price.json(),
            "quantity": session.quantity,
        });
        let url = format!("/v1/checkout/sessions/{id}/line_items");
        Ok(json!({"object": "list", "data": [item], "has_more": false, "url": url}))
    })
}

#[post("/v1/checkout/sessions/{id}/expire")]
pub(crate) async fn expire(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        if account.checkout_session(&id)?.status != Status::Open {
            let message = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
            return Err(StripeError::invalid(message, None));
        }
        account.expire_session(&id, &ask.cause)
    })
}
