//! The API on the wire, and what its fields may hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hosts::Hosts;
use crate::management::schema::{Kind, Schema};
use crate::tenant::{Metadata, ResourceServer};

const SCOPE: Schema = Schema {
    required: &["value"],
    properties: &[
        ("value", Kind::Text(1, 280)),
        ("description", Kind::Text(0, 500)),
    ],
    open: false,
};

/// The longest lifetime of an access token, 30 days in seconds.
const LONGEST_LIFETIME: i64 = 2_592_000;

const PROPERTIES: &[(&str, Kind)] = &[
    ("name", Kind::Pattern("^[^<>]+$", is_api_name)),
    ("identifier", Kind::Text(1, 600)),
    ("scopes", Kind::List(&Kind::Object(&SCOPE), 0, 1_000)),
    ("token_lifetime", Kind::Integer(0, LONGEST_LIFETIME)),
    (
        "token_dialect",
        Kind::OneOf(&[
            "access_token",
            "access_token_authz",
            "rfc9068_profile",
            "rfc9068_profile_authz",
        ]),
    ),
    ("enforce_policies", Kind::Boolean),
    ("allow_offline_access", Kind::Boolean),
    ("allow_online_access", Kind::Boolean),
    (
        "skip_consent_for_verifiable_first_party_clients",
        Kind::Boolean,
    ),
    (
        "signing_alg",
        Kind::OneOf(&["HS256", "RS256", "RS512", "PS256"]),
    ),
    ("signing_secret", Kind::Text(16, usize::MAX)),
    ("subject_type_authorization", Kind::AnyObject),
    ("authorization_details", Kind::Anything),
    ("authorization_policy", Kind::Anything),
    ("consent_policy", Kind::Anything),
    ("proof_of_possession", Kind::Anything),
    ("token_encryption", Kind::Anything),
];

pub(super) const NEW_API: Schema = Schema {
    required: &["identifier"],
    properties: PROPERTIES,
    open: false,
};
pub(super) const PATCH: Schema = Schema {
    required: &[],
    properties: PROPERTIES,
    open: false,
};

#[derive(Deserialize, Serialize)]
struct Scope {
    value: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
pub(super) struct NewApi {
    pub(super) identifier: String,
    #[serde(flatten)]
    pub(super) rest: ApiPatch,
}

#[derive(Deserialize)]
pub(super) struct ApiPatch {
    name: Option<String>,
    scopes: Option<Vec<Scope>>,
    token_lifetime: Option<i64>,
    token_dialect: Option<String>,
    enforce_policies: Option<bool>,
    allow_offline_access: Option<bool>,
    #[serde(flatten)]
    pub(super) extra: Metadata,
}

#[derive(Serialize)]
pub(super) struct ApiBody<'a> {
    id: &'a str,
    name: &'a str,
    identifier: Cow<'a, str>,
    scopes: Vec<ScopeBody<'a>>,
    token_lifetime: i64,
    token_dialect: &'a str,
    enforce_policies: bool,
    allow_offline_access: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_system: bool,
    #[serde(flatten)]
    extra: &'a Metadata,
}

#[derive(Serialize)]
struct ScopeBody<'a> {
    value: &'a str,
    description: &'a str,
}

impl<'a> ApiBody<'a> {
    pub(super) fn of(api: &'a ResourceServer, hosts: &Hosts, http: &HttpRequest) -> Self {
        Self {
            id: &api.id,
            name: &api.name,
            identifier: hosts.shown(&api.identifier, http),
            scopes: api
                .scopes
                .iter()
                .map(|(value, description)| ScopeBody { value, description })
                .collect(),
            token_lifetime: api.token_lifetime,
            token_dialect: &api.token_dialect,
            enforce_policies: api.enforce_policies,
            allow_offline_access: api.allow_offline_access,
            is_system: api.is_system,
            extra: &api.extra,
        }
    }
}

pub(super) fn defaults() -> Metadata {
    let defaults = json!({
        "signing_alg": "RS256",
        "token_lifetime_for_web": 7_200,
        "skip_consent_for_verifiable_first_party_clients": false,
        "subject_type_authorization": {
            "user": { "policy": "allow_all" }, "client": { "policy": "require_client_grant" },
        },
    });
    match defaults {
        Value::Object(fields) => fields,
        _ => Metadata::new(),
    }
}

impl ApiPatch {
    pub(super) fn apply(self, api: &mut ResourceServer) {
        if let Some(name) = self.name {
            api.name = name;
        }
        if let Some(scopes) = self.scopes {
            let pairs = scopes
                .into_iter()
                .map(|scope| (scope.value, scope.description));
            api.scopes = pairs.collect::<BTreeMap<_, _>>();
        }
        if let Some(dialect) = self.token_dialect {
            api.token_dialect = dialect;
        }
        api.token_lifetime = self.token_lifetime.unwrap_or(api.token_lifetime);
        api.enforce_policies = self.enforce_policies.unwrap_or(api.enforce_policies);
        api.allow_offline_access = self
            .allow_offline_access
            .unwrap_or(api.allow_offline_access);
        api.extra.extend(self.extra);
    }
}

fn is_api_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 200 && !text.contains(['<', '>'])
}
