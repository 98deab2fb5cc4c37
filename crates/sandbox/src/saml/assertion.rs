//! What the provider says of a person (SAML 2.0 Core, section 2), in canonical form.

use chrono::{DateTime, Utc};

use super::xml::{Fields, attribute, text};
use super::{ASSERTION, written};

const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const NO_CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assertion {
    pub(crate) id: String,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) issuer: String,
    /// The `NameID`: how the provider tells people apart.
    pub(crate) subject: String,
    /// The request that it answers.
    pub(crate) in_response_to: String,
    /// Where it may be handed in.
    pub(crate) recipient: String,
    pub(crate) audience: String,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_on_or_after: DateTime<Utc>,
    /// Name and values.
    pub(crate) attributes: Vec<(String, Vec<String>)>,
}

impl Assertion {
    /// With this at the place of the signature.
    pub(super) fn xml(&self, signature: &str) -> String {
        let (at, end) = (written(self.issued_at), written(self.not_on_or_after));
        format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION}\" ID=\"{}\" IssueInstant=\"{at}\" Version=\"2.0\">\
             <saml:Issuer>{}</saml:Issuer>{signature}\
             <saml:Subject><saml:NameID Format=\"{UNSPECIFIED}\">{}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"{BEARER}\"><saml:SubjectConfirmationData InResponseTo=\"{}\" \
             NotOnOrAfter=\"{end}\" Recipient=\"{}\"></saml:SubjectConfirmationData></saml:SubjectConfirmation>\
             </saml:Subject><saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"{end}\"><saml:AudienceRestriction>\
             <saml:Audience>{}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{at}\"><saml:AuthnContext><saml:AuthnContextClassRef>{NO_CLASS}\
             </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>{}</saml:Assertion>",
            attribute(&self.id),
            text(&self.issuer),
            text(&self.subject),
            attribute(&self.in_response_to),
            attribute(&self.recipient),
            written(self.not_before),
            text(&self.audience),
            self.statement(),
        )
    }

    /// The schema knows no statement without an attribute.
    fn statement(&self) -> String {
        if self.attributes.is_empty() {
            return String::new();
        }
        let attributes = self.attributes.iter().map(|(name, values)| {
            let values = values
                .iter()
                .map(|value| format!("<saml:AttributeValue>{}</saml:AttributeValue>", text(value)));
            let values: String = values.collect();
            format!(
                "<saml:Attribute Name=\"{}\">{values}</saml:Attribute>",
                attribute(name)
            )
        });
        let attributes: String = attributes.collect();
        format!("<saml:AttributeStatement>{attributes}</saml:AttributeStatement>")
    }

    /// The fields, and what is at the place of the signature.
    pub(super) fn read<'a>(fields: &mut Fields<'a>) -> Option<(Self, &'a str)> {
        let id = fields.attribute("ID")?;
        let issued_at = fields.time("IssueInstant")?;
        let issuer = fields.text("<saml:Issuer>")?;
        let signature = fields.raw("</saml:Issuer>", "<saml:Subject>")?;
        let subject = fields.text(&format!("Format=\"{UNSPECIFIED}\">"))?;
        let in_response_to = fields.attribute("InResponseTo")?;
        let not_on_or_after = fields.time("NotOnOrAfter")?;
        let recipient = fields.attribute("Recipient")?;
        let not_before = fields.time("NotBefore")?;
        let audience = fields.text("<saml:Audience>")?;
        fields.raw("<saml:AuthnStatement", "</saml:AuthnStatement>")?;
        fields.past("</saml:AuthnStatement>")?;
        let assertion = Self {
            id,
            issued_at,
            issuer,
            subject,
            in_response_to,
            recipient,
            audience,
            not_before,
            not_on_or_after,
            attributes: Self::read_attributes(fields)?,
        };
        Some((assertion, signature))
    }

    fn read_attributes(fields: &mut Fields<'_>) -> Option<Vec<(String, Vec<String>)>> {
        let mut attributes = Vec::new();
        if fields.past("<saml:AttributeStatement>").is_none() {
            return Some(attributes);
        }
        while fields.continues("<saml:Attribute ") {
            let name = fields.attribute("Name")?;
            fields.past("\">")?;
            let mut values = Vec::new();
            while fields.continues("<saml:AttributeValue>") {
                values.push(fields.text("<saml:AttributeValue>")?);
                fields.past("</saml:AttributeValue>")?;
            }
            fields.past("</saml:Attribute>")?;
            attributes.push((name, values));
        }
        Some(attributes)
    }
}
