//! `POST /v1/billing_portal/sessions`: a link with which a customer manages their own subscription.

use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::call::{Ask, Call};
use super::error::StripeError;
use super::form::Params;
use super::object_id;

/// Seconds for which the link works.
const LIFETIME: i64 = 3600;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PortalSession {
    pub(crate) customer: String,
    pub(crate) return_url: Option<String>,
    #[serde(default)]
    pub(crate) configuration: String,
    /// Every form carries it, so that no other page can send one.
    #[serde(default)]
    pub(crate) form_token: String,
    #[serde(default)]
    pub(crate) flow: Option<Flow>,
    expires_at: i64,
}

/// The one thing that the customer was sent to do.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) kind: FlowKind,
    subscription: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FlowKind {
    PaymentMethodUpdate,
    SubscriptionCancel,
    SubscriptionUpdate,
}

impl PortalSession {
    pub(crate) fn is_open(&self, now: i64) -> bool {
        now < self.expires_at
    }

    /// Whether the page offers this: everything, or only what the flow is about.
    pub(crate) fn offers(&self, kind: FlowKind) -> bool {
        self.flow.as_ref().is_none_or(|flow| flow.kind == kind)
    }
}

#[post("/v1/billing_portal/sessions")]
pub(crate) async fn create(call: Call) -> Result<HttpResponse, StripeError> {
    call.change(create_session)
}

fn create_session(account: &mut Account, ask: &Ask) -> Result<Value, StripeError> {
    ask.params.refuse_unknown(&[
        "configuration",
        "customer",
        "flow_data",
        "locale",
        "on_behalf_of",
        "return_url",
    ])?;
    let customer = ask.params.required("customer")?;
    if account.live_customer(customer).is_err() {
        return Err(StripeError::no_such_in("customer", "customer", customer));
    }
    let configuration = configuration(account, &ask.params)?;
    let flow = flow(account, &ask.params, customer)?;
    // Whoever has the address is let in, so it is a secret apart from the id.
    let secret = object_id::random("test_", 48);
    let session = PortalSession {
        customer: customer.to_owned(),
        return_url: ask.params.text("return_url")?.map(str::to_owned),
        configuration,
        form_token: object_id::random("", 32),
        flow,
        expires_at: ask.cause.now + LIFETIME,
    };
    let object = json!({
        "id": object_id::random("bps_1", 23), "object": "billing_portal.session",
        "configuration": session.configuration, "created": ask.cause.now, "customer": customer,
        "customer_account": null, "flow": session.flow.as_ref().map(Flow::json), "livemode": false, "locale": null,
        "on_behalf_of": null, "return_url": session.return_url,
        "url": format!("{}stripe/portal/{secret}", ask.base_url),
    });
    account.portal_sessions.insert(&secret, session);
    Ok(object)
}

/// The one that is named, else the account's default, else the oldest: Stripe needs one that was saved before.
fn configuration(account: &Account, params: &Params) -> Result<String, StripeError> {
    let param = "configuration";
    if let Some(id) = params.text(param)? {
        return match account.portal_configurations.get(id) {
            Some(_) => Ok(id.to_owned()),
            None => Err(StripeError::no_such_in(param, "configuration", id)),
        };
    }
    let default = account
        .portal_configurations
        .oldest_first()
        .find(|(_, found)| found.is_default);
    let missing = || {
        let message = "No configuration provided and your test mode default configuration has not been created. \
                       Provide a configuration or create your default by saving your customer portal settings.";
        StripeError::invalid(message, None)
    };
    default.map(|(id, _)| id.to_owned()).ok_or_else(missing)
}

fn flow(account: &Account, params: &Params, customer: &str) -> Result<Option<Flow>, StripeError> {
    let Some(data) = params.tree("flow_data")? else {
        return Ok(None);
    };
    data.refuse_unknown(&[
        "after_completion",
        "subscription_cancel",
        "subscription_update",
        "type",
    ])?;
    let (kind, name) = match data.required("type")? {
        "payment_method_update" => (FlowKind::PaymentMethodUpdate, None),
        "subscription_cancel" => (FlowKind::SubscriptionCancel, Some("subscription_cancel")),
        "subscription_update" => (FlowKind::SubscriptionUpdate, Some("subscription_update")),
        _ => {
            return Err(StripeError::invalid(
                "This stand-in knows the flows payment_method_update, subscription_cancel and subscription_update.",
                Some("flow_data[type]"),
            ));
        }
    };
    let Some(name) = name else {
        return Ok(Some(Flow {
            kind,
            subscription: None,
        }));
    };
    let missing = || StripeError::missing_parameter(&format!("flow_data[{name}]"));
    let subscription = data.tree(name)?.ok_or_else(missing)?;
    let subscription = subscription.required("subscription")?;
    let known = account.subscriptions.get(subscription);
    if known.is_none_or(|found| found.customer != customer) {
        let param = "flow_data";
        return Err(StripeError::no_such_in(param, "subscription", subscription));
    }
    Ok(Some(Flow {
        kind,
        subscription: Some(subscription.to_owned()),
    }))
}

impl Flow {
    /// Whether the flow is about this subscription.
    pub(crate) fn concerns(&self, subscription: &str) -> bool {
        self.subscription
            .as_deref()
            .is_none_or(|own| own == subscription)
    }

    fn json(&self) -> Value {
        let about = |kind: FlowKind| {
            (self.kind == kind)
                .then(|| json!({"retention": null, "subscription": self.subscription}))
        };
        json!({
            "after_completion": {"hosted_confirmation": null, "redirect": null, "type": "portal_homepage"},
            "subscription_cancel": about(FlowKind::SubscriptionCancel),
            "subscription_update": about(FlowKind::SubscriptionUpdate),
            "subscription_update_confirm": null, "type": self.kind,
        })
    }
}
