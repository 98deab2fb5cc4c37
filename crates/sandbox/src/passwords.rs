//! Password hashes and the one strength rule of the sandbox.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Low on purpose: these protect demo passwords, and every test signs someone up.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(1_000).expect("is not zero");
pub(crate) const MINIMUM_LENGTH: usize = 8;

/// `salt$hash`, both in base64.
pub(crate) fn hash(password: &str) -> String {
    let salt: [u8; 16] = rand::random();
    let mut derived = [0_u8; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        ITERATIONS,
        &salt,
        password.as_bytes(),
        &mut derived,
    );
    format!("{}${}", STANDARD.encode(salt), STANDARD.encode(derived))
}

pub(crate) fn matches(password: &str, stored: &str) -> bool {
    let Some((salt, derived)) = stored.split_once('$') else {
        return false;
    };
    let (Ok(salt), Ok(derived)) = (STANDARD.decode(salt), STANDARD.decode(derived)) else {
        return false;
    };
    pbkdf2::verify(
        pbkdf2::PBKDF2_HMAC_SHA256,
        ITERATIONS,
        &salt,
        password.as_bytes(),
        &derived,
    )
    .is_ok()
}

pub(crate) fn is_strong_enough(password: &str) -> bool {
    password.chars().count() >= MINIMUM_LENGTH
}

#[cfg(test)]
mod tests {
    use super::{hash, matches};

    #[test]
    fn only_the_same_password_matches() {
        let stored = hash("Tenantry-demo-1");
        assert!(matches("Tenantry-demo-1", &stored));
        assert!(!matches("tenantry-demo-1", &stored));
        assert!(!matches("", "garbage"));
    }
}
