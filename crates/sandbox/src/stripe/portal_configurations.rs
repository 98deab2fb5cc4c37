//! `/v1/billing_portal/configurations`: what customers may do on the portal's pages.

mod features;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::call::{Ask, Call};
use super::customers::merge_metadata;
use super::error::StripeError;
use super::form::Params;
use super::object_id;
use super::pages;
use super::shelf::Shelf;

pub(crate) use features::Features;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PortalConfiguration {
    pub(crate) id: String,
    active: bool,
    pub(crate) is_default: bool,
    pub(crate) headline: Option<String>,
    default_return_url: Option<String>,
    metadata: BTreeMap<String, String>,
    pub(crate) features: Features,
    created: i64,
    updated: i64,
}

/// The account's default, as the dashboard would have saved it.
pub(crate) fn seeds() -> Shelf<PortalConfiguration> {
    let mut configurations = Shelf::default();
    let seeded = PortalConfiguration::new(0);
    let seeded = PortalConfiguration {
        is_default: true,
        ..seeded
    };
    configurations.insert(&seeded.id.clone(), seeded);
    configurations
}

impl PortalConfiguration {
    fn new(now: i64) -> Self {
        Self {
            id: object_id::random("bpc_1", 23),
            active: true,
            is_default: false,
            headline: None,
            default_return_url: None,
            metadata: BTreeMap::new(),
            features: Features::default(),
            created: now,
            updated: now,
        }
    }

    pub(crate) fn json(&self) -> Value {
        let features = &self.features;
        let products = features.products.iter().map(|(product, prices)| {
            json!({
                "adjustable_quantity": {"enabled": true, "maximum": null, "minimum": 1}, "prices": prices,
                "product": product,
            })
        });
        let mode = if features.cancel_at_period_end {
            "at_period_end"
        } else {
            "immediately"
        };
        json!({
            "id": self.id, "object": "billing_portal.configuration", "active": self.active, "application": null,
            "business_profile": {"headline": self.headline, "privacy_policy_url": null, "terms_of_service_url": null},
            "created": self.created, "default_return_url": self.default_return_url,
            "features": {
                "customer_update": {"allowed_updates": [], "enabled": false},
                "invoice_history": {"enabled": features.invoice_history},
                "payment_method_update": {
                    "enabled": features.payment_method_update, "payment_method_configuration": null,
                },
                "subscription_cancel": {
                    "cancellation_reason": {"enabled": false, "options": []}, "enabled": features.cancel,
                    "mode": mode, "proration_behavior": "none",
                },
                "subscription_update": {
                    "billing_cycle_anchor": null, "default_allowed_updates": features.allowed_updates,
                    "enabled": features.update, "products": products.collect::<Vec<_>>(),
                    "proration_behavior": features.proration, "schedule_at_period_end": {"conditions": []},
                    "trial_update_behavior": "end_trial",
                },
            },
            "is_default": self.is_default, "livemode": false, "login_page": {"enabled": false, "url": null},
            "metadata": self.metadata, "name": null, "updated": self.updated,
        })
    }

    fn change(&mut self, account: &Account, params: &Params) -> Result<(), StripeError> {
        if let Some(active) = params.boolean("active")? {
            self.active = active;
        }
        if let Some(profile) = params.tree("business_profile")? {
            profile.refuse_unknown(&["headline", "privacy_policy_url", "terms_of_service_url"])?;
            if let Some(headline) = profile.text("headline")? {
                self.headline = Some(headline.to_owned()).filter(|text| !text.is_empty());
            }
        }
        if let Some(url) = params.text("default_return_url")? {
            self.default_return_url = Some(url.to_owned()).filter(|url| !url.is_empty());
        }
        if let Some(features) = params.tree("features")? {
            self.features.change(account, features)?;
        }
        merge_metadata(&mut self.metadata, params)
    }
}

const PARAMETERS: [&str; 5] = [
    "active",
    "business_profile",
    "default_return_url",
    "features",
    "metadata",
];

#[post("/v1/billing_portal/configurations")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| {
        ask.params.refuse_unknown(&PARAMETERS)?;
        if ask.params.tree("features")?.is_none() {
            return Err(StripeError::missing_parameter("features"));
        }
        let off = Features {
            invoice_history: false,
            payment_method_update: false,
            cancel: false,
            ..Features::default()
        };
        let mut configuration = PortalConfiguration {
            features: off,
            ..PortalConfiguration::new(ask.cause.now)
        };
        configuration.change(account, &ask.params)?;
        let object = configuration.json();
        let id = configuration.id.clone();
        account.portal_configurations.insert(&id, configuration);
        let kind = "billing_portal.configuration.created";
        account.emit(kind, object.clone(), None, &ask.cause);
        Ok(object)
    })
}

#[post("/v1/billing_portal/configurations/{id}")]
pub(crate) async fn change(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.change(|account, ask| change_configuration(account, ask, &id))
}

fn change_configuration(account: &mut Account, ask: &Ask, id: &str) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&PARAMETERS)?;
    let mut configuration = found(account, id)?.clone();
    let before = configuration.json();
    configuration.change(account, &ask.params)?;
    configuration.updated = ask.cause.now;
    let after = configuration.json();
    account.portal_configurations.insert(id, configuration);
    let kind = "billing_portal.configuration.updated";
    account.emit_if_changed(kind, &before, &after, &ask.cause);
    Ok(after)
}

fn found<'a>(account: &'a Account, id: &str) -> Result<&'a PortalConfiguration, StripeError> {
    account
        .portal_configurations
        .get(id)
        .ok_or_else(|| StripeError::no_such("configuration", id))
}

#[get("/v1/billing_portal/configurations")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "active",
            "ending_before",
            "is_default",
            "limit",
            "starting_after",
        ])?;
        let active = ask.params.boolean("active")?;
        let default = ask.params.boolean("is_default")?;
        let matching = account
            .portal_configurations
            .newest_first()
            .filter(|(_, found)| {
                active.is_none_or(|active| active == found.active)
                    && default.is_none_or(|default| default == found.is_default)
            });
        let url = "/v1/billing_portal/configurations";
        pages::list(matching, ask, url, PortalConfiguration::json)
    })
}

#[get("/v1/billing_portal/configurations/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(found(account, &id)?.json())
    })
}
