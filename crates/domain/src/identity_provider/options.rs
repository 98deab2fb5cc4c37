//! What a connection is set up with, by strategy, in the words of Auth0's My Organization API. Secrets are taken out as
//! soon as they are parsed.

mod fields;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Strategy;
use fields::fields;

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

fn refused(option: &str, code: &'static str, detail: &'static str) -> InvalidOption {
    InvalidOption {
        option: option.to_owned(),
        code,
        detail,
    }
}

#[cfg(test)]
mod tests;
