//! Which options a strategy has, and what each of them may hold.

use serde_json::Value;

use crate::identity_provider::Strategy;

#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// An identifier: 1 to 512 visible ASCII characters.
    Id,
    /// The same, and never shown.
    Secret,
    /// A host name with a dot in it.
    Host,
    /// An absolute address without user, fragment and white space; what it may lead to is judged where it is fetched.
    Address,
    /// A certificate in PEM or base64.
    Certificate,
    /// An XML document, judged where it is read.
    Document,
    Flag,
    OneOf(&'static [&'static str]),
    /// SAML without a request of ours: off unless its own `enabled` says so.
    IdpInitiated,
}

pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

const SIGNATURES: Kind = Kind::OneOf(&["rsa-sha256", "rsa-sha1"]);
const DIGESTS: Kind = Kind::OneOf(&["sha256", "sha1"]);
const BINDINGS: Kind = Kind::OneOf(&[
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
]);

const OIDC: &[Field] = &[
    required("type", Kind::OneOf(&["front_channel", "back_channel"])),
    required("client_id", Kind::Id),
    optional("client_secret", Kind::Secret),
    required("discovery_url", Kind::Address),
];

const OKTA: &[Field] = &[
    required("domain", Kind::Host),
    required("client_id", Kind::Id),
    required("client_secret", Kind::Secret),
    optional("icon_url", Kind::Address),
];

const WAAD: &[Field] = &[
    required("tenant_domain", Kind::Host),
    required("client_id", Kind::Id),
    required("client_secret", Kind::Secret),
    optional("icon_url", Kind::Address),
];

const ADFS: &[Field] = &[
    optional("adfs_server", Kind::Address),
    optional("fedMetadataXml", Kind::Document),
];

const PING: &[Field] = &[
    required("pingFederateBaseUrl", Kind::Address),
    required("signingCert", Kind::Certificate),
    required("signatureAlgorithm", SIGNATURES),
    required("digestAlgorithm", DIGESTS),
    required("signSAMLRequest", Kind::Flag),
    optional("idpInitiated", Kind::IdpInitiated),
    optional("icon_url", Kind::Address),
];

const SAML: &[Field] = &[
    optional("metadataUrl", Kind::Address),
    optional("signInEndpoint", Kind::Address),
    optional("signingCert", Kind::Certificate),
    required("signSAMLRequest", Kind::Flag),
    optional("signatureAlgorithm", SIGNATURES),
    optional("digestAlgorithm", DIGESTS),
    optional("protocolBinding", BINDINGS),
    optional("idpInitiated", Kind::IdpInitiated),
    optional("icon_url", Kind::Address),
];

pub(super) fn fields(strategy: Strategy) -> &'static [Field] {
    match strategy {
        Strategy::Oidc => OIDC,
        Strategy::Samlp => SAML,
        Strategy::Okta | Strategy::GoogleApps => OKTA,
        Strategy::Waad => WAAD,
        Strategy::Adfs => ADFS,
        Strategy::PingFederate => PING,
    }
}

impl Kind {
    pub(super) fn judge(self, value: &Value) -> Result<(), (&'static str, &'static str)> {
        let text = value.as_str();
        let is = |fits: fn(&str) -> bool| text.is_some_and(fits);
        match self {
            Self::Flag if value.is_boolean() => Ok(()),
            Self::Flag => Err(("wrong_type", "This is true or false.")),
            Self::IdpInitiated => idp_initiated(value),
            _ if text.is_none() => Err(("wrong_type", "This is a text.")),
            Self::Id | Self::Secret if is(is_id) => Ok(()),
            Self::Id | Self::Secret => Err(("invalid", "1 to 512 visible ASCII characters.")),
            Self::Host if is(is_host) => Ok(()),
            Self::Host => Err(("invalid", "A domain name such as login.example.com.")),
            Self::Address if is(is_address) => Ok(()),
            Self::Address => Err(("invalid_url", "An https address without user and fragment.")),
            Self::Certificate if is(is_certificate) => Ok(()),
            Self::Certificate => Err((
                "invalid_certificate",
                "One certificate, in PEM or in base64; a private key is never sent.",
            )),
            Self::Document if is(|text| text.len() <= 256 * 1024) => Ok(()),
            Self::Document => Err(("too_long", "At most 256 KiB.")),
            Self::OneOf(words) if text.is_some_and(|text| words.contains(&text)) => Ok(()),
            Self::OneOf(_) => Err((
                "unknown_value",
                "This is not one of the values that there are.",
            )),
        }
    }
}

fn is_id(text: &str) -> bool {
    (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Names only: an address in numbers, however spelled, ends in a label without a letter.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = |last: &str| {
        last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic())
            || last.starts_with("xn--")
    };
    text.len() <= 253
        && text.split('.').all(label)
        && text.rsplit_once('.').is_some_and(|(_, last)| is_name(last))
}

fn is_address(text: &str) -> bool {
    let plain = |character: char| !character.is_whitespace() && !character.is_control();
    text.len() <= 2048 && text.chars().all(plain) && text.contains("://")
}

fn is_certificate(text: &str) -> bool {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte);
    let text = text.trim();
    if text.len() > 16 * 1024 || text.contains("PRIVATE KEY") {
        return false;
    }
    let body = match text.strip_prefix("-----BEGIN CERTIFICATE-----") {
        Some(rest) => rest.strip_suffix("-----END CERTIFICATE-----"),
        None => Some(text),
    };
    body.is_some_and(|body| body.len() >= 100 && body.bytes().all(base64))
}

/// Whoever starts at their own provider is not asked for a state of ours, so a login can be slipped to somebody: it is
/// taken only where it is wanted by name.
fn idp_initiated(value: &Value) -> Result<(), (&'static str, &'static str)> {
    let Some(object) = value.as_object() else {
        return Err(("wrong_type", "This is an object."));
    };
    let flag = object.get("enabled").is_some_and(Value::is_boolean);
    let is_text = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| (1..=512).contains(&text.len()))
    };
    let known = object.iter().all(|(name, value)| match name.as_str() {
        "enabled" => true,
        "client_id" | "client_authorizequery" => is_text(value),
        // Our application speaks no other.
        "client_protocol" => value == "oidc",
        _ => false,
    });
    if flag && known {
        Ok(())
    } else {
        Err((
            "invalid",
            "It has enabled, and may have client_id, client_protocol (oidc) and client_authorizequery.",
        ))
    }
}
