//! The forged tokens, row by row: what is odd about each, and the token.

mod claims;
mod headers;
mod shapes;

use serde_json::Value;

use super::forge::Forge;

/// (what is odd about it, the token)
pub(crate) type Forged = (&'static str, String);

/// `jwk` is the issuer's current public key, `attacker` a base URL that must never be called, `now` in seconds.
pub(crate) fn all(forge: &Forge, jwk: &Value, attacker: &str, now: i64) -> Vec<Forged> {
    let tables = [
        headers::unsigned(forge),
        headers::confused_about_the_key(forge, jwk),
        headers::other_algorithms(forge),
        headers::bringing_keys(forge, jwk, attacker),
        headers::other_types(forge),
        headers::odd_key_ids(forge),
        claims::odd_claims(forge),
        claims::odd_audiences(forge),
        claims::odd_times(forge, now),
        shapes::two_readings(forge),
        shapes::odd_shapes(forge),
        shapes::mutilated(forge),
    ];
    tables.into_iter().flatten().collect()
}

fn rows(what: &'static str, tokens: impl IntoIterator<Item = String>) -> Vec<Forged> {
    tokens.into_iter().map(|token| (what, token)).collect()
}
