//! Takes a JSON Web Key Set apart (RFC 7517) and keeps the keys that may verify an RS256 signature.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse, RSAKeyParameters};
use serde::Deserialize;
use serde_json::Value;

use super::key_ring::Keys;

const MAX_KEYS: usize = 64;
const MIN_BITS: usize = 2048;
/// The largest that the signature check accepts.
const MAX_BITS: usize = 8192;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnusableKeySet {
    #[error("not a JSON Web Key Set")]
    Malformed,
    #[error("more than {MAX_KEYS} keys")]
    TooMany,
    /// Replacing good keys by none would refuse everybody; a set like this is a failure of the issuer.
    #[error("no key for RS256 signatures among the keys")]
    NoneUsable,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Keys, UnusableKeySet> {
    let set: KeySet = serde_json::from_slice(bytes).map_err(|_| UnusableKeySet::Malformed)?;
    if set.keys.len() > MAX_KEYS {
        return Err(UnusableKeySet::TooMany);
    }
    // Two keys with one id: none of them, for nobody could tell which one was meant.
    let mut usable: HashMap<String, Option<Arc<DecodingKey>>> = HashMap::new();
    for value in set.keys {
        let Some(id) = value.get("kid").and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        match usable.entry(id) {
            Entry::Vacant(entry) => drop(entry.insert(verifying_key(value))),
            Entry::Occupied(mut entry) => drop(entry.insert(None)),
        }
    }
    let keys: Keys = usable
        .into_iter()
        .filter_map(|(id, key)| Some((id, key?)))
        .collect();
    if keys.is_empty() {
        Err(UnusableKeySet::NoneUsable)
    } else {
        Ok(keys)
    }
}

/// Members and kinds of keys that we do not know are passed over, as RFC 7517, 5 asks.
fn verifying_key(value: Value) -> Option<Arc<DecodingKey>> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let signs = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let rs256 = matches!(jwk.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if signs && rs256 && is_strong(rsa) => {
            DecodingKey::from_jwk(&jwk).ok().map(Arc::new)
        }
        _ => None,
    }
}

fn is_strong(rsa: &RSAKeyParameters) -> bool {
    let Ok(modulus) = URL_SAFE_NO_PAD.decode(&rsa.n) else {
        return false;
    };
    let significant = modulus
        .iter()
        .position(|byte| *byte != 0)
        .map_or(&[][..], |first| &modulus[first..]);
    let bits = match significant.first() {
        Some(first) => significant.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    };
    (MIN_BITS..=MAX_BITS).contains(&bits)
}

#[cfg(test)]
mod tests;
