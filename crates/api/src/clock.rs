//! The only place that reads the process clock. Everything else takes the time as an argument.

#[cfg(feature = "dev")]
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// `Offset` follows the sandbox's clock in `dev` and in tests; production runs on `System`.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// Milliseconds added to the system clock.
    Offset(Arc<AtomicI64>),
    /// The same number, in a file of a sandbox that is another process.
    #[cfg(feature = "dev")]
    Followed(Arc<Path>),
}

impl Clock {
    /// To the microsecond, which is all that Postgres keeps: what an answer says now and a later read agree.
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let now = Utc::now().trunc_subsecs(6);
        match self {
            Self::System => now,
            Self::Offset(milliseconds) => {
                now + TimeDelta::milliseconds(milliseconds.load(Ordering::Relaxed))
            }
            #[cfg(feature = "dev")]
            Self::Followed(file) => now + offset_in(file).unwrap_or_default(),
        }
    }

    /// # Errors
    /// There is no such number in the file.
    #[cfg(feature = "dev")]
    pub fn followed(file: &Path) -> std::io::Result<Self> {
        offset_in(file)?;
        Ok(Self::Followed(file.into()))
    }
}

#[cfg(feature = "dev")]
fn offset_in(file: &Path) -> std::io::Result<TimeDelta> {
    let milliseconds = std::fs::read_to_string(file)?.trim().parse();
    milliseconds
        .map(TimeDelta::milliseconds)
        .map_err(std::io::Error::other)
}
