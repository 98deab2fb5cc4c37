//! The JOSE header: says which key, and may say nothing else of weight.

use serde_json::{Map, Value};

use super::{MAX_DEPTH, TokenProfile};
use crate::auth::Refused;
use crate::strict_json;

/// Each of these would let the token choose how it is verified (RFC 8725, 3.10).
const FORBIDDEN: [&str; 6] = ["crit", "jku", "x5u", "jwk", "x5c", "b64"];

const MAX_KEY_ID: usize = 128;

/// Checks the header and returns the key id. The algorithm is settled before any key is looked up.
pub(super) fn key_id(bytes: &[u8], profile: TokenProfile) -> Result<String, Refused> {
    let header = match strict_json::parse(bytes, MAX_DEPTH) {
        Ok(Value::Object(header)) => header,
        Ok(_) | Err(_) => return Err(Refused::Header),
    };
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Refused::Algorithm);
    }
    if FORBIDDEN.iter().any(|name| header.contains_key(*name)) {
        return Err(Refused::ForbiddenHeader);
    }
    if !is_access_token(&header, profile) {
        return Err(Refused::Type);
    }
    let visible = |id: &&str| {
        (1..=MAX_KEY_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    header
        .get("kid")
        .and_then(Value::as_str)
        .filter(visible)
        .map(str::to_owned)
        .ok_or(Refused::KeyId)
}

/// RFC 9068, 4: the type in any case, with or without `application/`.
fn is_access_token(header: &Map<String, Value>, profile: TokenProfile) -> bool {
    let Some(typ) = header.get("typ").and_then(Value::as_str) else {
        return false;
    };
    match profile {
        TokenProfile::Rfc9068 => {
            typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
        }
        TokenProfile::Auth0 => typ.eq_ignore_ascii_case("JWT"),
    }
}
