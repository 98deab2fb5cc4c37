//! Why a workflow stopped before its end, sorted by what the job queue does next.

use std::time::Duration;

use crate::billing;
use crate::mail::MailError;
use management::Class;
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A dependency is away or asks us to wait: run it again, as long as it takes.
    #[error("{reason}")]
    Wait {
        after: Option<Duration>,
        reason: String,
    },
    /// Somebody else has taken the conversion over since; look again at what is left to do.
    #[error("another run has taken over")]
    FenceLost,
    /// This worker ends before the job does; another one runs it again.
    #[error("the worker has stopped")]
    GivenBack,
    /// Running it again changes nothing; a person has to look.
    #[error("{0}")]
    Park(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<management::Error> for Failure {
    fn from(error: management::Error) -> Self {
        match error.class() {
            Class::Retry { wait } => Self::Wait {
                after: wait,
                reason: error.to_string(),
            },
            Class::Conflict | Class::Permanent => Self::Park(error.to_string()),
        }
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Later(reason) => Self::Wait {
                after: None,
                reason,
            },
            MailError::Never(reason) => Self::Park(reason),
        }
    }
}

impl From<billing::Error> for Failure {
    fn from(error: billing::Error) -> Self {
        let after = match &error {
            billing::Error::RateLimited { retry_after } => *retry_after,
            billing::Error::Unavailable(_) | billing::Error::Refused { .. } => None,
        };
        if error.is_retryable() {
            Self::Wait {
                after,
                reason: error.to_string(),
            }
        } else {
            Self::Park(error.to_string())
        }
    }
}
