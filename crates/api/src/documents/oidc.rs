//! The discovery document of an OpenID provider (OpenID Connect Discovery 1.0, section 4).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Fetcher, Refused};

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What is read of it; everything else is the provider's own.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    response_types_supported: Vec<String>,
    id_token_signing_alg_values_supported: Vec<String>,
}

/// Fetches and judges it; answers what Auth0 is told of it.
///
/// # Errors
/// See [`Refused`].
pub(crate) async fn discovery(
    fetcher: &Fetcher,
    address: &str,
    back_channel: bool,
) -> Result<Map<String, Value>, Refused> {
    let issuer = address.strip_suffix(WELL_KNOWN);
    let issuer = issuer.ok_or(Refused::Document(
        "its address must end in /.well-known/openid-configuration.",
    ))?;
    let document = fetcher.fetch(address).await?;
    judge(fetcher, &document, issuer, back_channel)
}

fn judge(
    fetcher: &Fetcher,
    document: &[u8],
    issuer: &str,
    back_channel: bool,
) -> Result<Map<String, Value>, Refused> {
    let found: Discovery = serde_json::from_slice(document).map_err(|_| {
        Refused::Document("it is no JSON object with what OpenID Connect requires.")
    })?;
    // Whoever could answer for another issuer could sign for its people (section 4.3).
    if found.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
        return Err(Refused::Issuer);
    }
    let flow = if back_channel { "code" } else { "id_token" };
    if !found.response_types_supported.iter().any(|has| has == flow) {
        return Err(Refused::Document(
            "it does not support the flow of this type.",
        ));
    }
    let is_signature = |algorithm: &String| {
        ["RS", "PS", "ES"]
            .iter()
            .any(|kind| algorithm.starts_with(kind))
    };
    let signed = &found.id_token_signing_alg_values_supported;
    if !signed.iter().any(is_signature) {
        return Err(Refused::Document(
            "it signs with no key that could be checked.",
        ));
    }
    let endpoints = [
        ("authorization_endpoint", Some(found.authorization_endpoint)),
        ("token_endpoint", found.token_endpoint),
        ("userinfo_endpoint", found.userinfo_endpoint),
        ("jwks_uri", Some(found.jwks_uri)),
    ];
    let mut told = Map::from_iter([("issuer".to_owned(), json!(found.issuer))]);
    for (name, endpoint) in endpoints {
        match endpoint {
            Some(endpoint) => {
                fetcher.check(&endpoint).map_err(|_| Refused::Endpoint)?;
                told.insert(name.to_owned(), json!(endpoint));
            }
            None if back_channel && name == "token_endpoint" => {
                return Err(Refused::Document("it has no token_endpoint."));
            }
            None => {}
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(change: &Value) -> Vec<u8> {
        let mut document = json!({
            "issuer": "https://idp.example",
            "authorization_endpoint": "https://idp.example/authorize",
            "token_endpoint": "https://idp.example/token",
            "jwks_uri": "https://idp.example/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        for (name, value) in change.as_object().unwrap() {
            document[name] = value.clone();
        }
        serde_json::to_vec(&document).unwrap()
    }

    fn judged(change: &Value) -> Result<Map<String, Value>, Refused> {
        let fetcher = Fetcher::new(Vec::new());
        judge(&fetcher, &document(change), "https://idp.example", true)
    }

    #[test]
    fn a_good_document_tells_the_endpoints() {
        let told = judged(&json!({})).unwrap();
        assert_eq!(told["token_endpoint"], "https://idp.example/token");
        assert_eq!(told.len(), 4);
    }

    #[test]
    fn another_issuer_or_an_endpoint_inside_is_refused() {
        for issuer in [
            "https://victim.example",
            "https://idp.example.evil.example",
            "http://idp.example",
            "",
        ] {
            assert_eq!(
                judged(&json!({ "issuer": issuer })),
                Err(Refused::Issuer),
                "{issuer}"
            );
        }
        for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            for inside in [
                "http://idp.example/",
                "https://169.254.169.254/",
                "https://localhost/",
                "file:///etc/passwd",
            ] {
                let judged = judged(&json!({ endpoint: inside }));
                assert_eq!(judged, Err(Refused::Endpoint), "{endpoint} {inside}");
            }
        }
    }

    #[test]
    fn what_could_not_work_is_refused() {
        for change in [
            json!({ "token_endpoint": null }),
            json!({ "jwks_uri": null }),
            json!({ "response_types_supported": ["id_token"] }),
            json!({ "id_token_signing_alg_values_supported": ["none", "HS256"] }),
        ] {
            assert!(
                matches!(judged(&change), Err(Refused::Document(_))),
                "{change}"
            );
        }
        let fetcher = Fetcher::new(Vec::new());
        let html = judge(&fetcher, b"<html>", "https://idp.example", true);
        assert!(matches!(html, Err(Refused::Document(_))));
    }
}
