//! The metadata of a SAML identity provider (SAML 2.0 Metadata, section 2). No document type, no entity, no processing
//! instruction is even looked at, and nothing outside the document is ever read.

mod validity;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use serde_json::{Map, Value, json};

use super::fetch::MAX_DOCUMENT;
use super::{Fetcher, Refused};

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// Elements inside one another.
const MAX_DEPTH: usize = 32;
const MAX_ELEMENTS: usize = 10_000;

const MALFORMED: Refused = Refused::Document("it is no well-formed XML.");
const FORBIDDEN: Refused =
    Refused::Document("it has a document type, entities or processing instructions.");
const TOO_DEEP: Refused = Refused::Document("it is nested too deeply or has too many elements.");
const ENTITIES: Refused =
    Refused::Document("it must have exactly one EntityDescriptor, outermost.");
const ROLES: Refused = Refused::Document("it must have exactly one IDPSSODescriptor.");
const CERTIFICATE: Refused = Refused::Document("it has no certificate to check signatures with.");
const VALIDITY: Refused = Refused::Document("its validUntil is no time.");
const OVER: Refused = Refused::Document("its validUntil is in the past.");
const SIGN_ON: Refused = Refused::Document("it has no SingleSignOnService by redirect or post.");

/// What is read of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Metadata {
    entities: usize,
    roles: usize,
    entity_id: Option<String>,
    /// The earlier one of what the entity and its role say.
    valid_until: Option<DateTime<Utc>>,
    certificates: Vec<String>,
    redirect: Option<String>,
    post: Option<String>,
}

impl Metadata {
    fn holds_until(&mut self, element: &BytesStart<'_>) -> Result<(), Refused> {
        if let Some(text) = attribute(element, "validUntil")? {
            let until = validity::time(&text).ok_or(VALIDITY)?;
            let earlier = self.valid_until.map_or(until, |other| other.min(until));
            self.valid_until = Some(earlier);
        }
        Ok(())
    }
}

