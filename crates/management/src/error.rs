//! How a call can fail, sorted by what the caller can do about it.

use std::time::Duration;

use serde::Deserialize;

use crate::http::Reply;
use crate::rate_limit;

/// Text taken from an answer is cut to this many characters.
const MAX_TEXT: usize = 512;

/// Why a call gave no result.
///
/// `code` is Auth0's `errorCode` (often absent), `message` its text; both are cut to 512 characters and never contain
/// our secret or token. Shapes and codes follow
/// [Management API errors](https://auth0.com/docs/api/management/v2/introduction) and the `error` /
/// `error_description` pair of `POST /oauth/token`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 429. Nothing was done. `wait` comes from `Retry-After`, else from `X-RateLimit-Reset`.
    #[error("Auth0 limits the rate of this call{}: {message}", bracketed(.code))]
    RateLimited {
        /// From now on, 1 s to 24 h; `None` when no header says it.
        wait: Option<Duration>,
        /// Auth0's `errorCode`.
        code: Option<String>,
        /// Auth0's text.
        message: String,
    },
    /// 5xx, 408 or 425. Whether the change was made is unknown.
    #[error("Auth0 is not available, status {status}{}: {message}", bracketed(.code))]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// From now on, 1 s to 24 h, from `Retry-After` alone.
        wait: Option<Duration>,
        /// Auth0's `errorCode`.
        code: Option<String>,
        /// Auth0's text.
        message: String,
    },
    /// No answer within the configured time. Whether the change was made is unknown, never "failed".
    #[error("no answer from Auth0 within {after:?}")]
    Timeout {
        /// The time that was configured.
        after: Duration,
    },
    /// The connection could not be made or broke. Unless `sent` is false, whether the change was made is unknown.
    #[error("the connection to Auth0 failed: {cause}")]
    Network {
        /// Whether any of the call may have left this machine.
        sent: bool,
        /// The innermost cause, without the address.
        cause: String,
    },
    /// A success status whose body is not the JSON this call promises: HTML, truncated, too large, another shape, or
    /// an error. Whether the change was made is unknown.
    #[error("the answer of Auth0, status {status}, cannot be read: {problem}")]
    Decode {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the body, without quoting it.
        problem: String,
    },
    /// 409: what was to be created is already there.
    #[error("Auth0 reports a conflict{}: {message}", bracketed(.code))]
    Conflict {
        /// Auth0's `errorCode`.
        code: Option<String>,
        /// Auth0's text.
        message: String,
    },
    /// Auth0 gives this application no token, or refuses a token it has just given.
    #[error("Auth0 does not accept this application's credentials{}: {message}", bracketed(.code))]
    Unauthorized {
        /// Auth0's `errorCode`, or `error` of the token endpoint.
        code: Option<String>,
        /// Auth0's text.
        message: String,
    },
    /// Any other 4xx, and redirects, which are never followed.
    #[error("Auth0 refused the call with {status}{}: {message}", bracketed(.code))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Auth0's `errorCode`.
        code: Option<String>,
        /// Auth0's text.
        message: String,
    },
    /// The call was not sent: the argument cannot be part of an address (it is empty, `.` or `..`).
    #[error("{argument:?} cannot be part of an Auth0 address")]
    Argument {
        /// What was given.
        argument: String,
    },
}

/// What to do after an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Try again later, not before `wait` when Auth0 named a time. After anything but a rate limit the first try may
    /// have succeeded.
    Retry {
        /// From now on; `None` leaves it to the caller.
        wait: Option<Duration>,
    },
    /// It exists already: look it up and decide whose it is.
    Conflict,
    /// No repetition of the same call will succeed; a person has to look.
    Permanent,
}

impl Error {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::RateLimited { wait, .. } | Self::Unavailable { wait, .. } => {
                Class::Retry { wait: *wait }
            }
            Self::Timeout { .. } | Self::Network { .. } | Self::Decode { .. } => {
                Class::Retry { wait: None }
            }
            Self::Conflict { .. } => Class::Conflict,
            Self::Unauthorized { .. } | Self::Refused { .. } | Self::Argument { .. } => {
                Class::Permanent
            }
        }
    }

    /// The HTTP status, where an answer arrived and the variant does not imply it.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unavailable { status, .. }
            | Self::Decode { status, .. }
            | Self::Refused { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(429),
            Self::Conflict { .. } => Some(409),
            Self::Unauthorized { .. } => Some(401),
            Self::Timeout { .. } | Self::Network { .. } | Self::Argument { .. } => None,
        }
    }

    /// Worth repeating at once: the other side stumbled and did not say for how long.
    pub(crate) fn is_brief(&self) -> bool {
        matches!(
            self,
            Self::Network { .. } | Self::Unavailable { wait: None, .. }
        )
    }

    /// Reads an answer that is not a success. `secrets` are the texts that must not survive in the message, whoever
    /// echoes them.
    pub(crate) fn from_reply(reply: &Reply, secrets: &[&str]) -> Self {
        let status = reply.status.as_u16();
        let ErrorText { code, message } = ErrorText::read(&reply.body, secrets);
        match status {
            300..=399 => Self::Refused {
                status,
                code: None,
                message: "redirects are not followed".to_owned(),
            },
            401 => Self::Unauthorized { code, message },
            409 => Self::Conflict { code, message },
            429 => Self::RateLimited {
                wait: rate_limit::wait(&reply.headers),
                code,
                message,
            },
            408 | 425 | 500.. => Self::Unavailable {
                status,
                wait: rate_limit::retry_after(&reply.headers),
                code,
                message,
            },
            _ => Self::Refused {
                status,
                code,
                message,
            },
        }
    }

    pub(crate) fn from_transport(error: reqwest::Error, after: Duration) -> Self {
        if error.is_timeout() {
            return Self::Timeout { after };
        }
        let sent = !error.is_connect();
        // The address holds user ids and e-mail addresses.
        let error = error.without_url();
        let mut cause = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            cause = inner.to_string();
            source = inner.source();
        }
        Self::Network {
            sent,
            cause: bounded(&cause),
        }
    }
}

struct ErrorText {
    code: Option<String>,
    message: String,
}

/// Both of Auth0's error bodies at once; every member is optional in practice.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorBody {
    error_code: Option<String>,
    message: Option<String>,
    error: Option<String>,
    #[serde(rename = "error_description")]
    error_description: Option<String>,
}

impl ErrorText {
    fn read(body: &[u8], secrets: &[&str]) -> Self {
        let Ok(body) = serde_json::from_slice::<ErrorBody>(body) else {
            return Self {
                code: None,
                message: "the body is not an Auth0 error".to_owned(),
            };
        };
        let hidden = |text: String| {
            let text = secrets
                .iter()
                .fold(text, |text, secret| text.replace(*secret, "[secret]"));
            bounded(&text)
        };
        let oauth = body.error_description.is_some();
        let code = body
            .error_code
            .or_else(|| body.error.clone().filter(|_| oauth));
        let message = body.message.or(body.error_description).or(body.error);
        Self {
            code: code.map(hidden),
            message: message.map(hidden).unwrap_or_default(),
        }
    }
}

/// Cut, and without the control characters that would forge log lines.
fn bounded(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_TEXT)
        .collect()
}

fn bracketed(code: &Option<String>) -> String {
    code.as_ref()
        .map(|code| format!(" ({code})"))
        .unwrap_or_default()
}
