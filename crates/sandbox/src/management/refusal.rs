//! The error bodies of the Management API, worded as the vendor words them.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

/// `{statusCode, error, message, errorCode?}`; many of Auth0's errors have no code.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(rename = "statusCode", serialize_with = "as_number")]
    status: StatusCode,
    error: &'static str,
    message: String,
    #[serde(rename = "errorCode", skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

pub(crate) type Answer = Result<HttpResponse, Refusal>;

impl Refusal {
    fn new(status: StatusCode, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self {
            status,
            error: status.canonical_reason().unwrap_or_default(),
            message: message.into(),
            code,
        }
    }

    pub(crate) fn body(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("invalid_body"), message)
    }

    /// A refused body with a code of its own.
    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(code), message)
    }

    pub(crate) fn query(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Some("invalid_query_string"),
            message,
        )
    }

    /// Offset paging ends at the 1000th record, whatever the page size.
    pub(crate) fn paging() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Some("invalid_paging"),
            "Requesting page exceeds the allowed maximum of 1000 records.",
        )
    }

    pub(crate) fn bearer_format() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Some("Bearer"),
            "Bad HTTP authentication header format",
        )
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, None, message)
    }

    pub(crate) fn scope(any_of: &[&str]) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            Some("insufficient_scope"),
            format!("Insufficient scope, expected any of: {}", any_of.join(",")),
        )
    }

    /// What the plan or the product does not allow, whatever the token says.
    pub(crate) fn not_supported() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            Some("operation_not_supported"),
            "The account is not allowed to perform this operation.",
        )
    }

    pub(crate) fn missing(what: Missing) -> Self {
        let (message, code) = what.text();
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// Of an entity whose text names it.
    pub(crate) fn missing_because(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, None, message)
    }

    pub(crate) fn conflict(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// A fault of the sandbox itself; the cause goes to the log.
    pub(crate) fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause, "the Management API could not answer");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, "Internal error.")
    }

    /// It was there once.
    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, None, message)
    }

    /// Of bulk imports at a time.
    pub(crate) fn too_many_imports() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            Some("too_many_requests"),
            "There are 2 active import users jobs, please wait until some of them are finished and try again",
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            None,
            "Users file is larger than the maximum size of 500KB",
        )
    }

    pub(crate) fn too_many_requests() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            Some("too_many_requests"),
            "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.",
        )
    }
}

/// What a 404 is about: each entity has its own words, and only some have a code.
#[derive(Clone, Copy)]
pub(crate) enum Missing {
    Action,
    ActionVersion,
    Client,
    ClientGrant,
    Connection,
    DiscoveryDomain,
    EmailProvider,
    EmailTemplate,
    EnabledConnection,
    EventDelivery,
    EventStream,
    Group,
    Identity,
    Invitation,
    Job,
    Log,
    LogStream,
    Organization,
    ResourceServer,
    Role,
    Route,
    ScimConfiguration,
    ScimToken,
    SigningKey,
    User,
    UserAttributeProfile,
    UserOfOrganizations,
}

impl Missing {
    fn text(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Action => ("That action does not exist.", None),
            Self::ActionVersion => ("That action version does not exist.", None),
            Self::EmailProvider => (
                "There is not a configured email provider",
                Some("inexistent_email_provider"),
            ),
            Self::EmailTemplate => (
                "The template does not exist.",
                Some("inexistent_email_template"),
            ),
            Self::Client => ("Client not found.", Some("inexistent_client")),
            Self::ClientGrant => ("Client grant not found.", None),
            Self::Connection => (
                "The connection does not exist",
                Some("inexistent_connection"),
            ),
            Self::DiscoveryDomain => ("No discovery domain found by that id or name", None),
            Self::EnabledConnection => ("No connection found by that id", None),
            Self::EventDelivery => ("Event delivery not found.", None),
            Self::EventStream => ("The requested stream does not exist.", None),
            Self::Group => ("The group does not exist.", None),
            Self::Identity => ("The identity does not exist.", None),
            Self::Invitation => (
                "The invitation does not exist.",
                Some("inexistent_invitation"),
            ),
            Self::Job => ("The job does not exist.", Some("inexistent_job")),
            Self::Log => ("The log does not exist.", Some("inexistent_log")),
            Self::LogStream => (
                "The log stream does not exist.",
                Some("inexistent_log_stream"),
            ),
            Self::Organization => ("No organization found by that id or name", None),
            Self::ResourceServer => (
                "Resource server not found.",
                Some("inexistent_resource_server"),
            ),
            Self::Role => ("The role does not exist.", None),
            Self::Route => ("Not Found", None),
            Self::ScimConfiguration => ("The SCIM configuration does not exist", None),
            Self::ScimToken => ("The SCIM token does not exist", None),
            Self::SigningKey => ("Signing key not found.", None),
            Self::User => ("The user does not exist.", Some("inexistent_user")),
            Self::UserAttributeProfile => ("User attribute profile not found.", None),
            Self::UserOfOrganizations => ("User not found", None),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.message)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(self)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
