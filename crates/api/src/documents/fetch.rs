//! One GET: the name resolved once and the address held on to, no redirect, no proxy, not much and not for long.

mod names;

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use url::Url;

use super::Refused;
use super::address::{Allowed, Checked};
use names::PublicNames;

/// Of the whole fetch, the look-up of the name included.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Bytes.
pub(super) const MAX_DOCUMENT: usize = 256 * 1024;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Fetcher {
    allowed: Allowed,
    /// Begins a client for an address that is not trusted; a test has one that counts.
    client: Arc<dyn Fn() -> ClientBuilder + Send + Sync>,
}

impl Fetcher {
    /// `origins` on this machine may be fetched from all the same.
    pub(crate) fn new(origins: Vec<String>) -> Self {
        Self {
            allowed: Allowed::new(origins),
            client: Arc::new(|| Client::builder().dns_resolver(PublicNames::of_the_system())),
        }
    }

    /// Whether somebody may be sent to this address, or it may be called for us.
    ///
    /// # Errors
    /// It is not public and https.
    pub(crate) fn check(&self, address: &str) -> Result<(), Refused> {
        self.allowed.check(address).map(drop)
    }

    /// # Errors
    /// See [`Refused`].
    pub(crate) async fn fetch(&self, address: &str) -> Result<Vec<u8>, Refused> {
        let checked = self.allowed.check(address)?;
        let fetching = match checked {
            Checked::Public(url) => get((self.client)().https_only(true), url),
            Checked::Trusted(url) => get(Client::builder(), url),
        };
        let fetched = tokio::time::timeout(TIME_LIMIT, fetching).await;
        fetched.unwrap_or(Err(Refused::Unreachable))
    }
}

async fn get(client: ClientBuilder, url: Url) -> Result<Vec<u8>, Refused> {
    let client = client
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .build()
        .map_err(|_| Refused::Unreachable)?;
    let request = client
        .get(url)
        .header("accept", "application/json, application/xml, text/xml");
    let mut answer = request.send().await.map_err(|_| Refused::Unreachable)?;
    if answer.status().is_redirection() {
        return Err(Refused::Redirect);
    }
    if answer.status() != reqwest::StatusCode::OK {
        return Err(Refused::Status);
    }
    let mut document = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Refused::Unreachable)? {
        if document.len() + chunk.len() > MAX_DOCUMENT {
            return Err(Refused::TooLarge);
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}

#[cfg(test)]
mod tests;
