//! The client on the wire.

use serde::Serialize;

use super::KEYS;
use crate::management::call::Caller;
use crate::management::signing_keys::{self, Certificate};
use crate::state::State;
use crate::tenant::{Application, Metadata, Tenant};

/// What every client's body says about the tenant and about who asks.
pub(super) struct Context {
    tenant_name: String,
    certificate: Certificate,
    shows_secrets: bool,
}

impl Context {
    pub(super) fn of(state: &State, tenant: &Tenant, caller: &Caller) -> Self {
        Self {
            tenant_name: crate::management::tenant_settings::name(state),
            certificate: signing_keys::certificate(tenant.current_key()),
            shows_secrets: caller.may(KEYS),
        }
    }
}

/// Fields that were never set are left out; those without a meaning here come from what was sent.
#[derive(Serialize)]
pub(super) struct ClientBody<'a> {
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    app_type: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    callbacks: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allowed_logout_urls: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    web_origins: &'a [String],
    grant_types: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    organization_usage: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    organization_require_behavior: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    initiate_login_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    token_endpoint_auth_method: &'a str,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    client_metadata: &'a Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_keys: Option<[&'a Certificate; 1]>,
    /// The old name of `cross_origin_authentication`.
    cross_origin_auth: bool,
    #[serde(flatten)]
    listed: Option<Listed<'a>>,
    #[serde(flatten)]
    extra: &'a Metadata,
}

/// What reads say and the answer to a creation does not.
#[derive(Serialize)]
struct Listed<'a> {
    tenant: &'a str,
    global: bool,
    callback_url_template: bool,
}

impl<'a> ClientBody<'a> {
    pub(super) fn created(client: &'a Application, context: &'a Context) -> Self {
        Self {
            client_id: &client.client_id,
            client_secret: client.client_secret.as_deref(),
            name: &client.name,
            app_type: &client.app_type,
            callbacks: &client.callbacks,
            allowed_logout_urls: &client.allowed_logout_urls,
            web_origins: &client.web_origins,
            grant_types: &client.grant_types,
            organization_usage: &client.organization_usage,
            organization_require_behavior: &client.organization_require_behavior,
            initiate_login_uri: client.initiate_login_uri.as_deref(),
            token_endpoint_auth_method: &client.token_endpoint_auth_method,
            client_metadata: &client.metadata,
            signing_keys: Some([&context.certificate]),
            cross_origin_auth: false,
            listed: None,
            extra: &client.extra,
        }
    }

    pub(super) fn listed(client: &'a Application, context: &'a Context) -> Self {
        let shown = context.shows_secrets;
        let body = Self::created(client, context);
        Self {
            client_secret: body.client_secret.filter(|_| shown),
            signing_keys: body.signing_keys.filter(|_| shown),
            listed: Some(Listed {
                tenant: &context.tenant_name,
                global: false,
                callback_url_template: false,
            }),
            ..body
        }
    }
}

pub(super) fn is_first_party(client: &Application) -> bool {
    client.extra.get("is_first_party") != Some(&serde_json::Value::Bool(false))
}
