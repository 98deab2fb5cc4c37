//! `/v1/webhook_endpoints`: where events are sent. The secret is shown once, when the end point is made.

use actix_web::{HttpResponse, delete, get, post, web};
use serde_json::{Value, json};
use url::Url;

use super::account::Account;
use super::call::{Ask, Call};
use super::customers::merge_metadata;
use super::deliveries::Endpoint;
use super::error::StripeError;
use super::form::Params;
use super::object_id;
use super::pages;

/// Stripe's limit of a test account.
const MOST: usize = 16;

impl Endpoint {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "webhook_endpoint", "api_version": self.api_version, "application": null,
            "created": self.created, "description": self.description, "enabled_events": self.enabled_events,
            "livemode": false, "metadata": self.metadata,
            "status": if self.disabled { "disabled" } else { "enabled" }, "url": self.url,
        })
    }

    fn change(&mut self, params: &Params) -> Result<(), StripeError> {
        if let Some(url) = params.text("url")? {
            self.url = web_address(url)?;
        }
        let events = params.texts("enabled_events")?;
        if !events.is_empty() {
            self.enabled_events = known_events(&events)?;
        }
        if let Some(disabled) = params.boolean("disabled")? {
            self.disabled = disabled;
        }
        if let Some(text) = params.text("description")? {
            self.description = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
        merge_metadata(&mut self.metadata, params)
    }
}

fn web_address(text: &str) -> Result<String, StripeError> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        _ => Err(StripeError::coded(
            "url_invalid",
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            Some("url"),
        )),
    }
}

/// Full types, or `*` alone: Stripe takes no other pattern.
fn known_events(events: &[&str]) -> Result<Vec<String>, StripeError> {
    let sound = |event: &&str| {
        let mut letters = event.chars();
        letters.all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_')) && event.contains('.')
    };
    match events.iter().find(|event| **event != "*" && !sound(event)) {
        None => Ok(events.iter().map(|event| (*event).to_owned()).collect()),
        Some(event) => {
            let message = format!("Invalid enabled_events[0]: {event} is not an event type.");
            Err(StripeError::invalid(&message, Some("enabled_events")))
        }
    }
}

#[post("/v1/webhook_endpoints")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_endpoint)
}

fn create_endpoint(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&[
        "api_version",
        "connect",
        "description",
        "enabled_events",
        "metadata",
        "url",
    ])?;
    if account.deliveries.endpoints.len() >= MOST {
        let message = "You have reached the maximum of 16 test webhook endpoints.";
        return Err(StripeError::invalid(message, None));
    }
    let events = ask.params.texts("enabled_events")?;
    if events.is_empty() {
        return Err(StripeError::missing_parameter("enabled_events"));
    }
    let url = ask.params.required("url")?.to_owned();
    let secret = object_id::random("whsec_", 32);
    let mut endpoint = Endpoint::new(url, vec![secret.clone()]);
    endpoint.created = ask.cause.now;
    endpoint.change(&ask.params)?;
    endpoint.api_version = ask.params.text("api_version")?.map(str::to_owned);
    let mut object = endpoint.json();
    object["secret"] = json!(secret);
    account.deliveries.endpoints.push(endpoint);
    Ok(object)
}

#[post("/v1/webhook_endpoints/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[
            "description",
            "disabled",
            "enabled_events",
            "metadata",
            "url",
        ])?;
        let mut changed = found(account, &id)?.clone();
        changed.change(&ask.params)?;
        let object = changed.json();
        account.deliveries.replace(changed);
        Ok(object)
    })
}

#[delete("/v1/webhook_endpoints/{id}")]
pub(crate) async fn remove(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        found(account, &id)?;
        account.deliveries.endpoints.retain(|other| other.id != *id);
        Ok(json!({"id": *id, "object": "webhook_endpoint", "deleted": true}))
    })
}

fn found<'a>(account: &'a Account, id: &str) -> Result<&'a Endpoint, StripeError> {
    let mut endpoints = account.deliveries.endpoints.iter();
    endpoints
        .find(|endpoint| endpoint.id == id)
        .ok_or_else(|| StripeError::no_such("webhook endpoint", id))
}

#[get("/v1/webhook_endpoints")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params
            .refuse_unknown(&["ending_before", "limit", "starting_after"])?;
        let newest_first = account.deliveries.endpoints.iter().rev();
        let all = newest_first.map(|endpoint| (endpoint.id.as_str(), endpoint));
        pages::list(all, ask, "/v1/webhook_endpoints", Endpoint::json)
    })
}

#[get("/v1/webhook_endpoints/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(found(account, &id)?.json())
    })
}
