//! Makes tokens out of one good token: with other claims, under other headers, signed by others.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use tests::TestApp;

pub(crate) struct Forge {
    pub(crate) kid: String,
    pub(crate) claims: Value,
    pub(crate) good: String,
    pem: String,
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut changed = object.clone();
    changed[name] = value;
    changed
}

pub(crate) fn without(object: &Value, name: &str) -> Value {
    let mut changed = object.clone();
    changed
        .as_object_mut()
        .expect("claims are an object")
        .remove(name);
    changed
}

impl Forge {
    /// With the issuer's own key in hand, so that only what is odd about a token can be the reason to refuse it.
    pub(crate) fn of(app: &TestApp, good: &str) -> Self {
        let (kid, pem) = app.sandbox.signing_key_pem();
        let claims = good.split('.').nth(1).expect("a token has three parts");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
        Self {
            kid,
            claims: serde_json::from_slice(&claims).expect("claims are JSON"),
            good: good.to_owned(),
            pem,
        }
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "typ": "at+jwt", "kid": self.kid })
    }

    /// Signed by the issuer as RS256, whatever the texts say.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_as(Algorithm::RS256, header, claims)
    }

    pub(crate) fn sign_as(&self, algorithm: Algorithm, header: &str, claims: &str) -> String {
        let key = EncodingKey::from_rsa_pem(self.pem.as_bytes()).expect("the issuer's key");
        let message = format!("{}.{}", base64url(header), base64url(claims));
        let signature = crypto::sign(message.as_bytes(), &key, algorithm).expect("it signs");
        format!("{message}.{signature}")
    }

    /// A good header over these claims.
    pub(crate) fn claiming(&self, name: &str, value: Value) -> String {
        let claims = with(&self.claims, name, value);
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    pub(crate) fn not_claiming(&self, name: &str) -> String {
        let claims = without(&self.claims, name);
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    /// Good claims under this header.
    pub(crate) fn heading(&self, name: &str, value: Value) -> String {
        let header = with(&self.header(), name, value);
        self.sign(&header.to_string(), &self.claims.to_string())
    }

    pub(crate) fn message(&self, algorithm: &str) -> String {
        let header = with(&self.header(), "alg", json!(algorithm));
        let claims = self.claims.to_string();
        format!("{}.{}", base64url(header.to_string()), base64url(claims))
    }

    /// As if the issuer's public key, which everybody knows, were a shared secret.
    pub(crate) fn signed_with_secret(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        let message = self.message(&format!("{algorithm:?}"));
        let key = EncodingKey::from_secret(secret);
        let tag = crypto::sign(message.as_bytes(), &key, algorithm).expect("any secret signs");
        format!("{message}.{tag}")
    }

    /// Every form in which the issuer's public key is around, and what a careless server may use as a secret.
    pub(crate) fn public_secrets(&self, jwk: &Value) -> Vec<Vec<u8>> {
        let pair = self.pair();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("it has this form");
        let pem = |label: &str, der: &[u8]| {
            let lines: Vec<_> = STANDARD
                .encode(der)
                .into_bytes()
                .chunks(64)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            let (text, label) = (lines.join("\n"), format!("{label}-----"));
            format!("-----BEGIN {label}\n{text}\n-----END {label}").into_bytes()
        };
        let text = |name: &str| jwk[name].as_str().unwrap_or_default().as_bytes().to_vec();
        let pkcs1 = pair.public_key().as_ref();
        let mut secrets = vec![
            pem("PUBLIC KEY", spki.as_ref()),
            pem("RSA PUBLIC KEY", pkcs1),
            spki.as_ref().to_vec(),
            pkcs1.to_vec(),
            text("n"),
            URL_SAFE_NO_PAD.decode(text("n")).expect("base64url"),
            text("kid"),
            jwk.to_string().into_bytes(),
            b"secret".to_vec(),
            b"tenantry-management-secret".to_vec(),
            vec![0],
        ];
        let with_newline = [&secrets[0][..], b"\n"].concat();
        secrets.push(with_newline);
        secrets
    }

    /// Keys that the issuer never had, each with the algorithm that it is for.
    pub(crate) fn signed_by_strangers(&self) -> Vec<String> {
        let random = SystemRandom::new();
        let finish = |message: &str, tag: &[u8]| format!("{message}.{}", base64url(tag));
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let ed = Ed25519KeyPair::generate().expect("a key");
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let mut tag = vec![0; rsa.public_modulus_len()];
        let message = self.message("RS256");
        rsa.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut tag)
            .expect("it signs");
        let mut forged = vec![finish(&message, &tag)];
        for name in ["ES256", "RS256"] {
            let message = self.message(name);
            let tag = ec.sign(&random, message.as_bytes()).expect("it signs");
            forged.push(finish(&message, tag.as_ref()));
        }
        for name in ["EdDSA", "RS256"] {
            let message = self.message(name);
            forged.push(finish(&message, ed.sign(message.as_bytes()).as_ref()));
        }
        forged
    }

    fn pair(&self) -> RsaKeyPair {
        let body: String = self
            .pem
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = STANDARD.decode(body).expect("base64 in the PEM");
        RsaKeyPair::from_pkcs8(&der).expect("the issuer's key")
    }
}
