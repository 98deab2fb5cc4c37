//! Documents that a customer's identity provider publishes about itself. Their addresses come from customers, so they are
//! fetched as if each of them were meant to reach into our own network.

mod address;
mod fetch;
mod oidc;
mod saml;

pub(crate) use fetch::Fetcher;
pub(crate) use oidc::discovery;
pub(crate) use saml::{federation_metadata, metadata};

/// Why a document is not taken. Says nothing of what is behind an address that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("Only https addresses of public servers are fetched, on port 443 and without a user.")]
    Address,
    #[error("Nothing could be fetched from there.")]
    Unreachable,
    #[error("The server redirects; give the address where the document is.")]
    Redirect,
    #[error("The server does not answer with the document.")]
    Status,
    #[error("The document is larger than 256 KiB.")]
    TooLarge,
    #[error("The document is not what it should be: {0}")]
    Document(&'static str),
    #[error(
        "The document has several signing certificates, and one is taken: send as signingCert the one that signs now."
    )]
    SeveralCertificates,
    #[error("The document of the metadata does not have this certificate among those that sign.")]
    OtherCertificate,
    #[error("The document is of another issuer than its address says.")]
    Issuer,
    #[error("The document names an address that is not public and https.")]
    Endpoint,
}

impl Refused {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Address => "address_refused",
            Self::Unreachable => "unreachable",
            Self::Redirect => "redirected",
            Self::Status => "not_there",
            Self::TooLarge => "too_large",
            Self::Document(_) => "invalid_document",
            Self::SeveralCertificates => "several_certificates",
            Self::OtherCertificate => "not_in_metadata",
            Self::Issuer => "issuer_mismatch",
            Self::Endpoint => "endpoint_refused",
        }
    }
}
