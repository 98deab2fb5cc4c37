//! `Stripe-Signature`: proof that a webhook's raw body comes from Stripe and is fresh
//! (<https://docs.stripe.com/webhooks#verify-manually>).

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

/// Seconds that the signed time may differ from ours, in both directions; Stripe's own libraries use the same.
pub const TOLERANCE_SECONDS: i64 = 300;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the Stripe-Signature header is malformed")]
    Malformed,
    #[error("the signature's time is more than {TOLERANCE_SECONDS} seconds away")]
    Stale,
    #[error("no v1 signature matches")]
    Mismatch,
}

/// Accepts when any `v1` in the header matches under any of the live secrets: two secrets are live during a rotation.
///
/// # Errors
/// The header is malformed, too old or too new, or signed with another secret.
pub fn verify(
    header: &str,
    body: &[u8],
    secrets: &[SecretString],
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let (timestamp, signatures) = parse(header)?;
    let seconds: i64 = timestamp.parse().map_err(|_| Refused::Malformed)?;
    if now.timestamp().saturating_sub(seconds).saturating_abs() > TOLERANCE_SECONDS {
        return Err(Refused::Stale);
    }
    let mut signed = Vec::with_capacity(timestamp.len() + 1 + body.len());
    signed.extend_from_slice(timestamp.as_bytes());
    signed.push(b'.');
    signed.extend_from_slice(body);
    let genuine = secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        signatures
            .iter()
            .any(|signature| hmac::verify(&key, &signed, signature).is_ok())
    });
    if genuine {
        Ok(())
    } else {
        Err(Refused::Mismatch)
    }
}

fn parse(header: &str) -> Result<(&str, Vec<Vec<u8>>), Refused> {
    let mut timestamp = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=').ok_or(Refused::Malformed)? {
            ("t", _) if timestamp.is_some() => return Err(Refused::Malformed),
            ("t", value) if value.bytes().all(|b| b.is_ascii_digit()) => timestamp = Some(value),
            ("t", _) => return Err(Refused::Malformed),
            ("v1", value) => signatures.push(unhex(value).ok_or(Refused::Malformed)?),
            // v0 is Stripe's test-mode scheme and other schemes are not ours to judge.
            _ => {}
        }
    }
    match timestamp {
        Some(timestamp) if !signatures.is_empty() => Ok((timestamp, signatures)),
        Some(_) | None => Err(Refused::Malformed),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    // As Stripe writes it, so that a signature has one spelling.
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !text.bytes().all(is_hex) || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn hex(secret: &str, t: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signed = [t.to_string().as_bytes(), b".", body].concat();
        hmac::sign(&key, &signed)
            .as_ref()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    fn check(header: &str, body: &[u8], now: i64) -> Result<(), Refused> {
        verify(header, body, &["old".into(), "new".into()], at(now))
    }

    #[test]
    fn either_live_secret_is_accepted() {
        for secret in ["old", "new"] {
            let header = format!("t=1000,v1={}", hex(secret, 1000, BODY));
            assert_eq!(check(&header, BODY, 1000), Ok(()));
        }
    }

    #[test]
    fn one_good_signature_among_several_is_enough() {
        let header = format!(
            "t=1000,v1={},v1={},v0=ff",
            hex("other", 1000, BODY),
            hex("new", 1000, BODY)
        );
        assert_eq!(check(&header, BODY, 1000), Ok(()));
    }

    #[test]
    fn the_tolerance_holds_on_both_sides() {
        let header = format!("t=1000,v1={}", hex("new", 1000, BODY));
        for (now, expected) in [
            (1300, Ok(())),
            (700, Ok(())),
            (1301, Err(Refused::Stale)),
            (699, Err(Refused::Stale)),
        ] {
            assert_eq!(check(&header, BODY, now), expected);
        }
    }

    #[test]
    fn any_change_to_body_time_or_signature_is_refused() {
        let good = hex("new", 1000, BODY);
        assert_eq!(
            check(&format!("t=1000,v1={good}"), br#"{"id": "evt_1"}"#, 1000),
            Err(Refused::Mismatch)
        );
        assert_eq!(
            check(&format!("t=1001,v1={good}"), BODY, 1000),
            Err(Refused::Mismatch)
        );
        assert_eq!(
            check(&format!("t=1000,v1={}", &good[2..]), BODY, 1000),
            Err(Refused::Mismatch)
        );
        assert_eq!(
            check(&format!("t=1000,v0={good}"), BODY, 1000),
            Err(Refused::Malformed)
        );
    }

    #[test]
    fn malformed_headers_are_refused() {
        let good = hex("new", 1000, BODY);
        let upper = format!("t=1000,v1={}", good.to_uppercase());
        for header in [
            upper.as_str(),
            "t=1000,v1=+1",
            "",
            "t=1000",
            "v1=00",
            "t=,v1=00",
            "t=1000,t=1000,v1=00",
            "t=-1,v1=00",
            "t=1000,v1=zz",
            "nonsense",
        ] {
            assert!(check(header, BODY, 1000).is_err(), "{header}");
        }
        assert_eq!(
            check(&format!("t=1e3,v1={good}"), BODY, 1000),
            Err(Refused::Malformed)
        );
    }
}
