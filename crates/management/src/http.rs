//! One exchange over the wire: a deadline, a size limit, no redirects.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode, redirect};

use crate::Config;
use crate::config::{ConfigError, is_loopback};
use crate::error::Error;

const MAX_BODY: usize = 2 * 1024 * 1024;

pub(crate) struct Http {
    client: reqwest::Client,
    timeout: Duration,
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
        let mut response = request.send().await.map_err(transport)?;
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
