//! This application's access token: asked for once however many calls need it, and again before it expires.
//!
//! [Client credentials flow](https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-credentials-flow),
//! `POST /oauth/token`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::Config;
use crate::decode;
use crate::error::Error;
use crate::http::Http;
use crate::retry::Tries;

/// So long before its end a token is replaced, that no call starts with one that ends on the way.
const EARLY: Duration = Duration::from_secs(60);

pub(crate) struct Tokens {
    endpoint: Url,
    audience: String,
    client_id: String,
    client_secret: SecretString,
    retry_delay: Duration,
    /// Requests for a token that have ended, well or badly.
    ended: AtomicU64,
    latest: Mutex<Latest>,
}

#[derive(Default)]
struct Latest {
    token: Option<Arc<Token>>,
    failure: Option<Error>,
}

pub(crate) struct Token {
    serial: u64,
    scopes: Option<Vec<String>>,
    secret: SecretString,
    replace_at: Instant,
}

impl Tokens {
    pub(crate) fn new(config: &Config, endpoint: Url, default_audience: &Url) -> Self {
        Self {
            endpoint,
            audience: config
                .audience
                .clone()
                .unwrap_or_else(|| default_audience.to_string()),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            retry_delay: config.retry_delay,
            ended: AtomicU64::new(0),
            latest: Mutex::default(),
        }
    }

    /// The current token, or a new one when there is none, it is about to end, or it is the one Auth0 has `refused`.
    pub(crate) async fn token(
        &self,
        http: &Http,
        refused: Option<&Token>,
    ) -> Result<Arc<Token>, Error> {
        let ended_before = self.ended.load(Ordering::SeqCst);
        let mut latest = self.latest.lock().await;
        if let Some(token) = &latest.token
            && Instant::now() < token.replace_at
            && refused.is_none_or(|refused| refused.serial != token.serial)
        {
            return Ok(Arc::clone(token));
        }
        // Whoever waited for a request that failed shares its failure, or fifty callers would ask a dead server
        // one after the other.
        if self.ended.load(Ordering::SeqCst) > ended_before
            && let Some(failure) = &latest.failure
        {
            return Err(failure.clone());
        }
        let asked = self.ask(http).await;
        let serial = self.ended.fetch_add(1, Ordering::SeqCst);
        latest.failure = asked.as_ref().err().cloned();
        let token = Arc::new(Token::new(serial, asked?));
        latest.token = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Repeats briefly even though it is a POST: asking for a token changes nothing.
    async fn ask(&self, http: &Http) -> Result<TokenBody, Error> {
        let mut tries = Tries::new(self.retry_delay);
        loop {
            match self.ask_once(http).await {
                Err(error) if error.is_brief() => {
                    if !tries.again().await {
                        return Err(error);
                    }
                }
                Err(Error::Refused {
                    status: 400..,
                    code,
                    message,
                }) => return Err(Error::Unauthorized { code, message }),
                result => return result,
            }
        }
    }

    async fn ask_once(&self, http: &Http) -> Result<TokenBody, Error> {
        let secret = self.client_secret.expose_secret();
        let request = http
            .request(Method::POST, self.endpoint.clone())
            .json(&json!({
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": secret,
                "audience": self.audience,
            }));
        let reply = http.exchange(request).await?;
        tracing::debug!(status = reply.status.as_u16(), "asked for a token");
        if !reply.status.is_success() {
            return Err(Error::from_reply(&reply, &[secret]));
        }
        let body: TokenBody = decode::json(&reply)?;
        if HeaderValue::from_str(&body.access_token).is_err() {
            return Err(Error::Decode {
                status: reply.status.as_u16(),
                problem: "the token cannot be sent in a header".to_owned(),
            });
        }
        Ok(body)
    }
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    expires_in: u64,
    scope: Option<String>,
}

impl Token {
    fn new(serial: u64, body: TokenBody) -> Self {
        Self {
            serial,
            scopes: body.scope.as_deref().map(split),
            secret: body.access_token.into(),
            replace_at: Instant::now() + use_for(Duration::from_secs(body.expires_in)),
        }
    }

    pub(crate) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    pub(crate) fn scopes(&self) -> Option<&[String]> {
        self.scopes.as_deref()
    }
}

fn split(scope: &str) -> Vec<String> {
    scope.split_whitespace().map(str::to_owned).collect()
}

/// A token that lives less than two minutes is used for half its life. A day is the longest Auth0 gives for this API.
fn use_for(lifetime: Duration) -> Duration {
    let lifetime = lifetime.min(Duration::from_secs(86_400));
    lifetime - EARLY.min(lifetime / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_replaced_a_minute_early() {
        assert_eq!(
            use_for(Duration::from_secs(86_400)),
            Duration::from_secs(86_340)
        );
        assert_eq!(use_for(Duration::from_secs(120)), Duration::from_secs(60));
    }

    #[test]
    fn a_short_token_is_still_used() {
        assert_eq!(use_for(Duration::from_secs(10)), Duration::from_secs(5));
        assert_eq!(use_for(Duration::ZERO), Duration::ZERO);
        assert_eq!(
            use_for(Duration::from_secs(u64::MAX)),
            Duration::from_secs(86_340)
        );
    }
}