/// Reads and judges it; answers what Auth0 is told of it. Auth0 takes one certificate: where the document has several, as
/// while the provider exchanges them, it is for the administrator to say which one signs now.
///
/// # Errors
/// See [`Refused`].
pub(crate) fn metadata(
    fetcher: &Fetcher,
    document: &[u8],
    chosen: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Map<String, Value>, Refused> {
    let found = judged(fetcher, document, now)?;
    let certificate = match (found.certificates.as_slice(), chosen.map(base64_of)) {
        (several, Some(chosen)) if several.contains(&chosen) => chosen,
        (_, Some(_)) => return Err(Refused::OtherCertificate),
        ([only], None) => only.clone(),
        (_, None) => return Err(Refused::SeveralCertificates),
    };
    let (binding, address) = found.sign_on;
    Ok(Map::from_iter([
        ("signInEndpoint".to_owned(), json!(address)),
        ("protocolBinding".to_owned(), json!(binding)),
        ("signingCert".to_owned(), json!(pem(&certificate))),
    ]))
}

/// Only judges it: Auth0 reads the document by itself, with all of its certificates.
///
/// # Errors
/// See [`Refused`].
pub(crate) fn federation_metadata(
    fetcher: &Fetcher,
    document: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    judged(fetcher, document, now).map(drop)
}

/// What a document says that is taken.
struct Judged {
    /// Each once.
    certificates: Vec<String>,
    /// Binding and address.
    sign_on: (&'static str, String),
}

fn judged(fetcher: &Fetcher, document: &[u8], now: DateTime<Utc>) -> Result<Judged, Refused> {
    let found = read(document).and_then(judge)?;
    if found.valid_until.is_some_and(|until| until <= now) {
        return Err(OVER);
    }
    let (binding, address) = match (found.redirect, found.post) {
        (Some(address), _) => (REDIRECT, address),
        (None, Some(address)) => (POST, address),
        (None, None) => return Err(SIGN_ON),
    };
    fetcher.check(&address).map_err(|_| Refused::Endpoint)?;
    let mut certificates = Vec::new();
    for certificate in found.certificates {
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    Ok(Judged {
        certificates,
        sign_on: (binding, address),
    })
}

/// Of a certificate in PEM, or in base64 already.
fn base64_of(certificate: &str) -> String {
    let lines = certificate.lines().map(str::trim);
    lines.filter(|line| !line.starts_with("-----")).collect()
}

fn judge(found: Metadata) -> Result<Metadata, Refused> {
    if found.entities != 1 || found.entity_id.is_none() {
        return Err(ENTITIES);
    }
    if found.roles != 1 {
        return Err(ROLES);
    }
    let is_der = |text: &String| {
        let der = STANDARD.decode(text).unwrap_or_default();
        der.len() > 64 && der[0] == 0x30
    };
    if found.certificates.is_empty() || !found.certificates.iter().all(is_der) {
        return Err(CERTIFICATE);
    }
    Ok(found)
}

fn pem(base64: &str) -> String {
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// Where the reader is: the names of the elements that are open, those of other namespaces nameless.
#[derive(Default)]
struct Place {
    open: Vec<String>,
    /// Of the key that is open: it is not for encryption alone.
    signs: bool,
    elements: usize,
}

fn read(document: &[u8]) -> Result<Metadata, Refused> {
    if document.len() > MAX_DOCUMENT {
        return Err(Refused::TooLarge);
    }
    let text = std::str::from_utf8(document).map_err(|_| MALFORMED)?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut found = Metadata::default();
    let mut place = Place::default();
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| MALFORMED)?;
        match event {
            Event::Start(element) => {
                let name = known(&namespace, &element);
                place.enter(name, &element, &mut found)?;
            }
            Event::Empty(element) => {
                let name = known(&namespace, &element);
                place.enter(name, &element, &mut found)?;
                place.open.pop();
            }
            Event::End(_) => {
                place.open.pop();
            }
            Event::Text(text) if place.is_certificate() => {
                let text: String = text.split_whitespace().collect();
                if !text.is_empty() {
                    found.certificates.push(text);
                }
            }
            Event::Text(_) | Event::Comment(_) | Event::Decl(_) => {}
            Event::CData(_) | Event::PI(_) | Event::DocType(_) => {
                return Err(FORBIDDEN);
            }
            Event::GeneralRef(entity) if is_predefined(&entity) => {}
            Event::GeneralRef(_) => return Err(FORBIDDEN),
            Event::Eof if place.open.is_empty() => return Ok(found),
            Event::Eof => return Err(MALFORMED),
        }
    }
}

/// The name of an element that means something here.
fn known(namespace: &ResolveResult<'_>, element: &BytesStart<'_>) -> String {
    let is_known = matches!(namespace, ResolveResult::Bound(found) if [METADATA, SIGNATURE].contains(&found.0));
    if is_known {
        element.local_name().into_inner().to_owned()
    } else {
        String::new()
    }
}

fn is_predefined(entity: &str) -> bool {
    ["lt", "gt", "amp", "apos", "quot"].contains(&entity)
}

impl Place {
    fn enter(
        &mut self,
        name: String,
        element: &BytesStart<'_>,
        found: &mut Metadata,
    ) -> Result<(), Refused> {
        self.elements += 1;
        if self.open.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(TOO_DEEP);
        }
        let is_outermost = self.open.is_empty();
        self.open.push(name);
        let path: Vec<&str> = self.open.iter().map(String::as_str).collect();
        match path.as_slice() {
            // A second one, wherever it is, could be the one that a signature covers.
            [.., "EntityDescriptor"] => {
                found.entities += 1;
                if !is_outermost {
                    return Err(ENTITIES);
                }
                found.entity_id = attribute(element, "entityID")?;
                found.holds_until(element)?;
            }
            [_] => return Err(ENTITIES),
            [_, "IDPSSODescriptor"] => {
                found.roles += 1;
                found.holds_until(element)?;
            }
            [_, "IDPSSODescriptor", "KeyDescriptor"] => {
                let usage = attribute(element, "use")?;
                self.signs = usage.is_none_or(|usage| usage == "signing");
            }
            [_, "IDPSSODescriptor", "SingleSignOnService"] => {
                let binding = attribute(element, "Binding")?;
                let location = attribute(element, "Location")?;
                match binding.as_deref() {
                    Some(REDIRECT) => found.redirect = found.redirect.take().or(location),
                    Some(POST) => found.post = found.post.take().or(location),
                    Some(_) | None => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn is_certificate(&self) -> bool {
        let path: Vec<&str> = self.open.iter().map(String::as_str).collect();
        self.signs
            && path.get(1..)
                == Some(
                    &[
                        "IDPSSODescriptor",
                        "KeyDescriptor",
                        "KeyInfo",
                        "X509Data",
                        "X509Certificate",
                    ][..],
                )
    }
}

/// Also refuses an element that names an attribute twice, or refers to an entity in one.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Refused> {
    let mut value = None;
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| MALFORMED)?;
        let text = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| FORBIDDEN)?;
        if attribute.key.into_inner() == name {
            value = Some(text.into_owned());
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
