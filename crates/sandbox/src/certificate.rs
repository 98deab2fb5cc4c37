//! What is read off an identity provider's signing certificate (X.509, RFC 5280, section 4.1).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDateTime, Utc};

pub(crate) struct Certificate {
    pub(crate) expires: DateTime<Utc>,
    /// (attribute, value), such as `("commonName", "idp.example.com")`.
    pub(crate) subject: Vec<(&'static str, String)>,
    /// SHA-1, in hexadecimal.
    pub(crate) thumbprint: String,
    /// `RSAPublicKey` (RFC 8017, A.1.1) of a certificate for an RSA key.
    pub(crate) public_key: Vec<u8>,
}

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// From PEM, or from PEM or DER in base64; `None` if it is no certificate.
pub(crate) fn read(text: &str) -> Option<Certificate> {
    let der = der(text)?;
    let certificate = Der(&der).inside(SEQUENCE)?;
    let mut fields = certificate.clone().inside(SEQUENCE)?;
    if fields.tag() == Some(VERSION) {
        fields.next()?;
    }
    let (_serial, _algorithm, _issuer) = (fields.next()?, fields.next()?, fields.next()?);
    let mut validity = Der(fields.next()?.1);
    let _from = validity.next()?;
    let expires = time(validity.next()?)?;
    let subject = Der(fields.next()?.1);
    let mut key_info = Der(fields.next()?.1);
    let (_algorithm, key) = (key_info.next()?, key_info.next()?.1);
    let (_unused_bits, public_key) = key.split_first()?;
    let bytes = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
    Some(Certificate {
        expires,
        subject: subject.filter_map(|(_, set)| attribute(set)).collect(),
        thumbprint: bytes
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        public_key: public_key.to_vec(),
    })
}

fn der(text: &str) -> Option<Vec<u8>> {
    if let Some((_, rest)) = text.split_once("-----BEGIN CERTIFICATE-----") {
        let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
        let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        return STANDARD.decode(body).ok();
    }
    let decoded = STANDARD.decode(text.trim()).ok()?;
    match std::str::from_utf8(&decoded) {
        Ok(pem) if pem.contains("-----BEGIN") => der(pem),
        _ => Some(decoded),
    }
}

/// Elements one after the other: tag and content.
#[derive(Clone)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn inside(mut self, tag: u8) -> Option<Self> {
        let (found, content) = self.next()?;
        (found == tag).then_some(Self(content))
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..0x80 => (usize::from(*first), rest),
            _ => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let add =
                    |sum: usize, octet: &u8| sum.checked_mul(256)?.checked_add(usize::from(*octet));
                (octets.iter().try_fold(0, add)?, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }
}

/// Two-digit years count from 1950 to 2049 (RFC 5280, 4.1.2.5.1).
fn time((tag, content): (u8, &[u8])) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        UTC_TIME if text >= "50" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let at = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some(at.and_utc())
}

fn attribute(set: &[u8]) -> Option<(&'static str, String)> {
    let mut parts = Der(set).inside(SEQUENCE)?;
    let (_, oid) = parts.next()?;
    let (_, value) = parts.next()?;
    let name = match oid {
        [0x55, 0x04, 0x03] => "commonName",
        [0x55, 0x04, 0x06] => "countryName",
        [0x55, 0x04, 0x07] => "localityName",
        [0x55, 0x04, 0x08] => "stateOrProvinceName",
        [0x55, 0x04, 0x0a] => "organizationName",
        [0x55, 0x04, 0x0b] => "organizationalUnitName",
        _ => return None,
    };
    Some((name, String::from_utf8_lossy(value).into_owned()))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::read;

    #[test]
    fn expiry_subject_and_thumbprint_are_read() {
        let mut params = CertificateParams::default();
        params.not_after = date_time_ymd(2031, 2, 3);
        params.distinguished_name.push(DnType::CommonName, "idp");
        params.distinguished_name.push(DnType::CountryName, "CH");
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let certificate = read(&made.pem()).unwrap();
        assert_eq!(
            certificate.expires.to_rfc3339(),
            "2031-02-03T00:00:00+00:00"
        );
        assert!(
            certificate
                .subject
                .contains(&("commonName", "idp".to_owned()))
        );
        assert!(
            certificate
                .subject
                .contains(&("countryName", "CH".to_owned()))
        );
        assert_eq!(certificate.thumbprint.len(), 40);
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        for text in [
            "",
            "MAA=",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
