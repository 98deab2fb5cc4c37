//! The client grant on the wire, and what its fields may hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hosts::Hosts;
use crate::management::schema::{Kind, Schema, TEXT};
use crate::tenant::{ClientGrant, Metadata};

const SCOPES: Kind = Kind::List(&Kind::Text(1, 280), 0, usize::MAX);
const TYPES: Kind = Kind::List(&Kind::Text(1, 255), 0, usize::MAX);

pub(super) const NEW_GRANT: Schema = Schema {
    required: &["client_id", "audience"],
    properties: &[
        ("client_id", TEXT),
        ("audience", Kind::Text(1, usize::MAX)),
        ("scope", SCOPES),
        ("subject_type", Kind::OneOf(&["client", "user"])),
        (
            "organization_usage",
            Kind::OneOf(&["deny", "allow", "require"]),
        ),
        ("allow_any_organization", Kind::Boolean),
        ("allow_all_scopes", Kind::Boolean),
        ("authorization_details_types", TYPES),
    ],
    open: false,
};

pub(super) const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        ("scope", Kind::OrNull(&SCOPES)),
        (
            "organization_usage",
            Kind::OrNull(&Kind::OneOf(&["deny", "allow", "require"])),
        ),
        ("allow_any_organization", Kind::OrNull(&Kind::Boolean)),
        ("allow_all_scopes", Kind::OrNull(&Kind::Boolean)),
        ("authorization_details_types", TYPES),
    ],
    open: false,
};

#[derive(Deserialize)]
pub(super) struct NewGrant {
    pub(super) client_id: String,
    pub(super) audience: String,
    #[serde(default)]
    pub(super) scope: Vec<String>,
    #[serde(flatten)]
    pub(super) extra: Metadata,
}

#[derive(Deserialize)]
pub(super) struct GrantPatch {
    pub(super) scope: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) extra: Metadata,
}

#[derive(Serialize)]
pub(crate) struct ClientGrantBody<'a> {
    id: &'a str,
    client_id: &'a str,
    audience: Cow<'a, str>,
    scope: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_type: Option<&'a str>,
    #[serde(flatten)]
    extra: BTreeMap<&'a str, &'a Value>,
}

/// An association names the grant `grant_id`; the SDKs read `id`. Both are there.
#[derive(Serialize)]
pub(crate) struct AssociatedGrantBody<'a> {
    grant_id: &'a str,
    #[serde(flatten)]
    grant: ClientGrantBody<'a>,
}

impl<'a> ClientGrantBody<'a> {
    pub(crate) fn of(grant: &'a ClientGrant, hosts: &Hosts, http: &HttpRequest) -> Self {
        let extra = grant
            .extra
            .iter()
            .filter(|(name, _)| *name != "subject_type");
        Self {
            id: &grant.id,
            client_id: &grant.client_id,
            audience: hosts.shown(&grant.audience, http),
            scope: &grant.scope,
            subject_type: Some(subject_type(&grant.extra)),
            extra: extra.map(|(name, value)| (name.as_str(), value)).collect(),
        }
    }

    /// As an organization's list has it, which are all of machines.
    pub(crate) fn in_organization(self) -> Self {
        Self {
            subject_type: None,
            ..self
        }
    }
}

impl<'a> AssociatedGrantBody<'a> {
    pub(crate) fn of(grant: &'a ClientGrant, hosts: &Hosts, http: &HttpRequest) -> Self {
        Self {
            grant_id: &grant.id,
            grant: ClientGrantBody::of(grant, hosts, http).in_organization(),
        }
    }
}

pub(super) fn subject_type(extra: &Metadata) -> &str {
    extra
        .get("subject_type")
        .and_then(Value::as_str)
        .unwrap_or("client")
}
