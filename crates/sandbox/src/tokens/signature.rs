//! RS256, with the keys of [`crate::keys`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::Value;

use super::BearerRefusal;
use crate::tenant::{Metadata, Tenant};

pub(crate) fn sign(tenant: &Tenant, typ: &str, claims: &Metadata) -> String {
    let key = tenant.current_key();
    let header = Header {
        typ: Some(typ.to_owned()),
        kid: Some(key.kid.clone()),
        ..Header::new(Algorithm::RS256)
    };
    let private =
        EncodingKey::from_rsa_pem(key.private_pem.as_bytes()).expect("our own key is a key");
    jsonwebtoken::encode(&header, claims, &private).expect("our own key signs")
}

/// The claims of a JWT that one of our keys signed, whenever that was; expiry is the caller's business.
pub(crate) fn signed_claims(tenant: &Tenant, token: &str) -> Result<Value, BearerRefusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| BearerRefusal::Malformed)?;
    let key = header
        .kid
        .and_then(|kid| tenant.trusted_key(&kid))
        .ok_or(BearerRefusal::BadSignature)?;
    let n = URL_SAFE_NO_PAD
        .decode(&key.n)
        .expect("our own modulus is base64");
    let e = URL_SAFE_NO_PAD
        .decode(&key.e)
        .expect("our own exponent is base64");
    let public = DecodingKey::from_rsa_raw_components(&n, &e);
    let mut rules = Validation::new(Algorithm::RS256);
    // The library would compare with the machine's clock; ours can be moved.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(token, &public, &rules)
        .map(|decoded| decoded.claims)
        .map_err(|_| BearerRefusal::BadSignature)
}
