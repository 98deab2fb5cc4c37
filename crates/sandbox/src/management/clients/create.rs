//! `POST /clients`.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{ClientBody, Context};
use super::schema::NEW_CLIENT;
use super::{credentials, refuse_login_uri};
use crate::ids;
use crate::management::call::Caller;
use crate::management::payload;
use crate::management::refusal::Answer;
use crate::state::State;
use crate::tenant::{Application, Metadata};

#[derive(Deserialize)]
struct NewClient {
    name: String,
    client_secret: Option<String>,
    #[serde(default)]
    app_type: String,
    #[serde(default)]
    callbacks: Vec<String>,
    #[serde(default)]
    allowed_logout_urls: Vec<String>,
    #[serde(default)]
    web_origins: Vec<String>,
    grant_types: Option<Vec<String>>,
    organization_usage: Option<String>,
    organization_require_behavior: Option<String>,
    initiate_login_uri: Option<String>,
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    client_metadata: Metadata,
    #[serde(flatten)]
    extra: Metadata,
}

pub(super) async fn create(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    body: web::Bytes,
) -> Answer {
    let new: NewClient = payload::parse(&body, &NEW_CLIENT)?;
    if let Some(uri) = &new.initiate_login_uri {
        refuse_login_uri(&state, "initiate_login_uri", uri)?;
    }
    let client = new.into_application(state.clock().now());
    state.write(|tenant| {
        let id = client.client_id.clone();
        tenant.clients.insert(id.clone(), client);
        let context = Context::of(&state, tenant, &caller);
        Ok(HttpResponse::Created().json(ClientBody::created(&tenant.clients[&id], &context)))
    })
}

impl NewClient {
    fn into_application(self, now: DateTime<Utc>) -> Application {
        let grant_types = self
            .grant_types
            .unwrap_or_else(|| default_grant_types(&self.app_type));
        Application {
            client_id: ids::client(),
            client_secret: Some(self.client_secret.unwrap_or_else(ids::client_secret)),
            name: self.name,
            app_type: self.app_type,
            callbacks: self.callbacks,
            allowed_logout_urls: self.allowed_logout_urls,
            web_origins: self.web_origins,
            grant_types,
            organization_usage: self.organization_usage.unwrap_or_default(),
            organization_require_behavior: self.organization_require_behavior.unwrap_or_default(),
            initiate_login_uri: self.initiate_login_uri.filter(|uri| !uri.is_empty()),
            token_endpoint_auth_method: self.token_endpoint_auth_method.unwrap_or_default(),
            metadata: self.client_metadata,
            extra: with_defaults(self.extra, now),
        }
    }
}

fn default_grant_types(app_type: &str) -> Vec<String> {
    let types: &[&str] = match app_type {
        "non_interactive" => &["client_credentials"],
        "spa" | "native" => &["authorization_code", "implicit", "refresh_token"],
        _ => &[
            "authorization_code",
            "implicit",
            "refresh_token",
            "client_credentials",
        ],
    };
    types.iter().map(|name| (*name).to_owned()).collect()
}

fn with_defaults(mut extra: Metadata, now: DateTime<Utc>) -> Metadata {
    if let Some(methods) = extra.get_mut("client_authentication_methods") {
        credentials::register(methods, now);
    }
    let jwt = extra
        .entry("jwt_configuration")
        .or_insert_with(|| json!({ "lifetime_in_seconds": 36_000 }));
    if let Value::Object(jwt) = jwt {
        jwt.entry("secret_encoded").or_insert(Value::Bool(false));
    }
    let defaults = json!({
        "is_first_party": true,
        "is_token_endpoint_ip_header_trusted": false,
        "oidc_conformant": false,
        "sso_disabled": false,
        "cross_origin_authentication": false,
        "custom_login_page_on": true,
        "refresh_token": {
            "rotation_type": "non-rotating",
            "expiration_type": "non-expiring",
            "leeway": 0,
            "token_lifetime": 2_592_000,
            "infinite_token_lifetime": true,
            "infinite_idle_token_lifetime": true,
            "idle_token_lifetime": 1_296_000,
        },
    });
    if let Value::Object(defaults) = defaults {
        for (name, value) in defaults {
            extra.entry(name).or_insert(value);
        }
    }
    extra
}
