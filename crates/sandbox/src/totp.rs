//! One-time passwords by the clock (RFC 6238), as authenticator apps make them: SHA-1, six digits, thirty seconds.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use rand::RngExt;

const STEP: i64 = 30;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Base32 characters; 160 bits.
const SECRET: usize = 32;

/// A new secret, in base32.
pub(crate) fn secret() -> String {
    let mut rng = rand::rng();
    let letter = |_| char::from(BASE32[rng.random_range(0..BASE32.len())]);
    (0..SECRET).map(letter).collect()
}

/// What an app takes as a link or as a QR code.
pub(crate) fn uri(secret: &str, account: &str) -> String {
    let account: String = url::form_urlencoded::byte_serialize(account.as_bytes()).collect();
    format!(
        "otpauth://totp/sandbox:{account}?secret={secret}&issuer=sandbox&algorithm=SHA1&digits=6&period=30"
    )
}

/// The time step that the code is of, at most one away from now and later than the last one that was used.
pub(crate) fn step_of(
    secret: &str,
    code: &str,
    now: DateTime<Utc>,
    used: Option<i64>,
) -> Option<i64> {
    let current = now.timestamp().div_euclid(STEP);
    (current - 1..=current + 1)
        .filter(|step| used.is_none_or(|used| *step > used))
        .find(|step| self::code(secret, *step).is_some_and(|right| right == code))
}

/// RFC 4226, 5.3.
fn code(secret: &str, step: i64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &decode(secret)?);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    let offset = usize::from(mac.last()? & 0xf);
    let word: [u8; 4] = mac.get(offset..offset + 4)?.try_into().ok()?;
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    Some(format!("{:06}", number % 1_000_000))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, Vec::new());
    for letter in text.bytes() {
        let value = BASE32.iter().position(|known| *known == letter)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238, appendix B.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(RFC, second / STEP).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_step_before_and_after() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let now = at(1_111_111_111);
        let step = step_of(RFC, "050471", now, None).unwrap();
        assert_eq!(step_of(RFC, "050471", now, Some(step)), None);
        assert_eq!(step_of(RFC, "050471", at(1_111_111_141), None), Some(step));
        assert_eq!(step_of(RFC, "050471", at(1_111_111_081), None), Some(step));
        assert_eq!(step_of(RFC, "050471", at(1_111_111_201), None), None);
        assert_eq!(step_of(RFC, "", now, None), None);
    }

    #[test]
    fn every_secret_is_another_one() {
        assert_ne!(secret(), secret());
        assert_eq!(decode(&secret()).map(|bytes| bytes.len()), Some(20));
    }
}
