//! SAML 2.0 web browser single sign-on, as much of it as one provider and one service provider need that know each
//! other: the request by redirect, the response by post, the assertion signed.
//!
//! There is one way to write each message, and it is canonical already (Exclusive XML Canonicalization). Whoever reads
//! one takes its fields out, writes it again and compares: what differs in a single byte is refused. So nothing is ever
//! parsed that could mean two things, and what is believed is what was signed.

mod assertion;
mod request;
mod response;
mod signature;
mod xml;

use chrono::{DateTime, SecondsFormat, Utc};

pub(crate) use assertion::Assertion;
pub(crate) use request::AuthnRequest;
pub(crate) use response::Response;
pub(crate) use signature::{is_signed_by, sign};

pub(crate) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// Names of attributes as Microsoft's products made them common.
pub(crate) const EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
pub(crate) const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
pub(crate) const GROUP: &str = "http://schemas.xmlsoap.org/claims/Group";

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
