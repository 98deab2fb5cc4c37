//! Public keys that a client registers instead of a secret. They are listed, never checked: the sandbox's token
//! endpoint takes secrets.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::ids;

/// Replaces the keys that were sent by what Auth0 says about them afterwards.
pub(super) fn register(methods: &mut Value, now: DateTime<Utc>) {
    let Some(methods) = methods.as_object_mut() else {
        return;
    };
    for method in methods.values_mut() {
        if let Some(credentials) = method.get_mut("credentials").and_then(Value::as_array_mut) {
            for credential in credentials {
                *credential = registered(credential, now);
            }
        }
    }
}

fn registered(sent: &Value, now: DateTime<Utc>) -> Value {
    let pem = sent["pem"].as_str().unwrap_or_default();
    let kid = digest::digest(&digest::SHA256, pem.as_bytes());
    let at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({
        "id": format!("cred_{}", &ids::client()[..22]),
        "name": sent["name"],
        "kid": URL_SAFE_NO_PAD.encode(kid),
        "credential_type": sent["credential_type"],
        "alg": sent["alg"].as_str().unwrap_or("RS256"),
        "created_at": at,
        "updated_at": at,
    })
}
