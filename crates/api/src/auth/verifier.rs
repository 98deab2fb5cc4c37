//! Verifies access tokens (RFC 7519, RFC 9068, and Auth0's own profile): cheap checks first, the signature last.
//!
//! A bad token costs no database connection and no outbound call; only a key id that is unknown and plausible may
//! cause one throttled refetch of the keys.

mod claims;
mod header;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::Issuer;
use jsonwebtoken::{Algorithm, crypto};

use super::jwks::{Jwks, Lookup};
use super::{AccessToken, MachineToken, Refused};
use crate::config::Config;
use claims::Claims;

/// Bytes. Auth0 allows more claims than this, our Actions write far less.
const MAX_TOKEN: usize = 8 * 1024;

/// Claims hold arrays of strings and the odd object.
const MAX_DEPTH: usize = 8;

/// The shape of access tokens, chosen for the API in Auth0 ("Access Token Profiles").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenProfile {
    /// Type `at+jwt`, client in `client_id`.
    Rfc9068,
    /// Type `JWT`, client in `azp`. An ID token has this type too and is told apart by its audience.
    Auth0,
}

/// What a token is measured against.
#[derive(Debug, Clone)]
pub struct VerifierConfig {
    /// Compared to the letter. The first one is what the person is known by.
    pub issuers: Vec<Issuer>,
    pub audience: String,
    pub profile: TokenProfile,
    pub claims_namespace: String,
}

impl From<&Config> for VerifierConfig {
    fn from(config: &Config) -> Self {
        Self {
            issuers: config.auth0.issuers.clone(),
            audience: config.auth0.audience.clone(),
            profile: config.auth0.token_profile,
            claims_namespace: config.claims_namespace.clone(),
        }
    }
}

pub struct TokenVerifier {
    config: VerifierConfig,
    keys: Jwks,
}

impl TokenVerifier {
    /// # Panics
    /// Without an issuer there is nobody to trust.
    pub fn new(config: VerifierConfig, keys: Jwks) -> Arc<Self> {
        assert!(!config.issuers.is_empty(), "a verifier needs an issuer");
        Arc::new(Self { config, keys })
    }

    /// Whether tokens can be verified at the moment.
    pub fn has_keys(&self) -> bool {
        self.keys.are_usable()
    }

    /// # Errors
    /// The reason is for the log; [`crate::problem::Problem`] tells the caller no more than that the token is not valid.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessToken, Refused> {
        self.genuine(token, now).await?.into_token(&self.config)
    }

    /// A program's own token, from client credentials.
    ///
    /// # Errors
    /// As [`TokenVerifier::verify`]; a person's token is [`Refused::NotMachine`].
    pub async fn verify_machine(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<MachineToken, Refused> {
        self.genuine(token, now)
            .await?
            .into_machine_token(&self.config)
    }

    async fn genuine(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Refused> {
        if token.len() > MAX_TOKEN {
            return Err(Refused::TooLarge);
        }
        let parts = Parts::of(token)?;
        let key_id = header::key_id(&decode(parts.header)?, self.config.profile)?;
        let claims = Claims::read(&decode(parts.claims)?, &self.config, now)?;
        decode(parts.signature)?;
        let key = match self.keys.key(&key_id).await {
            Lookup::Known(key) => key,
            Lookup::Unknown => return Err(Refused::UnknownKey),
            Lookup::NoKeys => return Err(Refused::KeysUnavailable),
        };
        let genuine = crypto::verify(
            parts.signature,
            parts.signed.as_bytes(),
            &key,
            Algorithm::RS256,
        );
        if !genuine.unwrap_or(false) {
            return Err(Refused::Signature);
        }
        Ok(claims)
    }
}

/// The three parts of a compact JWS, not decoded.
struct Parts<'a> {
    signed: &'a str,
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, Refused> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Shape)?;
        let (header, claims) = signed.split_once('.').ok_or(Refused::Shape)?;
        if header.is_empty() || claims.is_empty() || signature.is_empty() || claims.contains('.') {
            return Err(Refused::Shape);
        }
        Ok(Self {
            signed,
            header,
            claims,
            signature,
        })
    }
}

/// Strict: url-safe alphabet, no padding, no white space, no stray bits.
fn decode(part: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Shape)
}

#[cfg(test)]
mod tests;
