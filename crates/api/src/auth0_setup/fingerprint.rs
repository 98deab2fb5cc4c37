//! Tells whether secrets that Auth0 never shows again are still those that they should be: a hash of them stands beside
//! them, where Auth0 does show it.

use aws_lc_rs::hmac;

use super::found::{App, Found};
use super::target::Target;

/// The key is the backend's client secret. Whoever sets the tenant up can read it, wherever they do it; whoever only
/// sees Actions, streams or a log of requests cannot, and so cannot try what a secret might be.
pub(super) struct Fingerprints(hmac::Key);

impl Fingerprints {
    /// Or what is to be made first.
    pub(super) fn of_tenant(found: &Found, target: &Target) -> Result<Self, String> {
        let secret = found.client_secret(App::Backend, target);
        let secret = secret.ok_or_else(|| format!("application {}", App::Backend.name(target)))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    /// `of` is whose they are, so that the same secrets look different elsewhere.
    pub(super) fn of(&self, of: &str, secrets: &[&str]) -> String {
        let mut hash = hmac::Context::with_key(&self.0);
        for text in [of].iter().chain(secrets) {
            hash.update(&(text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let hash = hash.sign();
        let (first, _) = hash.as_ref().split_first_chunk().expect("it has 32 bytes");
        // 64 bits are enough to tell old from new.
        format!("{:016X}", u64::from_be_bytes(*first))
    }
}
