//! The request that a browser carries to the provider in the address (SAML 2.0 Bindings, section 3.4).

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::xml::{Fields, attribute, text};
use super::{ASSERTION, PROTOCOL, written};

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// A real one has a few hundred bytes; a small one that unpacks to more is an attack.
const MAX_REQUEST: u64 = 16 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AuthnRequest {
    /// What the response must answer to.
    pub(crate) id: String,
    /// Where the provider takes it.
    pub(crate) destination: String,
    /// Where the response is to go.
    pub(crate) consumer: String,
    /// Who asks: the audience of the assertion.
    pub(crate) issuer: String,
    pub(crate) issued_at: DateTime<Utc>,
}

impl AuthnRequest {
    fn xml(&self) -> String {
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" AssertionConsumerServiceURL=\"{}\" Destination=\"{}\" \
             ID=\"{}\" IssueInstant=\"{}\" ProtocolBinding=\"{POST}\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"{ASSERTION}\">{}</saml:Issuer></samlp:AuthnRequest>",
            attribute(&self.consumer),
            attribute(&self.destination),
            attribute(&self.id),
            written(self.issued_at),
            text(&self.issuer),
        )
    }

    /// The value of `SAMLRequest`: deflated, in base64.
    pub(crate) fn packed(&self) -> String {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate
            .write_all(self.xml().as_bytes())
            .expect("memory takes everything");
        STANDARD.encode(deflate.finish().expect("memory takes everything"))
    }

    pub(crate) fn unpacked(packed: &str) -> Option<Self> {
        let deflated = STANDARD.decode(packed).ok()?;
        let mut xml = String::new();
        DeflateDecoder::new(deflated.as_slice())
            .take(MAX_REQUEST)
            .read_to_string(&mut xml)
            .ok()?;
        let mut fields = Fields(&xml);
        let request = Self {
            consumer: fields.attribute("AssertionConsumerServiceURL")?,
            destination: fields.attribute("Destination")?,
            id: fields.attribute("ID")?,
            issued_at: fields.time("IssueInstant")?,
            issuer: fields.text(&format!("xmlns:saml=\"{ASSERTION}\">"))?,
        };
        (request.xml() == xml).then_some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthnRequest {
        AuthnRequest {
            id: "_1".into(),
            destination: "https://idp.example/sso?a=1&b=\"2\"".into(),
            consumer: "https://sp.example/callback?connection=acme".into(),
            issuer: "urn:auth0:tenant:acme".into(),
            issued_at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        }
    }

    fn packed(xml: &str) -> String {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(xml.as_bytes()).unwrap();
        STANDARD.encode(deflate.finish().unwrap())
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        assert_eq!(AuthnRequest::unpacked(&request().packed()), Some(request()));
    }

    #[test]
    fn another_form_a_bomb_and_noise_are_refused() {
        let xml = request().xml();
        let bomb = format!("{xml}{}", " ".repeat(1024 * 1024));
        for bad in [
            format!("<!DOCTYPE x>{xml}"),
            xml.replace(" Version", "  Version"),
            bomb,
            String::new(),
        ] {
            assert_eq!(AuthnRequest::unpacked(&packed(&bad)), None);
        }
        assert_eq!(AuthnRequest::unpacked("no base64"), None);
        assert_eq!(AuthnRequest::unpacked("AAAA"), None);
    }
}
