//! `POST /v1/billing_portal/sessions`: a link with which a customer manages their own subscription.

use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use super::call::{Ask, Call};
use super::error::StripeError;
use super::object_id;

/// Seconds for which the link works.
const LIFETIME: i64 = 3600;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PortalSession {
    pub(crate) customer: String,
    pub(crate) return_url: Option<String>,
    expires_at: i64,
}

impl PortalSession {
    pub(crate) fn is_open(&self, now: i64) -> bool {
        now < self.expires_at
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
    let id = object_id::random("bps_1", 23);
    // Whoever has the address is let in, so it is a secret apart from the id.
    let secret = object_id::random("test_", 48);
    let session = PortalSession {
        customer: customer.to_owned(),
        return_url: ask.params.text("return_url")?.map(str::to_owned),
        expires_at: ask.cause.now + LIFETIME,
    };
    let object = json!({
        "id": id, "object": "billing_portal.session", "configuration": "bpc_1TenantrySandboxPortal0001",
        "created": ask.cause.now, "customer": customer, "customer_account": null, "flow": null, "livemode": false,
        "locale": null, "on_behalf_of": null, "return_url": session.return_url,
        "url": format!("{}stripe/portal/{secret}", ask.base_url),
    });
    account.portal_sessions.insert(&secret, session);
    Ok(object)
}
