use aws_lc_rs::hmac;
use aws_lc_rs::signature as rsa;
use serde_json::{Value, json};

use super::forge::{Forge, claims, header, with, without};
use crate::auth::Refused;
use crate::auth::testing::{KEY, KeyServer, OTHER_KEY, base64url, jwk, modulus, sign};
use aws_lc_rs::signature::KeyPair as _;

fn unsigned(header: &Value) -> String {
    format!(
        "{}.{}",
        base64url(header.to_string()),
        base64url(claims().to_string())
    )
}

fn texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|text| json!(text)).collect()
}

#[tokio::test]
async fn no_algorithm_but_rs256_is_looked_at() {
    let forge = Forge::start().await;
    let mut algorithms = texts(&[
        "none", "None", "nOnE", "NONE", "", "rs256", "RS256 ", " RS256", "RS256\n",
    ]);
    algorithms.extend([
        Value::Null,
        json!(0),
        json!(["RS256"]),
        json!({ "RS256": 1 }),
        json!(true),
    ]);
    for algorithm in algorithms {
        let header = with(&header(), "alg", algorithm);
        let signed = forge.heading(&header);
        forge
            .refuses(
                [signed, format!("{}.AAAA", unsigned(&header))],
                Refused::Algorithm,
            )
            .await;
        forge
            .refuses(
                [format!("{}.", unsigned(&header)), unsigned(&header)],
                Refused::Shape,
            )
            .await;
    }
    forge
        .refuses(
            [forge.heading(&without(&header(), "alg"))],
            Refused::Algorithm,
        )
        .await;
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let forge = Forge::start().await;
    let pkcs1 = KEY.public_key().as_ref().to_vec();
    let pem = |label: &str| {
        let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &pkcs1);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
    };
    let key = jwk("current", &KEY).to_string().into_bytes();
    let number = base64url(modulus(&KEY)).into_bytes();
    let secrets = [
        pem("PUBLIC KEY"),
        pem("RSA PUBLIC KEY"),
        pkcs1.clone(),
        modulus(&KEY),
        number,
        key,
        Vec::new(),
    ];
    for (name, algorithm) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        let message = unsigned(&with(&header(), "alg", json!(name)));
        let forged = secrets.iter().map(|secret| {
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
            format!("{message}.{}", base64url(tag))
        });
        forge.refuses(forged, Refused::Algorithm).await;
    }
}

#[tokio::test]
async fn other_algorithms_are_refused_even_when_validly_signed() {
    let forge = Forge::start().await;
    let paddings: [(&str, &'static dyn rsa::RsaEncoding); 5] = [
        ("RS384", &rsa::RSA_PKCS1_SHA384),
        ("RS512", &rsa::RSA_PKCS1_SHA512),
        ("PS256", &rsa::RSA_PSS_SHA256),
        ("PS384", &rsa::RSA_PSS_SHA384),
        ("PS512", &rsa::RSA_PSS_SHA512),
    ];
    for (name, padding) in paddings {
        let honest = unsigned(&with(&header(), "alg", json!(name)));
        forge
            .refuses(
                [format!(
                    "{honest}.{}",
                    base64url(sign(&KEY, padding, &honest))
                )],
                Refused::Algorithm,
            )
            .await;
        let lying = unsigned(&header());
        forge
            .refuses(
                [format!(
                    "{lying}.{}",
                    base64url(sign(&KEY, padding, &lying))
                )],
                Refused::Signature,
            )
            .await;
    }
    let others = [
        "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RSA-OAEP", "RSA1_5", "dir",
    ];
    let forged = others.map(|name| forge.heading(&with(&header(), "alg", json!(name))));
    forge.refuses(forged, Refused::Algorithm).await;
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key_or_extension() {
    let forge = Forge::start().await;
    let attacker = KeyServer::start(&[jwk("current", &OTHER_KEY)]).await;
    for name in ["jku", "x5u", "jwk", "x5c", "crit", "b64"] {
        let values = [
            json!(attacker.url.as_str()),
            jwk("current", &OTHER_KEY),
            json!(["exp"]),
            json!([]),
            Value::Null,
            json!(false),
        ];
        let tokens = values.map(|value| forge.heading(&with(&header(), name, value)));
        forge.refuses(tokens, Refused::ForbiddenHeader).await;
    }
    assert_eq!(attacker.hits(), 0);
}

#[tokio::test]
async fn only_the_type_of_an_access_token_is_accepted() {
    let forge = Forge::start().await;
    let mut types = texts(&[
        "JWT",
        "jwt",
        "",
        "at+jwt;x=y",
        "at jwt",
        "at+jwt ",
        "text/at+jwt",
        "application/jwt",
        "id+jwt",
        "logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "application/application/at+jwt",
    ]);
    types.extend([
        Value::Null,
        json!(1),
        json!(["at+jwt"]),
        json!({ "at+jwt": 1 }),
    ]);
    let tokens: Vec<_> = types
        .into_iter()
        .map(|typ| forge.heading(&with(&header(), "typ", typ)))
        .collect();
    forge.refuses(tokens, Refused::Type).await;
    forge
        .refuses([forge.heading(&without(&header(), "typ"))], Refused::Type)
        .await;
}

#[tokio::test]
async fn a_key_id_must_be_there_and_be_plain() {
    let forge = Forge::start().await;
    let long = "k".repeat(129);
    let mut ids = texts(&[
        "",
        " ",
        "cur rent",
        "current\n",
        "curr\u{0000}ent",
        "schlüssel",
        &long,
    ]);
    ids.extend([Value::Null, json!(1), json!(["current"]), json!({})]);
    for id in ids {
        // A NUL is refused one step earlier, with the whole header.
        let verdict = forge
            .verdict(&forge.heading(&with(&header(), "kid", id.clone())))
            .await
            .err()
            .unwrap();
        assert!(matches!(verdict, Refused::KeyId | Refused::Header), "{id}");
    }
    forge
        .refuses([forge.heading(&without(&header(), "kid"))], Refused::KeyId)
        .await;
}

#[tokio::test]
async fn a_key_id_is_only_ever_compared() {
    let forge = Forge::start().await;
    let ids = [
        "../../etc/passwd",
        "/dev/null",
        "..%2f..%2f",
        "'OR'1'='1",
        "x';DROP+TABLE+keys;--",
        "Current",
        "CURRENT",
        "current.",
        "curren",
        "http://127.0.0.1/",
        "|id",
        "$(id)",
        "${jndi:ldap://x}",
    ];
    forge
        .refuses(
            ids.map(|id| forge.heading(&with(&header(), "kid", json!(id)))),
            Refused::UnknownKey,
        )
        .await;
    let flood: Vec<_> = (0..500)
        .map(|n| forge.heading(&with(&header(), "kid", json!(format!("flood-{n}")))))
        .collect();
    forge.refuses(flood, Refused::UnknownKey).await;
}
