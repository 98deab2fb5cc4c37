//! The organization on the wire, and what its fields may hold.

use serde::Serialize;
use serde_json::Value;

use crate::management::schema::{Kind, Schema};
use crate::tenant::{Metadata, Organization, Tenant};

use super::connections::EnabledConnectionBody;

/// Empty optional fields are left out; only the answer to a creation lists the connections.
#[derive(Serialize)]
pub(crate) struct OrganizationBody<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branding: Option<&'a Value>,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    metadata: &'a Metadata,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enabled_connections: Vec<EnabledConnectionBody<'a>>,
}

impl<'a> OrganizationBody<'a> {
    pub(crate) fn of(organization: &'a Organization) -> Self {
        Self {
            id: &organization.id,
            name: &organization.name,
            display_name: organization.display_name.as_deref(),
            branding: organization.branding.as_ref(),
            metadata: &organization.metadata,
            enabled_connections: Vec::new(),
        }
    }

    pub(super) fn with_connections(tenant: &'a Tenant, organization: &'a Organization) -> Self {
        Self {
            enabled_connections: EnabledConnectionBody::all(tenant, organization),
            ..Self::of(organization)
        }
    }

    /// Without what `read:organizations_summary` does not cover.
    pub(super) fn summary(self, metadata: &'a Metadata) -> Self {
        Self { metadata, ..self }
    }
}

pub(super) const NAME: Kind = Kind::Format("organization-name", is_name);
pub(super) const DISPLAY_NAME: Kind = Kind::Text(1, 255);
/// At most 25 pairs.
pub(super) const METADATA: Kind = Kind::Pairs(25);

pub(super) const BRANDING: Kind = Kind::Object(&Schema {
    required: &[],
    properties: &[
        (
            "logo_url",
            Kind::OrNull(&Kind::Format("strict-https-uri-or-null", is_https)),
        ),
        ("colors", Kind::Object(&COLORS)),
    ],
    open: false,
});

const COLORS: Schema = Schema {
    required: &["primary", "page_background"],
    properties: &[
        ("primary", Kind::Format("html-color", is_color)),
        ("page_background", Kind::Format("html-color", is_color)),
    ],
    open: false,
};

/// `^(?!org_)[a-z0-9]([a-z0-9-_]*[a-z0-9])?$`, 1 to 50 characters.
fn is_name(text: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=50).contains(&bytes.len())
        && !text.starts_with("org_")
        && bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes
            .iter()
            .all(|byte| alphanumeric(byte) || matches!(byte, b'-' | b'_'))
}

fn is_https(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.scheme() == "https")
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Null takes a pair away, so it is never kept.
pub(super) fn kept_pairs(metadata: Metadata) -> Metadata {
    metadata
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}
