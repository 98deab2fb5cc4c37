//! The running `dev` as the demo sees it: two base URLs, and what is asked of them.

use jsonwebtoken::jwk::JwkSet;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::browser::http_client;
use super::failure::{Failure, same};

#[derive(Clone)]
pub struct World {
    pub(super) http: reqwest::Client,
    /// Ends in a slash.
    pub(super) api: Url,
    /// Ends in a slash; the issuer of the tokens.
    pub(super) identity: Url,
    /// The application that people log in to.
    pub(super) client_id: String,
    /// In which our claims are.
    claims_namespace: String,
}

/// The sandbox's own.
pub(super) const CONSOLE: &str = "tenantry-console";
pub(super) const CLAIMS_NAMESPACE: &str = "https://tenantry.dev";

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl World {
    pub fn new(api: Url, identity: Url) -> Result<Self, Failure> {
        Ok(Self {
            http: http_client()?,
            api,
            identity,
            client_id: CONSOLE.to_owned(),
            claims_namespace: CLAIMS_NAMESPACE.to_owned(),
        })
    }

    /// The same for another application of the tenant.
    #[must_use]
    pub fn with_client(self, client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            ..self
        }
    }

    /// The same where the Actions write our claims elsewhere.
    #[must_use]
    pub fn with_claims_in(self, claims_namespace: &str) -> Self {
        Self {
            claims_namespace: claims_namespace.to_owned(),
            ..self
        }
    }

    /// What a token says of its person in the organization.
    pub(super) fn roles<'a>(&self, access: &'a Value) -> &'a Value {
        &access[format!("{}/roles", self.claims_namespace)]
    }

    pub(super) fn identity_url(&self, path: &str) -> Result<Url, Failure> {
        self.identity
            .join(path)
            .map_err(|error| Failure::new(format!("{path}: {error}")))
    }

    pub(super) async fn keys(&self) -> Result<JwkSet, Failure> {
        let keys = self
            .http
            .get(self.identity_url(".well-known/jwks.json")?)
            .send()
            .await?
            .json()
            .await?;
        Ok(keys)
    }

    /// Calls the API with a token. The path has no leading slash.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let url = self
            .api
            .join(path)
            .map_err(|error| Failure::new(format!("{path}: {error}")))?;
        let mut request = self.http.request(method, url).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::of(request.send().await?).await
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Result<Answer, Failure> {
        self.call(Method::GET, path, token, None).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        self.call(Method::POST, path, token, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str, token: &str) -> Result<Answer, Failure> {
        self.call(Method::DELETE, path, token, None).await
    }

    pub(super) async fn put(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        self.call(Method::PUT, path, token, Some(body)).await
    }
}

impl Answer {
    pub(super) async fn of(response: reqwest::Response) -> Result<Self, Failure> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self {
            status,
            headers,
            text: response.text().await?,
        })
    }

    /// The body, if the status is this one.
    pub(super) fn json(&self, status: u16) -> Result<Value, Failure> {
        self.expect(status)?;
        serde_json::from_str(&self.text)
            .map_err(|error| Failure::unexpected("JSON", format!("{error}: {}", self.text)))
    }

    pub(super) fn expect(&self, status: u16) -> Result<(), Failure> {
        same("status", &status, &self.status).map_err(|_| {
            Failure::unexpected(
                format!("status {status}"),
                format!("{} {}", self.status, self.text),
            )
        })
    }

    /// A problem with this status and code (RFC 9457).
    pub(super) fn problem(&self, status: u16, code: &str) -> Result<(), Failure> {
        let body = self.json(status)?;
        let kind = self
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        same("content type", &Some("application/problem+json"), &kind)?;
        same("code", &Some(code), &body["code"].as_str())
    }
}
