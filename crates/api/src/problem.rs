//! The only place that knows HTTP status codes: what every refusal and every error looks like to a caller (RFC 9457).
//!
//! A handler returns a [`Problem`]; the outermost middleware writes it down together with the request's id.

mod body;
mod code;
mod conversions;

use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use domain::Because;

pub use body::{FieldError, ProblemBody};
pub use code::Code;

/// Media type of every problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Seconds that a client waits before it tries again when something that we need is away.
const RETRY_AFTER_SECONDS: u32 = 5;

/// A refusal or an error on its way to the caller. Carries nothing that the caller may not read.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    hindrance: Option<Hindrance>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Clone, Copy)]
struct Hindrance {
    because: Because,
    lifted_by: &'static str,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        let problem = Self {
            code,
            detail: None,
            errors: Vec::new(),
            hindrance: None,
            headers: Vec::new(),
        };
        match code {
            Code::InvalidToken => problem.header(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer error=\"invalid_token\""),
            ),
            Code::TooManyRequests => problem,
            _ if code.status() == StatusCode::SERVICE_UNAVAILABLE => {
                problem.retry_after(RETRY_AFTER_SECONDS)
            }
            _ => problem,
        }
    }

    /// The same body as for a bad token; only the challenge tells that no credentials came at all (RFC 6750, 3.1).
    pub fn no_credentials() -> Self {
        let mut problem = Self::new(Code::InvalidToken);
        problem.headers.clear();
        problem.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// Foreign and missing look the same.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// A bug or a broken part. The cause goes to the log, once, here; the caller sees the request's id.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "request failed");
        Self::new(Code::Internal)
    }

    /// One field of a well-formed body or query is not acceptable.
    pub fn invalid_field(
        field: impl Into<String>,
        code: impl Into<String>,
        detail: impl fmt::Display,
    ) -> Self {
        Self::new(Code::InvalidRequest).field(field, code, detail)
    }

    /// What is wrong in this case, for a person to read.
    #[must_use]
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    #[must_use]
    pub fn field(
        mut self,
        field: impl Into<String>,
        code: impl Into<String>,
        detail: impl fmt::Display,
    ) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            code: code.into(),
            detail: detail.to_string(),
        });
        self
    }

    /// Why the plan or the role does not allow it, and what would lift that, as the entitlements say it.
    #[must_use]
    pub fn because(mut self, because: Because, lifted_by: &'static str) -> Self {
        self.hindrance = Some(Hindrance { because, lifted_by });
        self
    }

    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The methods that a path has, for a 405.
    #[must_use]
    pub fn allow(self, methods: HeaderValue) -> Self {
        self.header(ALLOW, methods)
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.retain(|(existing, _)| *existing != name);
        self.headers.push((name, value));
        self
    }

    pub fn code(&self) -> Code {
        self.code
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code.as_str())
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// Status and headers; the body is written by the outermost middleware, which knows the request's id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.code.status());
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// Prints an error and everything below it.
struct Chain<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(formatter, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outer part")]
    struct Outer(#[source] std::io::Error);

    fn broken() -> Outer {
        Outer(std::io::Error::other("canary: relation \"app.projects\""))
    }

    fn text(problem: &Problem) -> String {
        serde_json::to_string(&problem.body("id".into())).unwrap()
    }

    #[test]
    fn the_cause_of_an_internal_error_is_for_the_log_only() {
        let problem = Problem::internal(&broken());
        assert_eq!(
            Chain(&broken()).to_string(),
            "the outer part: canary: relation \"app.projects\""
        );
        assert!(!text(&problem).contains("canary") && !format!("{problem:?}").contains("canary"));
        assert_eq!(problem.status_code(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn whatever_is_away_says_when_to_come_back() {
        for code in Code::ALL
            .iter()
            .filter(|code| code.status() == StatusCode::SERVICE_UNAVAILABLE)
        {
            let response = Problem::new(*code).error_response();
            assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "5");
        }
        let limited = Problem::new(Code::TooManyRequests)
            .retry_after(60)
            .error_response();
        assert_eq!(limited.headers().get(RETRY_AFTER).unwrap(), "60");
    }

    #[test]
    fn a_missing_thing_says_nothing_about_itself() {
        assert_eq!(
            text(&Problem::not_found()),
            r#"{"type":"https://tenantry.dev/problems/not_found","title":"There is nothing here","status":404,"code":"not_found","request_id":"id"}"#
        );
    }

    #[test]
    fn several_fields_are_told_at_once() {
        let problem = Problem::invalid_field("plan", "unknown_value", "No such plan.").field(
            "seats",
            "required",
            "How many?",
        );
        let body = problem.body("id".into());
        assert_eq!(
            body.errors
                .iter()
                .map(|error| &*error.field)
                .collect::<Vec<_>>(),
            ["plan", "seats"]
        );
        assert_eq!(body.status, 422);
    }
}
