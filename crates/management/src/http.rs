//! One exchange over the wire: a deadline, a size limit, no redirects.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode, redirect};
use tokio::time::timeout;

use crate::Config;
use crate::config::{ConfigError, is_loopback};
use crate::error::Error;

const MAX_BODY: usize = 2 * 1024 * 1024;

/// Auth0 ends one after minutes.
const LONGEST_STREAM: Duration = Duration::from_secs(3600);

pub(crate) struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

/// What opening a stream came to.
pub(crate) enum Opened {
    Stream(Response),
    Reply(Reply),
}

/// A complete answer, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("management/", env!("CARGO_PKG_VERSION")))
            .timeout(config.timeout)
            .redirect(redirect::Policy::none())
            // A kept connection that the other side has just closed turns a POST into an unknown outcome; servers
            // commonly close after 5 s.
            .pool_idle_timeout(Duration::from_secs(4));
        if is_loopback(&config.base_url) {
            builder = builder.no_proxy();
            if config.base_url.scheme() == "http" {
                // A container without CA certificates can still talk to a local tenant.
                builder = builder.tls_certs_only([]);
            }
        }
        Ok(Self {
            client: builder.build().map_err(ConfigError::Http)?,
            timeout: config.timeout,
        })
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: url::Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    pub(crate) async fn exchange(&self, request: RequestBuilder) -> Result<Reply, Error> {
        let transport = |error| Error::from_transport(error, self.timeout);
        self.read(request.send().await.map_err(transport)?).await
    }

    /// The answer as far as its headers; the body may take an hour. An answer that is no success is read.
    pub(crate) async fn open(&self, request: RequestBuilder) -> Result<Opened, Error> {
        let late = |_| Error::Timeout {
            after: self.timeout,
        };
        let sent = timeout(self.timeout, request.timeout(LONGEST_STREAM).send());
        let response = sent.await.map_err(late)?;
        let response = response.map_err(|error| Error::from_transport(error, self.timeout))?;
        if response.status().is_success() {
            return Ok(Opened::Stream(response));
        }
        let read = timeout(self.timeout, self.read(response)).await;
        read.map_err(late)?.map(Opened::Reply)
    }

    async fn read(&self, mut response: Response) -> Result<Reply, Error> {
        let transport = |error| Error::from_transport(error, self.timeout);
        let mut reply = Reply {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if reply.body.len() + chunk.len() > MAX_BODY {
                if !reply.status.is_success() {
                    break;
                }
                return Err(Error::Decode {
                    status: reply.status.as_u16(),
                    problem: format!("the body is larger than {MAX_BODY} bytes"),
                });
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }
}
