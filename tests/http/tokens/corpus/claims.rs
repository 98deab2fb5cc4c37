//! Validly signed by the issuer, but not what it would ever say to us.

use serde_json::{Value, json};

use super::{Forged, rows};
use crate::tokens::forge::Forge;

fn not_texts() -> [Value; 6] {
    [
        Value::Null,
        json!(0),
        json!(1.5),
        json!(true),
        json!([]),
        json!({}),
    ]
}

pub(super) fn odd_claims(forge: &Forge) -> Vec<Forged> {
    let issuer = forge.claims["iss"].as_str().expect("an issuer").to_owned();
    let bare = issuer.trim_end_matches('/').to_owned();
    let issuers = [
        bare.clone(),
        issuer.replace("http://", "https://"),
        issuer.to_uppercase(),
        issuer.replace("localhost", "127.0.0.1"),
        issuer.replace("localhost", "Localhost"),
        format!("{issuer}/"),
        format!("{issuer} "),
        format!(" {issuer}"),
        format!("{bare}.evil.test/"),
        format!("https://evil.test/{issuer}"),
        format!("{bare}@evil.test/"),
        "https://another.eu.auth0.com/".to_owned(),
        String::new(),
    ];
    let organizations = [
        "",
        "org_",
        "acme",
        "org_0123456789abcde",
        "org_0123456789abcdef0",
        "org_0123456789abcde'",
        "org_0123456789abcde\u{0}",
        "org_0123456789abcdef' or '1'='1",
        "ind_0123456789abcdef0123456789abcdef",
    ];
    let long = format!("org_{}", "a".repeat(300));
    let subjects = ["", "nobody", "|", "auth0|", "|id", "auth0|a\nb"];
    let texts = |name: &'static str, values: &[&str]| -> Vec<(&'static str, Value)> {
        values.iter().map(|value| (name, json!(value))).collect()
    };
    let mut claims = texts("iss", &issuers.each_ref().map(String::as_str));
    claims.extend(texts("org_id", &organizations));
    claims.extend(texts("org_id", &[&long]));
    claims.extend(texts("sub", &subjects));
    claims.extend(texts("client_id", &["", &"c".repeat(300)]));
    claims.extend(texts("permissions", &["projects:read"]));
    claims.push(("permissions", json!(["projects:read", 1])));
    claims.push(("permissions", json!([["projects:read"]])));
    for name in ["iss", "aud", "sub", "client_id", "org_id", "exp", "iat"] {
        claims.extend(not_texts().map(|value| (name, value)));
    }
    let tokens = claims
        .into_iter()
        .map(|(name, value)| forge.claiming(name, value));
    let mut forged = rows("odd claim", tokens);
    let required = ["iss", "aud", "sub", "exp", "iat", "client_id"];
    forged.extend(rows(
        "claim left out",
        required.map(|name| forge.not_claiming(name)),
    ));
    forged
}

pub(super) fn odd_audiences(forge: &Forge) -> Vec<Forged> {
    let ours = "https://api.tenantry.dev";
    let issuer = forge.claims["iss"].as_str().expect("an issuer");
    let audiences = [
        json!(""),
        json!([""]),
        json!(format!("{issuer}userinfo")),
        json!([format!("{issuer}userinfo")]),
        json!(format!("{issuer}api/v2/")),
        json!("tenantry-console"),
        json!("https://api.tenantry"),
        json!(format!("{ours}/")),
        json!(format!("{ours} other")),
        json!("https://API.tenantry.dev"),
        json!([ours, 1]),
        json!([null, ours]),
        json!([[ours]]),
        json!({ ours: ours }),
    ];
    rows(
        "for another audience",
        audiences.map(|audience| forge.claiming("aud", audience)),
    )
}

/// Seconds well outside the leeway of 30; the edges are in the verifier's own tests, which hold the clock.
pub(super) fn odd_times(forge: &Forge, now: i64) -> Vec<Forged> {
    let mut times: Vec<(&str, Value)> = [-31, -61, -3_600, -86_400]
        .into_iter()
        .map(|offset| ("exp", json!(now + offset)))
        .collect();
    for offset in [300, 3_600, 86_400] {
        times.extend(["iat", "nbf"].map(|name| (name, json!(now + offset))));
    }
    let wrong = [
        json!((now + 300).to_string()),
        json!("2099-01-01T00:00:00Z"),
        json!((now + 300) as f64),
        json!(1e308),
        json!(-1),
        json!(253_402_300_799_i64),
        json!(i64::MAX),
        json!(u64::MAX),
        json!([now + 300]),
    ];
    for name in ["exp", "iat", "nbf"] {
        times.extend(wrong.clone().map(|value| (name, value)));
    }
    let tokens = times
        .into_iter()
        .map(|(name, value)| forge.claiming(name, value));
    rows("odd time", tokens)
}
