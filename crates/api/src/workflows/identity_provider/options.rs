//! The options of a connection as Auth0 wants them: its words differ from those of the My Organization API in places.

use std::collections::BTreeMap;

use domain::Strategy;
use domain::identity_provider::SECRET_OPTIONS;
use serde_json::{Map, Value, json};
use store::IdentityProvider;

/// Secrets by their option; no `Debug`.
#[derive(Default)]
pub(super) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    pub(super) fn read(opened: &[u8]) -> Option<Self> {
        serde_json::from_slice(opened).ok().map(Self)
    }
}

/// What we say of the options, and of which ones we say nothing unless it is said here.
pub(super) struct Wanted {
    ours: Map<String, Value>,
}

const DOMAIN_ALIASES: &str = "domain_aliases";

/// Of those that a connection may have from us; whatever else Auth0 has is its own.
const MANAGED: &[&str] = &[
    "adfs_server",
    "client_id",
    "digestAlgorithm",
    "discovery_url",
    "domain",
    "domain_aliases",
    "fedMetadataXml",
    "icon_url",
    "idpinitiated",
    "metadataUrl",
    "pingFederateBaseUrl",
    "protocolBinding",
    "signInEndpoint",
    "signSAMLRequest",
    "signatureAlgorithm",
    "signingCert",
    "tenant_domain",
    "type",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    // What Auth0 made of a certificate; it makes it anew of another one.
    "cert",
    "thumbprints",
    "subject",
    "expires",
];

/// `client` is our application, where a login ends that the provider begins.
pub(super) fn wanted(
    provider: &IdentityProvider,
    secrets: &Secrets,
    domains: &[String],
    client: &str,
) -> Wanted {
    let mut ours = provider.discovered.clone();
    for (name, value) in &provider.options {
        ours.insert(
            auth0_name(provider.strategy, name).to_owned(),
            value.clone(),
        );
    }
    for (name, secret) in &secrets.0 {
        ours.insert(name.clone(), json!(secret));
    }
    ours.insert("domain_aliases".into(), json!(domains));
    match provider.strategy {
        Strategy::Oidc => {
            ours.insert("scope".into(), json!("openid profile email"));
        }
        // Whoever administers a directory of Microsoft's may write any address into it.
        Strategy::Waad => {
            let trust = "never_set_emails_as_verified";
            ours.insert(
                "should_trust_email_verified_connection".into(),
                json!(trust),
            );
        }
        Strategy::Samlp | Strategy::PingFederate => {
            let off = json!({ "enabled": false });
            let said = ours.entry("idpinitiated").or_insert(off);
            if said["enabled"] == true {
                said["client_id"] = json!(client);
                said["client_protocol"] = json!("oidc");
            }
        }
        Strategy::Okta | Strategy::GoogleApps | Strategy::Adfs => {}
    }
    Wanted { ours }
}

fn auth0_name(strategy: Strategy, option: &str) -> &str {
    match (strategy, option) {
        (_, "idpInitiated") => "idpinitiated",
        (Strategy::GoogleApps, "domain") => "tenant_domain",
        (_, option) => option,
    }
}

impl Wanted {
    pub(super) fn of_new(self) -> Map<String, Value> {
        self.ours
    }

    /// What is ours replaces what was ours; secrets stay unless there are new ones, and everything else stays.
    pub(super) fn merged_into(self, present: Map<String, Value>) -> Map<String, Value> {
        let is_secret = |name: &str| SECRET_OPTIONS.contains(&name);
        let mut merged: Map<String, Value> = present
            .into_iter()
            .filter(|(name, _)| is_secret(name) || !MANAGED.contains(&name.as_str()))
            .collect();
        merged.extend(self.ours);
        merged
    }
}

/// What somebody set up at Auth0 without us, without its secrets: in Auth0's words, so that a later push writes the same.
pub(in crate::workflows) fn learned(present: &Map<String, Value>) -> Map<String, Value> {
    let is_kept = |name: &str| {
        MANAGED.contains(&name) && name != DOMAIN_ALIASES && !SECRET_OPTIONS.contains(&name)
    };
    let kept = present.iter().filter(|(name, _)| is_kept(name));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_auth0_added_stays_and_what_we_left_out_goes() {
        let present = object(&json!({
            "client_secret": "kept", "client_id": "old", "icon_url": "https://old.example/i.png",
            "set_user_root_attributes": "on_each_login", "domain_aliases": ["old.example"],
        }));
        let ours = object(&json!({ "client_id": "new", "domain_aliases": [] }));
        let merged = Wanted { ours }.merged_into(present);
        assert_eq!(
            Value::Object(merged),
            json!({
                "client_secret": "kept", "client_id": "new", "set_user_root_attributes": "on_each_login",
                "domain_aliases": [],
            })
        );
    }

    #[test]
    fn a_new_secret_takes_the_place_of_the_old_one() {
        let present = object(&json!({ "client_secret": "old" }));
        let ours = object(&json!({ "client_secret": "new" }));
        let merged = Wanted { ours }.merged_into(present);
        assert_eq!(merged["client_secret"], "new");
    }
}
