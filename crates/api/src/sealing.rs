//! Secrets on their way to Auth0: readable with the deployment's key alone, and only at the place that they were meant
//! for.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use secrecy::SecretString;

/// AES-256-GCM with a fresh nonce each time, which precedes what was sealed.
#[derive(Clone)]
pub struct SealingKey(Arc<RandomizedNonceKey>);

/// It was not sealed with this key, or for another place, or is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was sealed cannot be opened with this key")]
pub struct Unreadable;

impl SealingKey {
    pub fn new(secret: &[u8]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let key = hmac::sign(&secret, b"tenantry sealing 1");
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref());
        Self(Arc::new(
            key.expect("a hash of 32 bytes is a key of AES-256"),
        ))
    }

    /// `place` says what it is for; it opens nowhere else.
    ///
    /// # Errors
    /// The machine has no random numbers.
    pub fn seal(&self, place: &[&str], secret: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(covered(place)), &mut sealed)?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// # Errors
    /// See [`Unreadable`].
    pub fn open(&self, place: &[&str], sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(Unreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unreadable)?;
        let mut sealed = sealed.to_vec();
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(covered(place)), &mut sealed);
        opened.map(|opened| opened.to_vec()).map_err(|_| Unreadable)
    }

    /// # Errors
    /// See [`Unreadable`]; also when it is no text.
    pub fn open_text(&self, place: &[&str], sealed: &[u8]) -> Result<SecretString, Unreadable> {
        let text = String::from_utf8(self.open(place, sealed)?).map_err(|_| Unreadable)?;
        Ok(text.into())
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey([redacted])")
    }
}

/// Each part is preceded by its length, so that no two places are the same bytes.
fn covered(place: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in place {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_with_the_same_key_at_the_same_place_only() {
        let key = SealingKey::new(b"one key");
        let sealed = key.seal(&["org_1", "okta"], b"a secret").unwrap();
        assert_eq!(key.open(&["org_1", "okta"], &sealed).unwrap(), b"a secret");
        assert_eq!(key.open(&["org_1o", "kta"], &sealed), Err(Unreadable));
        assert_eq!(key.open(&["org_2", "okta"], &sealed), Err(Unreadable));
        let other = SealingKey::new(b"another key");
        assert_eq!(other.open(&["org_1", "okta"], &sealed), Err(Unreadable));
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert_eq!(key.open(&["org_1", "okta"], &damaged), Err(Unreadable));
        }
        assert_eq!(key.open(&["org_1", "okta"], b"short"), Err(Unreadable));
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let key = SealingKey::new(b"one key");
        let seal = || key.seal(&["here"], b"a secret").unwrap();
        assert_ne!(seal(), seal());
    }
}
