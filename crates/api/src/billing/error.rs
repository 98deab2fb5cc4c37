//! What can go wrong between us and Stripe, sorted by what the caller does next.

use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Network, time-out, 5xx or an unreadable answer: unknown whether it happened. Writes carry an idempotency key,
    /// so the same call may be sent again.
    #[error("Stripe did not answer: {0}")]
    Unavailable(String),
    /// HTTP 429.
    #[error("Stripe asks us to slow down")]
    RateLimited { retry_after: Option<Duration> },
    /// Any other 4xx: sending it again changes nothing.
    #[error("Stripe refused the call with {status}: {code}")]
    Refused { status: u16, code: String },
}

impl Error {
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::RateLimited { .. } => true,
            Self::Refused { .. } => false,
        }
    }

    /// A transport error without its URL, which may carry an object's id.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        Self::Unavailable(error.without_url().to_string())
    }
}
