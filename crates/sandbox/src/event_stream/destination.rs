//! Where a stream's events are posted, and what proves them.

use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::EventStreamTarget;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Destination {
    pub(crate) url: String,
    pub(crate) authorization: Authorization,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(crate) enum Authorization {
    Bearer {
        token: String,
    },
    Basic {
        username: String,
        password: String,
    },
    CustomHeader {
        header_key: String,
        header_value: String,
    },
}

impl From<EventStreamTarget> for Destination {
    fn from(target: EventStreamTarget) -> Self {
        Self {
            url: target.url,
            authorization: Authorization::Bearer {
                token: target.token,
            },
        }
    }
}

impl Destination {
    /// Never with the secret part.
    pub(crate) fn body(&self) -> Value {
        let authorization = match &self.authorization {
            Authorization::Bearer { .. } => json!({ "method": "bearer" }),
            Authorization::Basic { username, .. } => {
                json!({ "method": "basic", "username": username })
            }
            Authorization::CustomHeader { header_key, .. } => {
                json!({ "method": "custom_header", "header_key": header_key })
            }
        };
        json!({
            "type": "webhook",
            "configuration": {
                "webhook_endpoint": self.url,
                "webhook_authorization": authorization,
            },
        })
    }

    pub(super) fn prove(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.authorization {
            Authorization::Bearer { token } => request.bearer_auth(token),
            Authorization::Basic { username, password } => {
                request.basic_auth(username, Some(password))
            }
            Authorization::CustomHeader {
                header_key,
                header_value,
            } => request.header(header_key, header_value),
        }
    }
}
