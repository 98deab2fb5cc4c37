//! Why a step of the demo failed: what was expected, and what came instead.

use std::fmt::{self, Display};

#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    pub(super) fn unexpected(expected: impl Display, got: impl Display) -> Self {
        Self(format!("expected {expected}\n     got      {got}"))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let cause = std::error::Error::source(&error)
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        Self(format!("{error}{cause}"))
    }
}

/// Fails the step unless both are the same.
pub(super) fn same<T: PartialEq + fmt::Debug>(
    what: &str,
    expected: &T,
    got: &T,
) -> Result<(), Failure> {
    if expected == got {
        return Ok(());
    }
    Err(Failure::unexpected(
        format!("{what} {expected:?}"),
        format!("{got:?}"),
    ))
}
