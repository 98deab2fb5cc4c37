//! Payment methods: cards that are saved to a customer.

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Cause};
use super::call::{Ask, Call};
use super::cards::Card;
use super::error::StripeError;
use super::object_id;
use super::pages;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PaymentMethod {
    pub(crate) id: String,
    pub(crate) customer: Option<String>,
    pub(crate) card: Card,
    /// Its owner has proved themselves to the issuer.
    pub(crate) proved: bool,
    created: i64,
}

impl PaymentMethod {
    pub(crate) fn new(card: Card, now: i64) -> Self {
        Self {
            id: object_id::random("pm_1", 23),
            customer: None,
            card,
            proved: false,
            created: now,
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "payment_method", "allow_redisplay": "unspecified",
            "billing_details": {"address": null, "email": null, "name": null, "phone": null, "tax_id": null},
            "card": self.card_json(), "created": self.created, "customer": self.customer,
            "customer_account": null, "livemode": false, "metadata": {}, "type": "card",
        })
    }

    pub(crate) fn card_json(&self) -> Value {
        json!({
            "brand": self.card.brand,
            "checks": {"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"},
            "country": "US", "display_brand": self.card.brand, "exp_month": 12, "exp_year": 2040,
            "fingerprint": format!("sandbox{}", self.card.last4), "funding": "credit", "generated_from": null,
            "last4": self.card.last4, "networks": {"available": [self.card.brand], "preferred": null},
            "regulated_status": "unregulated", "three_d_secure_usage": {"supported": true}, "wallet": null,
        })
    }

    /// After its owner has proved themselves to the issuer.
    pub(crate) fn proved(self) -> Self {
        Self {
            proved: true,
            ..self
        }
    }

    /// `Visa ending in 4242`.
    pub(crate) fn label(&self) -> String {
        let mut brand = self.card.brand.clone();
        if let Some(first) = brand.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("{brand} ending in {}", self.card.last4)
    }
}

impl Account {
    pub(crate) fn payment_method(&self, id: &str) -> Result<&PaymentMethod, StripeError> {
        self.payment_methods
            .get(id)
            .ok_or_else(|| StripeError::no_such("PaymentMethod", id))
    }

    /// Saves a card to a customer, with its event.
    pub(crate) fn save_card(
        &mut self,
        customer: &str,
        mut method: PaymentMethod,
        cause: &Cause,
    ) -> String {
        let id = method.id.clone();
        method.customer = Some(customer.to_owned());
        let object = method.json();
        self.payment_methods.insert(&id, method);
        self.emit("payment_method.attached", object, None, cause);
        id
    }

    /// A method that exists, or one of the test tokens, which becomes a method of its own as at Stripe.
    fn known_or_token(&mut self, id: &str, now: i64) -> Result<PaymentMethod, StripeError> {
        match (self.payment_methods.get(id), Card::by_token(id)) {
            (Some(method), _) => Ok(method.clone()),
            (None, Some(card)) => Ok(PaymentMethod::new(card, now)),
            (None, None) => Err(StripeError::no_such("PaymentMethod", id)),
        }
    }

    /// The named method if it is the customer's; a test token is saved to them first.
    pub(crate) fn method_of(
        &mut self,
        customer: &str,
        id: &str,
        param: &str,
        cause: &Cause,
    ) -> Result<String, StripeError> {
        if self.payment_methods.get(id).is_none() && Card::by_token(id).is_some() {
            return attach(self, id, customer, cause);
        }
        match self.payment_methods.get(id) {
            Some(method) if method.customer.as_deref() == Some(customer) => Ok(id.to_owned()),
            Some(_) => {
                let message = "The customer does not have a payment method with the ID given.";
                Err(StripeError::invalid(message, Some(param)))
            }
            None => Err(StripeError::no_such_in(param, "PaymentMethod", id)),
        }
    }
}

fn attach(
    account: &mut Account,
    id: &str,
    customer: &str,
    cause: &Cause,
) -> Result<String, StripeError> {
    let method = account.known_or_token(id, cause.now)?;
    if account.live_customer(customer).is_err() {
        return Err(StripeError::no_such_in("customer", "customer", customer));
    }
    if let Some(decline) = method.card.refused_on_saving() {
        return Err(StripeError::card(&decline));
    }
    match &method.customer {
        Some(owner) if owner == customer => Ok(method.id),
        Some(_) => {
            let message =
                "The payment method you provided has already been attached to a customer.";
            Err(StripeError::invalid(message, None))
        }
        None => Ok(account.save_card(customer, method, cause)),
    }
}

#[post("/v1/payment_methods")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params
            .refuse_unknown(&["billing_details", "card", "metadata", "type"])?;
        if ask.params.required("type")? != "card" {
            return Err(StripeError::invalid(
                "This stand-in only knows cards.",
                Some("type"),
            ));
        }
        let method = PaymentMethod::new(card(ask)?, ask.cause.now);
        let object = method.json();
        account.payment_methods.insert(&method.id.clone(), method);
        Ok(object)
    })
}

fn card(ask: &Ask) -> Result<Card, StripeError> {
    let missing = || StripeError::missing_parameter("card");
    let given = ask.params.tree("card")?.ok_or_else(missing)?;
    given.refuse_unknown(&["cvc", "exp_month", "exp_year", "number", "token"])?;
    let known = match (given.text("number")?, given.text("token")?) {
        (Some(number), _) => Card::parse(number),
        (None, Some(token)) => Card::by_token(token),
        (None, None) => return Err(StripeError::missing_parameter("card[number]")),
    };
    known.ok_or_else(StripeError::incorrect_number)
}

#[get("/v1/payment_methods/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account.payment_method(&id)?.json())
    })
}

#[post("/v1/payment_methods/{id}/attach")]
pub(crate) async fn attach_to(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&["customer"])?;
        let customer = ask.params.required("customer")?;
        let id = attach(account, &id, customer, &ask.cause)?;
        Ok(account.payment_method(&id)?.json())
    })
}

#[post("/v1/payment_methods/{id}/detach")]
pub(crate) async fn detach(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        let mut method = account.payment_method(&id)?.clone();
        let before = method.json();
        method.customer = None;
        let after = method.json();
        account.payment_methods.insert(&id, method);
        account.forget_default_method(&id);
        let previous = json!({"customer": before["customer"]});
        account.emit(
            "payment_method.detached",
            after.clone(),
            Some(previous),
            &ask.cause,
        );
        Ok(after)
    })
}

#[get("/v1/payment_methods")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "customer",
            "ending_before",
            "limit",
            "starting_after",
            "type",
        ])?;
        let customer = ask.params.text("customer")?;
        of_customer(account, ask, customer, "/v1/payment_methods")
    })
}

#[get("/v1/customers/{id}/payment_methods")]
pub(crate) async fn list_of_customer(
    call: Call,
    id: web::Path<String>,
) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params
            .refuse_unknown(&["ending_before", "limit", "starting_after", "type"])?;
        account.live_customer(&id)?;
        let url = format!("/v1/customers/{id}/payment_methods");
        of_customer(account, ask, Some(&id), &url)
    })
}

fn of_customer(
    account: &Account,
    ask: &Ask,
    customer: Option<&str>,
    url: &str,
) -> Result<Value, StripeError> {
    let matching = account
        .payment_methods
        .newest_first()
        .filter(|(_, method)| method.customer.is_some() && method.customer.as_deref() == customer);
    pages::list(matching, ask, url, PaymentMethod::json)
}
