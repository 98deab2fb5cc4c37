//! What a connection is set up with, by strategy, in the words of Auth0's My Organization API. Secrets are taken out as
//! soon as they are parsed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Strategy;

/// Options that nobody reads again.
pub const SECRET_OPTIONS: &[&str] = &["client_secret"];

/// What was judged acceptable. `Debug` shows no secret.
#[derive(Clone, Default, PartialEq)]
pub struct Options {
    pub shown: Map<String, Value>,
    pub secrets: BTreeMap<String, String>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}

/// Which option is wrong and how; `code` is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct InvalidOption {
    pub option: String,
    pub code: &'static str,
    pub detail: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
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

struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
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

fn fields(strategy: Strategy) -> &'static [Field] {
    match strategy {
        Strategy::Oidc => OIDC,
        Strategy::Samlp => SAML,
        Strategy::Okta | Strategy::GoogleApps => OKTA,
        Strategy::Waad => WAAD,
        Strategy::Adfs => ADFS,
        Strategy::PingFederate => PING,
    }
}

impl Options {
    /// Judges all of a connection's options. `kept` names the secrets that Auth0 has already and that need not be sent
    /// again.
    ///
    /// # Errors
    /// Everything that is wrong, each with its option.
    pub fn parse(
        strategy: Strategy,
        sent: Map<String, Value>,
        kept: &[String],
    ) -> Result<Self, Vec<InvalidOption>> {
        let mut wrong = Vec::new();
        let mut options = Self::default();
        let known = fields(strategy);
        for field in known.iter().filter(|field| field.required) {
            let is_kept = kept.iter().any(|kept| kept == field.name);
            if !sent.contains_key(field.name) && !is_kept {
                wrong.push(refused(field.name, "required", "This option is required."));
            }
        }
        for (name, value) in sent {
            let Some(field) = known.iter().find(|field| field.name == name) else {
                let detail = "This strategy has no such option.";
                wrong.push(refused(&name, "unknown_field", detail));
                continue;
            };
            match field.kind.judge(&value) {
                Err((code, detail)) => wrong.push(refused(&name, code, detail)),
                Ok(()) => options.take(name, value),
            }
        }
        if wrong.is_empty() {
            wrong.extend(options.contradiction(strategy, kept));
        }
        if wrong.is_empty() {
            Ok(options)
        } else {
            Err(wrong)
        }
    }

    fn take(&mut self, name: String, value: Value) {
        match value {
            Value::String(secret) if SECRET_OPTIONS.contains(&name.as_str()) => {
                self.secrets.insert(name, secret);
            }
            value => {
                self.shown.insert(name, value);
            }
        }
    }

    /// What no single option says.
    fn contradiction(&self, strategy: Strategy, kept: &[String]) -> Option<InvalidOption> {
        let has = |name: &str| self.shown.contains_key(name);
        match strategy {
            Strategy::Oidc => {
                let secret = "client_secret";
                let is_there =
                    self.secrets.contains_key(secret) || kept.iter().any(|kept| kept == secret);
                let is_needed =
                    self.shown.get("type").and_then(Value::as_str) == Some("back_channel");
                (is_needed && !is_there)
                    .then(|| refused(secret, "required", "A back channel needs the secret."))
            }
            Strategy::Samlp => match (has("metadataUrl"), has("signInEndpoint")) {
                (true, true) => Some(refused(
                    "signInEndpoint",
                    "conflict",
                    "It is read from the metadata; give one of the two.",
                )),
                (false, false) => Some(refused(
                    "metadataUrl",
                    "required",
                    "Either this or signInEndpoint with signingCert is required.",
                )),
                (false, true) if !has("signingCert") => Some(refused(
                    "signingCert",
                    "required",
                    "Without metadata, the certificate is required.",
                )),
                _ => None,
            },
            Strategy::Adfs => match (has("adfs_server"), has("fedMetadataXml")) {
                (true, true) => Some(refused(
                    "fedMetadataXml",
                    "conflict",
                    "Give this or adfs_server.",
                )),
                (false, false) => Some(refused(
                    "adfs_server",
                    "required",
                    "Either this or fedMetadataXml is required.",
                )),
                _ => None,
            },
            Strategy::Okta | Strategy::Waad | Strategy::GoogleApps | Strategy::PingFederate => None,
        }
    }
}

impl Kind {
    fn judge(self, value: &Value) -> Result<(), (&'static str, &'static str)> {
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
    let texts = ["client_id", "client_protocol", "client_authorizequery"];
    let known = object.iter().all(|(name, value)| {
        name == "enabled"
            || texts.contains(&name.as_str())
                && value.as_str().is_some_and(|text| text.len() <= 512)
    });
    if flag && known {
        Ok(())
    } else {
        Err((
            "invalid",
            "It has enabled, and may have client_id, client_protocol and client_authorizequery.",
        ))
    }
}

fn refused(option: &str, code: &'static str, detail: &'static str) -> InvalidOption {
    InvalidOption {
        option: option.to_owned(),
        code,
        detail,
    }
}

#[cfg(test)]
mod tests;
