//! Under another header, or signed with something else than the issuer's key as RS256.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{Forged, rows};
use crate::tokens::forge::Forge;

pub(super) fn unsigned(forge: &Forge) -> Vec<Forged> {
    let signature = forge.good.rsplit('.').next().expect("three parts");
    let endings = ["", ".", ".e30", &format!(".{signature}")].map(str::to_owned);
    let names = ["none", "None", "NONE", "nOnE", "", "null", "HS256"];
    let tokens = names.into_iter().flat_map(|name| {
        let message = forge.message(name);
        endings.clone().map(|ending| format!("{message}{ending}"))
    });
    let mut forged = rows("not signed", tokens.collect::<Vec<_>>());
    let bare = forge.message("RS256");
    forged.extend(rows(
        "signature left out",
        [bare.clone(), format!("{bare}.")],
    ));
    forged
}

pub(super) fn confused_about_the_key(forge: &Forge, jwk: &Value) -> Vec<Forged> {
    let algorithms = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    let secrets = forge.public_secrets(jwk);
    let tokens = algorithms.into_iter().flat_map(|algorithm| {
        let signed = |secret: &Vec<u8>| forge.signed_with_secret(algorithm, secret);
        secrets.iter().map(signed).collect::<Vec<_>>()
    });
    rows("public key used as a secret", tokens)
}

pub(super) fn other_algorithms(forge: &Forge) -> Vec<Forged> {
    let honest = [
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ]
    .into_iter()
    .flat_map(|algorithm| {
        let claims = forge.claims.to_string();
        let named = json!({ "alg": format!("{algorithm:?}"), "typ": "at+jwt", "kid": forge.kid });
        [named, forge.header()].map(|header| forge.sign_as(algorithm, &header.to_string(), &claims))
    });
    let mut forged = rows("validly signed with another algorithm", honest);
    forged.extend(rows("signed by a stranger", forge.signed_by_strangers()));
    let names = ["rs256", "RS256 ", "RSA", "RS1", "ES256", "EdDSA", "dir"].map(|name| json!(name));
    let odd = [
        Value::Null,
        json!(256),
        json!(["RS256"]),
        json!({ "RS256": 1 }),
    ];
    let named = names.into_iter().chain(odd);
    forged.extend(rows(
        "another algorithm named",
        named.map(|name| forge.heading("alg", name)),
    ));
    forged
}

pub(super) fn bringing_keys(forge: &Forge, jwk: &Value, attacker: &str) -> Vec<Forged> {
    let values = [
        json!(format!("{attacker}jwks.json")),
        json!(attacker),
        jwk.clone(),
        json!([attacker]),
        json!(["exp"]),
        json!([]),
        Value::Null,
        json!(false),
    ];
    let names = ["jku", "x5u", "jwk", "x5c", "crit", "b64"];
    let tokens = names
        .into_iter()
        .flat_map(|name| values.clone().map(|value| forge.heading(name, value)));
    let mut forged = rows("brings its own key or extension", tokens);
    let issuers = ["", ".well-known/jwks.json"]
        .map(|path| forge.claiming("iss", json!(format!("{attacker}{path}"))));
    forged.extend(rows("names the attacker as issuer", issuers));
    forged
}

pub(super) fn other_types(forge: &Forge) -> Vec<Forged> {
    let names = [
        "JWT",
        "jwt",
        "",
        "at jwt",
        "at+jwt ",
        "text/at+jwt",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "application/application/at+jwt",
    ];
    let odd = [Value::Null, json!(1), json!(["at+jwt"])];
    let types = names.map(|name| json!(name)).into_iter().chain(odd);
    rows(
        "not of an access token's type",
        types.map(|typ| forge.heading("typ", typ)),
    )
}

pub(super) fn odd_key_ids(forge: &Forge) -> Vec<Forged> {
    let texts = [
        "",
        " ",
        "../../../etc/passwd",
        "..%2f..%2fdev%2fnull",
        "/dev/null",
        "'; drop table app.customers; --",
        "' or '1'='1",
        "$(id)",
        "${jndi:ldap://127.0.0.1/}",
        "key\u{0}id",
        "schlüssel",
    ];
    let mut ids: Vec<Value> = texts.map(|text| json!(text)).to_vec();
    let own = &forge.kid;
    ids.extend(
        [
            format!("{own} "),
            format!("{own}\n"),
            own.to_lowercase() + "X",
            "k".repeat(300),
        ]
        .map(Value::from),
    );
    ids.extend([Value::Null, json!(1), json!([own]), json!({ "kid": own })]);
    rows(
        "odd key id",
        ids.into_iter().map(|id| forge.heading("kid", id)),
    )
}
