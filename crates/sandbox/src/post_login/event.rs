//! The `event` object of the post-login trigger.
//! See <https://auth0.com/docs/customize/actions/explore-triggers/signup-and-login-triggers/login-trigger/post-login-event-object>.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::tenant::{Identity, Tenant, User};
use crate::tokens::role_ids_of;

/// The login that the Actions are told of.
pub(crate) struct Trigger<'a> {
    pub(crate) user_id: &'a str,
    /// The connection's name.
    pub(crate) connection: &'a str,
    pub(crate) organization: Option<&'a str>,
    pub(crate) client_id: &'a str,
    pub(crate) audience: Option<&'a str>,
    pub(crate) scope: &'a str,
    pub(crate) session_id: Option<&'a str>,
    /// When they last proved who they are, as far as that is known.
    pub(crate) authenticated_at: Option<DateTime<Utc>>,
    /// `oidc-basic-profile` or `oauth2-refresh-token`.
    pub(crate) protocol: &'static str,
    /// What `/authorize` was asked; empty for a refresh.
    pub(crate) query: &'a BTreeMap<String, String>,
    pub(crate) request: RequestFacts,
}

/// What is told of the HTTP request.
pub(crate) struct RequestFacts {
    ip: Option<String>,
    method: String,
    hostname: String,
    user_agent: Option<String>,
    language: Option<String>,
}

impl RequestFacts {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let text = |name: header::HeaderName| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Self {
            ip: request.peer_addr().map(|address| address.ip().to_string()),
            method: request.method().to_string(),
            hostname: host_without_port(request.connection_info().host()).to_owned(),
            user_agent: text(header::USER_AGENT),
            language: text(header::ACCEPT_LANGUAGE),
        }
    }

    pub(crate) fn ip(&self) -> Option<&str> {
        self.ip.as_deref()
    }
}

fn host_without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _port)| name)
}

pub(super) fn build(tenant: &Tenant, trigger: &Trigger<'_>) -> Value {
    let mut event = Map::new();
    let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
    if let Some(user) = tenant.users.get(trigger.user_id) {
        set("user", user_json(user));
        set("stats", json!({ "logins_count": user.logins_count }));
    }
    set(
        "authorization",
        json!({ "roles": role_names(tenant, trigger) }),
    );
    set("client", client_json(tenant, trigger.client_id));
    set("connection", connection_json(tenant, trigger.connection));
    set("tenant", json!({ "id": "tenantry-sandbox" }));
    set("request", request_json(trigger));
    set("transaction", transaction_json(trigger));
    if let Some(organization) = trigger
        .organization
        .and_then(|id| tenant.organizations.get(id))
    {
        let display_name = organization
            .display_name
            .as_ref()
            .unwrap_or(&organization.name);
        set(
            "organization",
            json!({
                "id": organization.id, "name": organization.name, "display_name": display_name,
                "metadata": organization.metadata,
            }),
        );
    }
    if let Some(audience) = trigger.audience {
        set("resource_server", json!({ "identifier": audience }));
    }
    if let Some(session) = trigger.session_id {
        set("session", json!({ "id": session }));
    }
    if let Some(at) = trigger.authenticated_at {
        let methods = json!([{ "name": method_name(tenant, trigger.connection), "timestamp": at }]);
        set("authentication", json!({ "methods": methods }));
    }
    Value::Object(event)
}

/// As Auth0 names it: a password, or somebody else's word for it.
fn method_name(tenant: &Tenant, connection: &str) -> &'static str {
    let connection = tenant.connection_named(connection);
    match connection.is_some_and(|connection| connection.strategy == "auth0") {
        true => "pwd",
        false => "federated",
    }
}

/// Names, not ids: in an organization those of the roles held there.
fn role_names<'t>(tenant: &'t Tenant, trigger: &Trigger<'_>) -> Vec<&'t str> {
    role_ids_of(tenant, trigger.user_id, trigger.organization)
        .iter()
        .filter_map(|id| tenant.roles.get(id))
        .map(|role| role.name.as_str())
        .collect()
}

/// Absent fields are absent, not `null`.
fn user_json(user: &User) -> Value {
    let identities: Vec<Value> = user.identities.iter().map(identity_json).collect();
    let mut json = json!({
        "user_id": user.user_id, "email_verified": user.email_verified, "identities": identities,
        "user_metadata": user.user_metadata, "app_metadata": user.app_metadata,
        "created_at": user.created_at, "updated_at": user.updated_at,
    });
    let texts = [
        ("email", &user.email),
        ("name", &user.name),
        ("nickname", &user.nickname),
        ("given_name", &user.given_name),
        ("family_name", &user.family_name),
        ("picture", &user.picture),
        ("username", &user.username),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            json[name] = text.as_str().into();
        }
    }
    if let Some(at) = user.last_password_reset {
        json["last_password_reset"] = json!(at);
    }
    json
}

fn identity_json(identity: &Identity) -> Value {
    json!({
        "connection": identity.connection, "user_id": identity.user_id, "provider": identity.provider,
        "isSocial": identity.is_social,
    })
}

fn client_json(tenant: &Tenant, client_id: &str) -> Value {
    let client = tenant.clients.get(client_id);
    json!({
        "client_id": client_id, "name": client.map(|client| &client.name),
        "metadata": client.map(|client| client.metadata.clone()).unwrap_or_default(),
    })
}

fn connection_json(tenant: &Tenant, name: &str) -> Value {
    match tenant
        .connections
        .values()
        .find(|connection| connection.name == name)
    {
        Some(connection) => json!({
            "id": connection.id, "name": connection.name, "strategy": connection.strategy,
            "metadata": connection.metadata,
        }),
        None => json!({ "name": name }),
    }
}

fn request_json(trigger: &Trigger<'_>) -> Value {
    let request = &trigger.request;
    json!({
        "ip": request.ip, "method": request.method, "hostname": request.hostname,
        "user_agent": request.user_agent, "language": request.language, "query": trigger.query, "body": {},
        "geoip": {},
    })
}

fn transaction_json(trigger: &Trigger<'_>) -> Value {
    let asked = |name: &str| trigger.query.get(name);
    let words = |name: &str| -> Vec<&str> {
        asked(name)
            .map(|text| text.split(' ').collect())
            .unwrap_or_default()
    };
    json!({
        "acr_values": words("acr_values"), "locale": "en", "login_hint": asked("login_hint"),
        "prompt": words("prompt"), "protocol": trigger.protocol, "redirect_uri": asked("redirect_uri"),
        "requested_scopes": trigger.scope.split_whitespace().collect::<Vec<_>>(),
        "response_type": words("response_type"), "response_mode": asked("response_mode"), "state": asked("state"),
        "ui_locales": words("ui_locales"), "metadata": {},
    })
}
