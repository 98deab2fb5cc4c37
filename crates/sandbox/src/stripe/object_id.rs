//! Random object ids with Stripe's prefixes.

use rand::distr::{Alphanumeric, SampleString};

/// `prefix` followed by `length` random letters and digits.
pub(crate) fn random(prefix: &str, length: usize) -> String {
    let mut id = prefix.to_owned();
    Alphanumeric.append_string(&mut rand::rng(), &mut id, length);
    id
}
