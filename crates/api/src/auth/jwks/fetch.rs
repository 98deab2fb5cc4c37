//! One fetch of the key set, bounded in time and size.

use std::time::Duration;

use reqwest::redirect;
use url::Url;

use super::key_ring::Keys;
use super::key_set::{self, UnusableKeySet};

const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Bytes. Auth0's own set of three keys with their certificates has about 5 KiB.
const MAX_BODY: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    #[error("answered {0}")]
    Status(u16),
    #[error("more than {MAX_BODY} bytes")]
    TooLarge,
    #[error(transparent)]
    Unusable(#[from] UnusableKeySet),
}

pub(super) struct Fetcher {
    http: reqwest::Client,
    url: Url,
}

impl Fetcher {
    pub(super) fn new(domain: &Url) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        let mut url = domain.clone();
        url.set_path(&format!("{}.well-known/jwks.json", domain.path()));
        Ok(Self { http, url })
    }

    pub(super) async fn fetch(&self) -> Result<Keys, FetchError> {
        let mut response = self
            .http
            .get(self.url.clone())
            .send()
            .await
            .map_err(FetchError::Transport)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(FetchError::Transport)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(key_set::parse(&body)?)
    }
}
