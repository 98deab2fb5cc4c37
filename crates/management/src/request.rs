//! The one path every call takes: address, token, repetition, decoding.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::ACCEPT;
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use crate::client::Client;
use crate::decode;
use crate::error::Error;
use crate::http::{Opened, Reply};
use crate::rate_limit;
use crate::retry::Tries;
use crate::token::Token;

/// Everything but RFC 3986's unreserved characters; user ids contain `|`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const EVENT_STREAM: &str = "text/event-stream";

#[derive(Clone)]
pub(crate) struct Request {
    method: Method,
    /// The address with `{}` for each id: what is logged, because ids and e-mail addresses are not.
    route: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Request {
    pub(crate) fn get(route: &'static str, segments: &[&str]) -> Result<Self, Error> {
        Self::new(Method::GET, route, segments)
    }

    pub(crate) fn post(route: &'static str, segments: &[&str]) -> Result<Self, Error> {
        Self::new(Method::POST, route, segments)
    }

    pub(crate) fn patch(route: &'static str, segments: &[&str]) -> Result<Self, Error> {
        Self::new(Method::PATCH, route, segments)
    }

    pub(crate) fn delete(route: &'static str, segments: &[&str]) -> Result<Self, Error> {
        Self::new(Method::DELETE, route, segments)
    }

    /// `route` is relative to `/api/v2/` and has one `{}` for each of `segments`.
    fn new(method: Method, route: &'static str, segments: &[&str]) -> Result<Self, Error> {
        let mut path = String::new();
        let mut literals = route.split("{}");
        path.push_str(literals.next().unwrap_or_default());
        for (segment, literal) in segments.iter().zip(literals) {
            // An empty id would turn "delete this organization" into another call, and URLs resolve dots even encoded.
            if matches!(*segment, "" | "." | "..") {
                return Err(Error::Argument {
                    argument: (*segment).to_owned(),
                });
            }
            path.extend(utf8_percent_encode(segment, SEGMENT));
            path.push_str(literal);
        }
        Ok(Self {
            method,
            route,
            path,
            query: Vec::new(),
            body: None,
        })
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body)
            .expect("our own structs have string keys and no failing serializer");
        self.body = Some(body);
        self
    }

    fn may_repeat_after(&self, error: &Error) -> bool {
        if self.method == Method::GET || self.method == Method::DELETE {
            error.is_brief()
        } else {
            matches!(error, Error::Network { sent: false, .. })
        }
    }
}

impl Client {
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        decode::json(&self.send(request).await?)
    }

    /// Absence, as Auth0 states it by 404, is not an error. Its texts differ by resource and are not looked at.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<Option<T>, Error> {
        match self.fetch(request).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn perform(&self, request: &Request) -> Result<(), Error> {
        decode::nothing(&self.send(request).await?)
    }

    async fn send(&self, request: &Request) -> Result<Reply, Error> {
        let (http, tokens) = (&self.shared.http, &self.shared.tokens);
        let mut token = tokens.token(http, None).await?;
        let mut renewed = false;
        let mut tries = Tries::new(self.shared.retry_delay);
        loop {
            let error = match self.send_once(request, &token).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if matches!(error, Error::Unauthorized { .. }) && !renewed {
                renewed = true;
                token = tokens.token(http, Some(&token)).await?;
            } else if !request.may_repeat_after(&error) || !tries.again().await {
                return Err(error);
            }
        }
    }

    /// A body that arrives over time.
    pub(crate) async fn open(&self, request: &Request) -> Result<reqwest::Response, Error> {
        let (http, tokens) = (&self.shared.http, &self.shared.tokens);
        let mut token = tokens.token(http, None).await?;
        let mut renewed = false;
        loop {
            let builder = self.prepare(request, &token).header(ACCEPT, EVENT_STREAM);
            let error = match http.open(builder).await? {
                Opened::Stream(response) => return Ok(response),
                Opened::Reply(reply) => Error::from_reply(&reply, &[token.secret()]),
            };
            if renewed || !matches!(error, Error::Unauthorized { .. }) {
                return Err(error);
            }
            renewed = true;
            token = tokens.token(http, Some(&token)).await?;
        }
    }

    fn prepare(&self, request: &Request, token: &Token) -> RequestBuilder {
        let http = &self.shared.http;
        let url = self
            .shared
            .api
            .join(&request.path)
            .expect("encoded segments make a path");
        let mut builder = http
            .request(request.method.clone(), url)
            .bearer_auth(token.secret());
        if !request.query.is_empty() {
            builder = builder.query(&request.query);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        if let Some(id) = &self.correlation_id {
            builder = builder.header("x-correlation-id", id);
        }
        builder
    }

    async fn send_once(&self, request: &Request, token: &Token) -> Result<Reply, Error> {
        let started = Instant::now();
        let builder = self.prepare(request, token);
        let reply = self.shared.http.exchange(builder).await?;
        tracing::debug!(
            method = %request.method,
            route = request.route,
            status = reply.status.as_u16(),
            milliseconds = started.elapsed().as_millis(),
            rate_limit_remaining = rate_limit::remaining(&reply.headers),
            "called the Management API"
        );
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(Error::from_reply(&reply, &[token.secret()]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segments: &[&str]) -> Result<String, Error> {
        let route = "organizations/{}/members/{}/roles";
        Request::get(route, segments).map(|request| request.path)
    }

    #[test]
    fn ids_are_encoded_into_one_segment_each() {
        let path = path(&["org_1", "samlp|idp|a/b c?#%é"]).unwrap();
        assert_eq!(
            path,
            "organizations/org_1/members/samlp%7Cidp%7Ca%2Fb%20c%3F%23%25%C3%A9/roles"
        );
    }

    #[test]
    fn ids_that_would_change_the_path_are_not_sent() {
        for id in ["", ".", ".."] {
            assert_eq!(
                path(&["org_1", id]),
                Err(Error::Argument {
                    argument: id.to_owned()
                })
            );
        }
    }
}
