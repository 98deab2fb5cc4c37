//! Provisioning: a connection's SCIM server as identity providers use it, and its configuration.

mod configuration;
mod deactivation;
mod groups;
mod people;

use reqwest::Method;
use sandbox::{Limits, SandboxConfig};
use serde_json::{Value, json};

use crate::api::{Api, Reply, reply};

/// A connection that an identity provider keeps.
struct Provisioned {
    api: Api,
    connection: String,
    token: String,
}

impl Provisioned {
    /// Through an Okta connection, whose users' ids are made of `externalId`.
    async fn start() -> Self {
        Self::with(Limits::Off).await
    }

    async fn with(limits: Limits) -> Self {
        let config = SandboxConfig {
            limits,
            ..SandboxConfig::default()
        };
        let api = Api::with(config).await;
        let connection = api.connection("acme", "okta").await;
        let token = token_of(&api, &connection).await;
        Self {
            api,
            connection,
            token,
        }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.send_as(&self.token, method, path, body).await
    }

    async fn send_as(&self, token: &str, method: Method, path: &str, body: &Value) -> Reply {
        let (base, connection) = (self.api.running.base_url(), &self.connection);
        let path = path.replace('|', "%7C");
        let url = format!("{base}scim/v2/connections/{connection}/{path}");
        let request = self.api.client().request(method, url).bearer_auth(token);
        let body = serde_json::to_vec(body).unwrap();
        let typed = request.header("content-type", "application/scim+json");
        reply(typed.body(body)).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &Value::Null).await
    }

    /// As Okta writes somebody new; answers their id.
    async fn person(&self, subject: &str) -> String {
        let made = self.send(Method::POST, "Users", &person(subject)).await;
        made.assert_status(201)["id"].as_str().unwrap().to_owned()
    }

    async fn patch(&self, id: &str, operations: Value) -> Reply {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
        });
        self.send(Method::PATCH, id, &body).await
    }

    /// The account as the Management API has it.
    async fn account(&self, id: &str) -> Value {
        let path = format!("users/{}", id.replace('|', "%7C"));
        self.api.get(&path).await.assert_status(200)
    }
}

async fn token_of(api: &Api, connection: &str) -> String {
    let path = format!("connections/{connection}/scim-configuration");
    api.post(&path, json!({})).await.assert_status(201);
    let made = api.post(&format!("{path}/tokens"), json!({})).await;
    made.assert_status(201)["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn person(subject: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{subject}@acme.example"), "externalId": subject,
        "name": { "givenName": "Ada", "familyName": subject }, "displayName": format!("Ada {subject}"),
        "emails": [{ "primary": true, "value": format!("{subject}@acme.example"), "type": "work" }],
        "locale": "en-US", "groups": [], "active": true,
    })
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, kind: &str) {
    let kind = if kind.is_empty() {
        Value::Null
    } else {
        json!(kind)
    };
    assert_eq!(
        (reply.status, &reply.body["scimType"]),
        (status, &kind),
        "{}",
        reply.body
    );
    assert_eq!(reply.body["status"], status.to_string());
    assert_eq!(
        reply.body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert_eq!(reply.headers["content-type"], "application/scim+json");
}
