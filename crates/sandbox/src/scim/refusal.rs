//! The error body of RFC 7644, section 3.12.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

pub(super) type Answer = Result<HttpResponse, Refusal>;

pub(super) const CONTENT_TYPE: &str = "application/scim+json";

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// `scimType`.
    kind: Option<&'static str>,
    detail: String,
}

impl Refusal {
    fn new(status: StatusCode, kind: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            detail: detail.into(),
        }
    }

    fn bad_request(kind: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(kind), detail)
    }

    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidSyntax", detail)
    }

    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidValue", detail)
    }

    pub(super) fn filter(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidFilter", detail)
    }

    pub(super) fn path(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidPath", detail)
    }

    pub(super) fn no_target() -> Self {
        Self::bad_request("noTarget", "Nothing is there to be removed by that path")
    }

    pub(super) fn mutability(attribute: &str) -> Self {
        Self::bad_request("mutability", format!("{attribute} cannot be changed"))
    }

    pub(super) fn too_many(detail: impl Into<String>) -> Self {
        Self::bad_request("tooMany", detail)
    }

    pub(super) fn uniqueness(attribute: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            Some("uniqueness"),
            format!("A resource with the same {attribute} already exists"),
        )
    }

    /// One body for every bad token, so that nothing tells whose connection it is.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, None, "Invalid SCIM token")
    }

    pub(super) fn scope(scope: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            None,
            format!("The SCIM token lacks the scope {scope}"),
        )
    }

    pub(super) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, None, "Resource not found")
    }

    pub(super) fn no_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, None, "Method not allowed")
    }

    pub(super) fn not_implemented() -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, None, "Not implemented")
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            None,
            "Too many requests for this connection",
        )
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let Some(kind) = self.kind {
            body["scimType"] = json!(kind);
        }
        body
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.detail)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status)
            .content_type(CONTENT_TYPE)
            .json(self.body())
    }
}
