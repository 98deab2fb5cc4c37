//! The response that a browser carries back, with a signed assertion in it (SAML 2.0 Core, sections 3.3.3 and 5).

use super::signature::{is_signed_by, sha256, sign};
use super::xml::{Fields, attribute, text};
use super::{ASSERTION, Assertion, PROTOCOL, RSA_SHA256, written};
use crate::tenant::SigningKey;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// With ten groups a real one has five kilobytes.
const MAX_RESPONSE: usize = 256 * 1024;

/// Says the same of its address, its request and its time as the assertion does.
pub(crate) struct Response {
    pub(crate) id: String,
    pub(crate) assertion: Assertion,
}

/// Why a response is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unacceptable {
    #[error("The SAML response is not in the form that is expected of it")]
    Form,
    #[error("The SAML assertion is not signed")]
    Unsigned,
    #[error("The signature of the SAML assertion is not valid")]
    Signature,
}

impl Response {
    /// Signed by the provider.
    pub(crate) fn signed(&self, key: &SigningKey) -> String {
        let info = self.signed_info();
        self.xml(&signature(&info, &sign(key, info.as_bytes())))
    }

    /// What the holder of the certificate has signed.
    ///
    /// # Errors
    /// It is not exactly that.
    pub(crate) fn verified(xml: &str, certificate: &str) -> Result<Self, Unacceptable> {
        let (response, found) = Self::read(xml).ok_or(Unacceptable::Form)?;
        // From here on, everything that was read is everything that is there.
        if response.xml(found) != xml {
            return Err(Unacceptable::Form);
        }
        if found.is_empty() {
            return Err(Unacceptable::Unsigned);
        }
        let mut fields = Fields(found);
        let value = fields
            .raw("<ds:SignatureValue>", "</ds:SignatureValue>")
            .ok_or(Unacceptable::Form)?;
        let info = response.signed_info();
        if signature(&info, value) == found && is_signed_by(certificate, info.as_bytes(), value) {
            Ok(response)
        } else {
            Err(Unacceptable::Signature)
        }
    }

    fn xml(&self, signature: &str) -> String {
        let Assertion {
            recipient,
            in_response_to,
            issued_at,
            issuer,
            ..
        } = &self.assertion;
        format!(
            "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" Destination=\"{}\" ID=\"{}\" InResponseTo=\"{}\" \
             IssueInstant=\"{}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"{ASSERTION}\">{}</saml:Issuer>\
             <samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"></samlp:StatusCode></samlp:Status>{}\
             </samlp:Response>",
            attribute(recipient),
            attribute(&self.id),
            attribute(in_response_to),
            written(*issued_at),
            text(issuer),
            self.assertion.xml(signature),
        )
    }

    fn read(xml: &str) -> Option<(Self, &str)> {
        if xml.len() > MAX_RESPONSE {
            return None;
        }
        let mut fields = Fields(xml);
        let id = fields.attribute("ID")?;
        fields.raw("</samlp:Status>", "<saml:Assertion")?;
        let (assertion, signature) = Assertion::read(&mut fields)?;
        Some((Self { id, assertion }, signature))
    }

    /// What is signed: the assertion's digest and how it was made (XML Signature, section 4.4).
    fn signed_info(&self) -> String {
        let digest = sha256(&self.assertion.xml(""));
        format!(
            "<ds:SignedInfo xmlns:ds=\"{DSIG}\">\
             <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"></ds:SignatureMethod><ds:Reference URI=\"#{}\">\
             <ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform>\
             <ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue>\
             </ds:Reference></ds:SignedInfo>",
            attribute(&self.assertion.id),
        )
    }
}

fn signature(info: &str, value: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
    )
}

#[cfg(test)]
mod tests;
