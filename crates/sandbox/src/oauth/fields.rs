//! Request bodies of the token endpoint: a form or a JSON object, as Auth0 takes both.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header;
use serde_json::Value;

use super::error::OAuthError;

pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(super) fn parse(request: &HttpRequest, body: &[u8]) -> Result<Self, OAuthError> {
        let content_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let json =
            content_type.is_some_and(|content_type| content_type.starts_with("application/json"));
        if !json {
            return serde_urlencoded::from_bytes(body)
                .map(Self)
                .map_err(|_| OAuthError::UnreadableBody);
        }
        let object: BTreeMap<String, Value> =
            serde_json::from_slice(body).map_err(|_| OAuthError::UnreadableBody)?;
        let texts = object.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        });
        Ok(Self(texts.collect()))
    }

    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.optional(name)
            .ok_or(OAuthError::MissingParameter(name))
    }
}
