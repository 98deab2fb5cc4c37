//! `PATCH /clients/{id}`: what is sent replaces what was there; null takes it away.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::body::{ClientBody, Context};
use super::schema::PATCH;
use super::{credentials, find, find_mut, refuse_login_uri};
use crate::management::call::Caller;
use crate::management::payload;
use crate::management::refusal::Answer;
use crate::state::State;
use crate::tenant::{Application, Metadata};

#[derive(Deserialize)]
struct ClientPatch {
    name: Option<String>,
    client_secret: Option<String>,
    app_type: Option<String>,
    callbacks: Option<Vec<String>>,
    allowed_logout_urls: Option<Vec<String>>,
    web_origins: Option<Vec<String>>,
    grant_types: Option<Vec<String>>,
    #[serde(default, deserialize_with = "text_or_null")]
    organization_usage: Option<String>,
    #[serde(default, deserialize_with = "text_or_null")]
    organization_require_behavior: Option<String>,
    initiate_login_uri: Option<String>,
    #[serde(default, deserialize_with = "text_or_null")]
    token_endpoint_auth_method: Option<String>,
    client_metadata: Option<Metadata>,
    #[serde(flatten)]
    extra: Metadata,
}

/// Null counts as the empty text that stands for "never set".
fn text_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

pub(super) async fn change(
    state: web::Data<State>,
    caller: web::ReqData<Caller>,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let mut patch: ClientPatch = payload::parse(&body, &PATCH)?;
    if let Some(uri) = &patch.initiate_login_uri {
        refuse_login_uri(&state, "initiate_login_uri", uri)?;
    }
    if let Some(methods) = patch.extra.get_mut("client_authentication_methods") {
        credentials::register(methods, state.clock().now());
    }
    state.write(|tenant| {
        patch.apply(find_mut(tenant, &id)?);
        let context = Context::of(&state, tenant, &caller);
        Ok(HttpResponse::Ok().json(ClientBody::listed(find(tenant, &id)?, &context)))
    })
}

impl ClientPatch {
    fn apply(self, client: &mut Application) {
        replace(&mut client.name, self.name);
        replace(&mut client.app_type, self.app_type);
        replace(&mut client.callbacks, self.callbacks);
        replace(&mut client.allowed_logout_urls, self.allowed_logout_urls);
        replace(&mut client.web_origins, self.web_origins);
        replace(&mut client.grant_types, self.grant_types);
        replace(&mut client.organization_usage, self.organization_usage);
        replace(
            &mut client.organization_require_behavior,
            self.organization_require_behavior,
        );
        replace(
            &mut client.token_endpoint_auth_method,
            self.token_endpoint_auth_method,
        );
        client.client_secret = self.client_secret.or(client.client_secret.take());
        if let Some(uri) = self.initiate_login_uri {
            client.initiate_login_uri = Some(uri).filter(|uri| !uri.is_empty());
        }
        for (name, value) in self.client_metadata.unwrap_or_default() {
            put(&mut client.metadata, name, value);
        }
        for (name, value) in self.extra {
            put(&mut client.extra, name, value);
        }
    }
}

fn replace<T>(field: &mut T, sent: Option<T>) {
    if let Some(value) = sent {
        *field = value;
    }
}

fn put(fields: &mut Metadata, name: String, value: Value) {
    if value.is_null() {
        fields.remove(&name);
    } else {
        fields.insert(name, value);
    }
}
