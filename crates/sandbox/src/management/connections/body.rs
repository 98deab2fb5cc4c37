//! The connection on the wire, and what its fields may hold.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::management::schema::{Kind, Schema, TEXTS};
use crate::tenant::{Connection, Metadata};

/// `options` are answered with their secrets in clear, as Auth0 does.
#[derive(Serialize)]
pub(super) struct ConnectionBody<'a> {
    id: &'a str,
    options: &'a Metadata,
    strategy: &'a str,
    name: &'a str,
    is_domain_connection: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    show_as_button: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    metadata: &'a Metadata,
    enabled_clients: &'a BTreeSet<String>,
    realms: &'a [String],
    #[serde(flatten)]
    extra: &'a Metadata,
}

impl<'a> ConnectionBody<'a> {
    pub(super) fn of(connection: &'a Connection) -> Self {
        Self {
            id: &connection.id,
            options: &connection.options,
            strategy: &connection.strategy,
            name: &connection.name,
            is_domain_connection: connection.is_domain_connection,
            show_as_button: connection.show_as_button,
            display_name: connection.display_name.as_deref(),
            metadata: &connection.metadata,
            enabled_clients: &connection.enabled_clients,
            realms: &connection.realms,
            extra: &connection.extra,
        }
    }
}

pub(super) const SELECTABLE: &[&str] = &[
    "name",
    "display_name",
    "strategy",
    "options",
    "id",
    "provisioning_ticket_url",
    "metadata",
    "show_as_button",
    "clients",
    "authentication",
    "connected_accounts",
    "enabled_clients",
    "realms",
    "is_domain_connection",
];

const ACTIVE: Schema = Schema {
    required: &["active"],
    properties: &[
        ("active", Kind::Boolean),
        ("cross_app_access", Kind::Boolean),
    ],
    open: false,
};

/// What a change may hold.
pub(super) const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        ("display_name", DISPLAY_NAME),
        ("options", Kind::OrNull(&Kind::AnyObject)),
        ("enabled_clients", Kind::OrNull(&TEXTS)),
        ("is_domain_connection", Kind::Boolean),
        ("show_as_button", Kind::Boolean),
        ("realms", TEXTS),
        ("metadata", METADATA),
        ("authentication", Kind::Object(&ACTIVE)),
        ("connected_accounts", Kind::Object(&ACTIVE)),
    ],
    open: false,
};

/// What a creation may hold: the same, and the name and strategy that never change.
pub(super) const NEW_CONNECTION: Schema = Schema {
    required: &["name", "strategy"],
    properties: &[
        (
            "name",
            Kind::Pattern("^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$", is_name),
        ),
        ("strategy", Kind::OneOf(STRATEGIES)),
        ("display_name", DISPLAY_NAME),
        ("options", Kind::AnyObject),
        ("enabled_clients", TEXTS),
        ("is_domain_connection", Kind::Boolean),
        ("show_as_button", Kind::Boolean),
        ("realms", TEXTS),
        ("metadata", METADATA),
        ("authentication", Kind::Object(&ACTIVE)),
        ("connected_accounts", Kind::Object(&ACTIVE)),
    ],
    open: false,
};

const DISPLAY_NAME: Kind = Kind::Text(0, 128);
/// At most 10 pairs.
const METADATA: Kind = Kind::Pairs(10);

const STRATEGIES: &[&str] = &[
    "auth0",
    "ad",
    "adfs",
    "apple",
    "custom",
    "email",
    "facebook",
    "github",
    "google-apps",
    "google-oauth2",
    "ip",
    "linkedin",
    "oauth1",
    "oauth2",
    "office365",
    "oidc",
    "okta",
    "pingfederate",
    "samlp",
    "sms",
    "waad",
    "windowslive",
];

/// Letters, digits and single hyphens between them; 1 to 128 characters.
fn is_name(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 128 && text.split('-').all(part)
}
