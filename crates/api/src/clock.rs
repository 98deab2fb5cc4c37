//! The only place that reads the process clock. Everything else takes the time as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// `Offset` follows the sandbox's clock in `dev` and in tests; production runs on `System`.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// Milliseconds added to the system clock.
    Offset(Arc<AtomicI64>),
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
        }
    }
}
