//! `POST /v1/checkout/sessions`, in subscription mode with one price.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, post};
use serde_json::Value;
use url::Url;

use super::super::MOST_CENTS;
use super::super::account::Account;
use super::super::call::{Ask, Call};
use super::super::error::StripeError;
use super::super::form::Params;
use super::super::object_id;
use super::{CheckoutSession, Status};

/// Seconds that a session stays open unless `expires_at` says otherwise.
const LIFETIME: i64 = 24 * 3600;

/// Known to Stripe; those that this stand-in does nothing with are accepted where ignoring them changes no outcome.
const PARAMETERS: [&str; 22] = [
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "custom_text",
    "customer",
    "customer_email",
    "customer_update",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_method_collection",
    "payment_method_types",
    "phone_number_collection",
    "subscription_data",
    "success_url",
    "tax_id_collection",
    "ui_mode",
];

#[post("/v1/checkout/sessions")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_session)
}

fn create_session(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    let params = &ask.params;
    params.refuse_unknown(&PARAMETERS)?;
    if params.required("mode")? != "subscription" {
        return Err(StripeError::invalid(
            "This stand-in only sells subscriptions.",
            Some("mode"),
        ));
    }
    let (price, quantity) = line_item(account, params)?;
    let (customer, customer_email) = payer(account, params)?;
    let (subscription_metadata, trial_days) = subscription_data(params)?;
    let id = object_id::random("cs_test_a1", 56);
    let session = CheckoutSession {
        url: format!("{}stripe/pay/{id}", ask.base_url),
        status: Status::Open,
        created: ask.cause.now,
        expires_at: expires_at(params, ask.cause.now)?,
        customer,
        customer_email,
        client_reference_id: client_reference(params)?,
        metadata: params.metadata("metadata")?,
        subscription_metadata,
        trial_days,
        line_item: object_id::random("li_1", 23),
        price,
        quantity,
        success_url: return_url(params, "success_url")?
            .ok_or_else(|| StripeError::missing_parameter("success_url"))?,
        cancel_url: return_url(params, "cancel_url")?,
        subscription: None,
        invoice: None,
        id: id.clone(),
    };
    let object = session.json(account);
    account.checkout_sessions.insert(&id, session);
    Ok(object)
}

fn line_item(account: &Account, params: &Params) -> Result<(String, i64), StripeError> {
    let items = params.trees("line_items")?;
    let item = match items.as_slice() {
        [] => return Err(StripeError::missing_parameter("line_items")),
        [item] => item,
        _ => {
            return Err(StripeError::invalid(
                "This stand-in sells one price per session.",
                Some("line_items"),
            ));
        }
    };
    item.refuse_unknown(&[
        "adjustable_quantity",
        "metadata",
        "price",
        "quantity",
        "tax_rates",
    ])?;
    let price = item
        .required("price")
        .map_err(|_| StripeError::missing_parameter("line_items[0][price]"))?;
    let Some(listed) = account.prices.get(price) else {
        return Err(StripeError::no_such_in(
            "line_items[0][price]",
            "price",
            price,
        ));
    };
    let quantity = item
        .integer("quantity")?
        .ok_or_else(|| StripeError::missing_parameter("line_items[0][quantity]"))?;
    if !(1..=999_999).contains(&quantity) {
        return Err(StripeError::invalid_integer(
            &quantity.to_string(),
            "line_items[0][quantity]",
        ));
    }
    if listed.unit_amount * quantity > MOST_CENTS {
        return Err(StripeError::amount_too_large("line_items[0][quantity]"));
    }
    Ok((price.to_owned(), quantity))
}

fn payer(
    account: &Account,
    params: &Params,
) -> Result<(Option<String>, Option<String>), StripeError> {
    let (customer, email) = (params.text("customer")?, params.text("customer_email")?);
    if customer.is_some() && email.is_some() {
        let message = "You may only specify one of these parameters: customer, customer_email.";
        return Err(StripeError::invalid(message, Some("customer")));
    }
    if let Some(customer) = customer.filter(|id| account.live_customer(id).is_err()) {
        return Err(StripeError::no_such_in("customer", "customer", customer));
    }
    Ok((customer.map(str::to_owned), email.map(str::to_owned)))
}

fn client_reference(params: &Params) -> Result<Option<String>, StripeError> {
    let reference = params.text("client_reference_id")?;
    if reference.is_some_and(|text| text.is_empty() || text.len() > 200) {
        let message = "Invalid string: must be at most 200 characters";
        return Err(StripeError::invalid(message, Some("client_reference_id")));
    }
    Ok(reference.map(str::to_owned))
}

/// The subscription's metadata and the days of its trial.
fn subscription_data(
    params: &Params,
) -> Result<(BTreeMap<String, String>, Option<i64>), StripeError> {
    let Some(data) = params.tree("subscription_data")? else {
        return Ok((BTreeMap::new(), None));
    };
    data.refuse_unknown(&["description", "metadata", "trial_period_days"])?;
    let days = data.integer("trial_period_days")?;
    if days.is_some_and(|days| !(1..=730).contains(&days)) {
        let message = "The number of trial days must be between 1 and 730.";
        let param = "subscription_data[trial_period_days]";
        return Err(StripeError::invalid(message, Some(param)));
    }
    Ok((data.metadata("metadata")?, days))
}

/// Stripe allows 30 minutes to 24 hours from now.
fn expires_at(params: &Params, now: i64) -> Result<i64, StripeError> {
    let at = params.integer("expires_at")?.unwrap_or(now + LIFETIME);
    if !(now + 1800..=now + LIFETIME).contains(&at) {
        let message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
        return Err(StripeError::invalid(message, Some("expires_at")));
    }
    Ok(at)
}

fn return_url(params: &Params, name: &str) -> Result<Option<String>, StripeError> {
    let Some(text) = params.text(name)? else {
        return Ok(None);
    };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(text.to_owned())),
        _ => Err(StripeError::invalid("Not a valid URL", Some(name))),
    }
}
