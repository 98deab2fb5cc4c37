//! One request path for every call: a time limit for each try, a bounded number of tries, the pinned API version.
//!
//! Every write carries an `Idempotency-Key`, so it may be sent again when nobody knows whether it happened.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::Error;

/// The API version that this code was written against; Stripe answers in its shapes whatever the account's default.
pub(super) const STRIPE_VERSION: &str = "2025-09-30.clover";

/// Of one try. Stripe answers well under this; a longer wait would hold a visitor's request.
const TIME_LIMIT: Duration = Duration::from_secs(10);

const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// After that no further try begins: a visitor waits, and a job comes back later by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever asks for a longer pause is told to the caller instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    secret_key: SecretString,
}

impl Transport {
    pub(super) fn new(base: Url, secret_key: SecretString) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::transport)?;
        Ok(Self {
            http,
            base,
            secret_key,
        })
    }

    /// `None` for what Stripe does not know.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Error> {
        match self.read(segments, query).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let request = self.request(Method::GET, segments)?.query(query);
        self.send(request).await
    }

    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        form: &[(&str, &str)],
        key: &str,
    ) -> Result<T, Error> {
        let request = self.request(Method::POST, segments)?;
        self.send(request.header("Idempotency-Key", key).form(form))
            .await
    }

    /// `None` when there is nothing to delete any more.
    pub(super) async fn delete<T: DeserializeOwned>(
        &self,
        segments: &[&str],
    ) -> Result<Option<T>, Error> {
        match self.send(self.request(Method::DELETE, segments)?).await {
            Ok(deleted) => Ok(Some(deleted)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn request(&self, method: Method, segments: &[&str]) -> Result<RequestBuilder, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::Unavailable("the API URL cannot be a base".into()))?
            .pop_if_empty()
            .extend(segments);
        let request = self.http.request(method, url);
        Ok(request
            .bearer_auth(self.secret_key.expose_secret())
            .header("Stripe-Version", STRIPE_VERSION))
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            let Some(again) = request.try_clone() else {
                break;
            };
            match attempt(again).await {
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(Error::Unavailable(_)) => tokio::time::sleep(pause).await,
                Err(Error::RateLimited { retry_after })
                    if retry_after.is_none_or(|asked| asked <= LONGEST_PAUSE) =>
                {
                    tokio::time::sleep(retry_after.unwrap_or(pause)).await;
                }
                settled => return settled,
            }
            pause *= 4;
        }
        attempt(request).await
    }
}

async fn attempt<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Error> {
    decode(request.send().await.map_err(Error::transport)?).await
}

async fn decode<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Body {
        error: ErrorObject,
    }
    #[derive(Deserialize)]
    struct ErrorObject {
        code: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
    }

    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        return Err(Error::RateLimited {
            retry_after: seconds.map(Duration::from_secs),
        });
    }
    // Stripe documents 409 as a concurrent use of the same idempotency key: the same call may follow.
    if status.is_server_error() || status == StatusCode::CONFLICT {
        return Err(Error::Unavailable(format!("status {status}")));
    }
    let body = response.bytes().await.map_err(Error::transport)?;
    if !status.is_success() {
        let code = serde_json::from_slice::<Body>(&body)
            .ok()
            .and_then(|body| body.error.code.or(body.error.kind));
        return Err(Error::Refused {
            status: status.as_u16(),
            code: code.unwrap_or_else(|| "unknown".into()),
        });
    }
    serde_json::from_slice(&body)
        .map_err(|error| Error::Unavailable(format!("unreadable answer: {error}")))
}
