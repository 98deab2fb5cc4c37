//! What Auth0 adds to a connection's `options`, by strategy, and what it refuses there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::{okta, strategies};
use crate::certificate;
use crate::management::refusal::Refusal;
use crate::tenant::{Metadata, Tenant};

pub(super) struct Completion<'a> {
    /// The tenant's base URL.
    pub(super) host: &'a str,
    pub(super) tenant: &'a Tenant,
}

pub(super) fn is_enterprise(strategy: &str) -> bool {
    matches!(
        strategy,
        "ad" | "adfs"
            | "google-apps"
            | "ip"
            | "office365"
            | "oidc"
            | "okta"
            | "pingfederate"
            | "samlp"
            | "waad"
    )
}

/// Of a new connection.
pub(super) fn check_new(strategy: &str, options: &Metadata) -> Result<(), Refusal> {
    if let Some(schema) = strategies::schema(strategy) {
        schema.check_required("options", options)?;
    }
    check(strategy, options)
}

/// A change may leave out what a new connection needs: then it has none any more.
pub(super) fn check(strategy: &str, options: &Metadata) -> Result<(), Refusal> {
    if let Some(schema) = strategies::schema(strategy) {
        schema.check_known("options", options)?;
    }
    if strategy == "auth0" && options.contains_key("attributes") {
        for old in ["requires_username", "validation"] {
            if options.contains_key(old) {
                return Err(Refusal::body(format!(
                    "Cannot set both options.attributes and options.{old}"
                )));
            }
        }
    }
    Ok(())
}

impl Completion<'_> {
    pub(super) fn of_new(&self, strategy: &str, sent: Metadata) -> Metadata {
        let mut options = self.of_changed(strategy, sent);
        if strategy == "auth0" {
            default(
                &mut options,
                "mfa",
                json!({ "active": true, "return_enroll_settings": true }),
            );
            default(&mut options, "passwordPolicy", json!("good"));
            default(&mut options, "strategy_version", json!(2));
        }
        options
    }

    /// The defaults that come back when a change leaves them out; the others are gone then.
    pub(super) fn of_changed(&self, strategy: &str, mut options: Metadata) -> Metadata {
        match strategy {
            "auth0" => database(&mut options),
            "ad" => {
                default(&mut options, "ips", Value::Null);
                default(&mut options, "brute_force_protection", json!(true));
            }
            "google-oauth2" => google(&mut options),
            "oidc" => oidc(&mut options),
            "okta" => okta::complete(&mut options),
            "samlp" => saml(&mut options),
            "waad" => self.azure(&mut options),
            _ => {}
        }
        options
    }

    fn azure(&self, options: &mut Metadata) {
        default(options, "thumbprints", json!([self.thumbprint()]));
        default(options, "app_domain", json!(self.host));
        default(
            options,
            "identity_api",
            json!("microsoft-identity-platform-v2.0"),
        );
        default(options, "useCommonEndpoint", json!(false));
        default(options, "waad_common_endpoint", json!(false));
        default(options, "use_wsfed", json!(false));
        default(options, "waad_protocol", json!("openid-connect"));
        default(
            options,
            "should_trust_email_verified_connection",
            json!("never_set_emails_as_verified"),
        );
    }

    /// Of the tenant's own certificate, in hexadecimal: it stands in for the ones that a real tenant fetches.
    fn thumbprint(&self) -> String {
        let bytes = URL_SAFE_NO_PAD
            .decode(&self.tenant.current_key().thumbprint)
            .unwrap_or_default();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn database(options: &mut Metadata) {
    default(
        options,
        "authentication_methods",
        json!({ "password": { "enabled": true }, "passkey": { "enabled": false } }),
    );
    default(
        options,
        "passkey_options",
        json!({
            "challenge_ui": "both", "progressive_enrollment_enabled": true, "local_enrollment_enabled": true,
        }),
    );
    default(options, "brute_force_protection", json!(true));
}

fn google(options: &mut Metadata) {
    default(options, "email", json!(true));
    default(options, "profile", json!(true));
    let scopes = [
        ("email", "email"),
        ("profile", "profile"),
        ("calendar", "https://www.googleapis.com/auth/calendar"),
        ("youtube", "https://www.googleapis.com/auth/youtube"),
    ];
    let asked = scopes
        .into_iter()
        .filter(|(name, _)| options.get(*name) == Some(&Value::Bool(true)));
    let scope: Vec<&str> = asked.map(|(_, scope)| scope).collect();
    default(options, "scope", json!(scope));
}

fn saml(options: &mut Metadata) {
    let Some(signing) = options
        .get("signingCert")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return;
    };
    if let Some(read) = certificate::read(&signing) {
        let subject: Metadata = read
            .subject
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        default(
            options,
            "expires",
            json!(read.expires.to_rfc3339_opts(SecondsFormat::Millis, true)),
        );
        default(options, "subject", json!(subject));
        default(options, "thumbprints", json!([read.thumbprint]));
    }
    default(options, "cert", json!(signing));
}

/// A real tenant fetches the provider's metadata; here it must be sent, or the endpoints one by one.
fn oidc(options: &mut Metadata) {
    if let Some(Value::Object(metadata)) = options.get_mut("oidc_metadata") {
        for flag in [
            "claims_parameter_supported",
            "request_parameter_supported",
            "request_uri_parameter_supported",
            "require_request_uri_registration",
        ] {
            metadata.entry(flag).or_insert(Value::Bool(false));
        }
    }
    let metadata = options.get("oidc_metadata").cloned().unwrap_or_default();
    for endpoint in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    ] {
        if let Some(known) = metadata.get(endpoint) {
            default(options, endpoint, known.clone());
        }
    }
    default(options, "schema_version", json!("oidc-V4"));
    default(
        options,
        "attribute_map",
        json!({ "mapping_mode": "bind_all" }),
    );
    default(options, "connection_settings", json!({ "pkce": "auto" }));
}

/// Fills what was not sent, or sent as null.
pub(super) fn default(options: &mut Metadata, name: &str, value: Value) {
    let field = options.entry(name).or_insert(Value::Null);
    if field.is_null() {
        *field = value;
    }
}
