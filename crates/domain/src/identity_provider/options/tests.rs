use serde_json::json;

use super::*;

fn parse(strategy: Strategy, sent: &Value) -> Result<Options, Vec<(String, &'static str)>> {
    let sent = sent.as_object().unwrap().clone();
    Options::parse(strategy, sent, &[]).map_err(|wrong| {
        wrong
            .into_iter()
            .map(|wrong| (wrong.option, wrong.code))
            .collect()
    })
}

fn certificate() -> String {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        "A".repeat(120)
    )
}

fn examples() -> Vec<(Strategy, Value)> {
    let client = json!({ "domain": "acme.okta.com", "client_id": "0oa1", "client_secret": "s" });
    vec![
        (Strategy::Okta, client.clone()),
        (Strategy::GoogleApps, client),
        (
            Strategy::Waad,
            json!({ "tenant_domain": "acme.onmicrosoft.com", "client_id": "i", "client_secret": "s" }),
        ),
        (
            Strategy::Oidc,
            json!({ "type": "back_channel", "client_id": "i", "client_secret": "s",
                "discovery_url": "https://idp.example/.well-known/openid-configuration" }),
        ),
        (
            Strategy::Samlp,
            json!({ "metadataUrl": "https://idp.example/metadata", "signSAMLRequest": true }),
        ),
        (
            Strategy::Samlp,
            json!({ "signInEndpoint": "https://idp.example/sso", "signingCert": certificate(),
                "signSAMLRequest": false, "idpInitiated": { "enabled": false } }),
        ),
        (
            Strategy::Adfs,
            json!({ "adfs_server": "https://fs.example" }),
        ),
        (
            Strategy::PingFederate,
            json!({ "pingFederateBaseUrl": "https://ping.example", "signingCert": certificate(),
                "signatureAlgorithm": "rsa-sha256", "digestAlgorithm": "sha256", "signSAMLRequest": true }),
        ),
    ]
}

#[test]
fn every_strategy_takes_its_own_options_and_no_others() {
    for (strategy, sent) in examples() {
        let options = parse(strategy, &sent).unwrap();
        let count = options.shown.len() + options.secrets.len();
        assert_eq!(count, sent.as_object().unwrap().len(), "{strategy}");
        let mut more = sent.clone();
        more["domain_aliases"] = json!(["victim.example"]);
        let unknown = vec![("domain_aliases".to_owned(), "unknown_field")];
        assert_eq!(parse(strategy, &more), Err(unknown), "{strategy}");
    }
}

#[test]
fn secrets_are_apart_and_not_in_debug() {
    for (strategy, sent) in examples() {
        let options = parse(strategy, &sent).unwrap();
        assert!(!options.shown.contains_key("client_secret"));
        assert!(!format!("{options:?}").contains("client_secret"));
    }
}

#[test]
fn each_missing_option_is_named() {
    let missing = parse(Strategy::Okta, &json!({})).unwrap_err();
    let names: Vec<&str> = missing.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["domain", "client_id", "client_secret"]);
    let saml = parse(Strategy::Samlp, &json!({ "signSAMLRequest": true }));
    assert_eq!(saml, Err(vec![("metadataUrl".to_owned(), "required")]));
    let oidc = json!({ "type": "back_channel", "client_id": "i", "discovery_url": "https://idp.example/" });
    let oidc = parse(Strategy::Oidc, &oidc);
    assert_eq!(oidc, Err(vec![("client_secret".to_owned(), "required")]));
}

#[test]
fn a_secret_that_auth0_has_need_not_be_sent_again() {
    let sent = json!({ "domain": "acme.okta.com", "client_id": "0oa1" });
    let kept = ["client_secret".to_owned()];
    let options = Options::parse(Strategy::Okta, sent.as_object().unwrap().clone(), &kept);
    assert!(options.unwrap().secrets.is_empty());
}

#[test]
fn a_host_is_a_name_and_not_an_address() {
    for wrong in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "localhost",
        "a..b",
        "-a.example",
        "a.example/",
        "user@a.example",
        "a.example:22",
        "[::1]",
        "169.254.169.254",
        "",
    ] {
        let sent = json!({ "domain": wrong, "client_id": "i", "client_secret": "s" });
        let refused = parse(Strategy::Okta, &sent);
        assert_eq!(
            refused,
            Err(vec![("domain".to_owned(), "invalid")]),
            "{wrong}"
        );
    }
}

#[test]
fn a_private_key_is_no_certificate() {
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        "A".repeat(120)
    );
    let sent = json!({ "signInEndpoint": "https://idp.example/sso", "signingCert": key, "signSAMLRequest": true });
    let refused = parse(Strategy::Samlp, &sent);
    assert_eq!(
        refused,
        Err(vec![("signingCert".to_owned(), "invalid_certificate")])
    );
}
