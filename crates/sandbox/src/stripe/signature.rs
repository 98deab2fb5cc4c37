//! The `Stripe-Signature` header: HMAC-SHA256 over `t.payload`, one `v1` per live secret
//! (<https://docs.stripe.com/webhooks#verify-manually>).

use std::fmt::Write as _;

use aws_lc_rs::hmac;

/// `at` is in Unix seconds. During the roll of a secret both are live, and the header carries a `v1` for each.
pub(crate) fn header(secrets: &[String], at: i64, payload: &str) -> String {
    let signed = format!("{at}.{payload}");
    let mut header = format!("t={at}");
    for secret in secrets {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        header.push_str(",v1=");
        for byte in hmac::sign(&key, signed.as_bytes()).as_ref() {
            write!(header, "{byte:02x}").expect("writing to a String does not fail");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_live_secret_signs() {
        let header = header(
            &["whsec_a".to_owned(), "whsec_b".to_owned()],
            1_700_000_000,
            "{}",
        );
        let parts: Vec<_> = header.split(',').collect();
        assert_eq!(parts[0], "t=1700000000");
        assert_eq!(parts.len(), 3);
        // Computed with another implementation: printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_a
        assert_eq!(
            parts[1],
            "v1=04339dc4f01d6541e8d3b7e4bd93cd2d4f680ccb28592270900b08e49cc09e57"
        );
    }
}
