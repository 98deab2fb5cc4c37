//! How fast Auth0 may be read: evenly, so that logins and writes keep most of the tenant's allowance.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Waits longer than this are left to the job queue.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often one run waits when Auth0 asks it to.
const TIMES: u32 = 20;

pub(in crate::workflows) struct Pace {
    between: Duration,
    next: Instant,
    put_off: u32,
}

impl Pace {
    /// `reads_per_minute` is at least 1.
    pub(in crate::workflows) fn new(reads_per_minute: u32) -> Self {
        let between = Duration::from_secs(60) / reads_per_minute;
        Self {
            between,
            // The run before this one may have read a moment ago.
            next: Instant::now() + between,
            put_off: 0,
        }
    }

    /// Waits for the turn of the next `reads`.
    pub(in crate::workflows) async fn turn(&mut self, reads: u32) {
        sleep_until(self.next).await;
        self.next = Instant::now() + self.between * reads;
    }

    /// Puts the next turn off by what Auth0 asks for; false when that is for the job queue to wait for.
    pub(in crate::workflows) fn put_off(&mut self, wait: Option<Duration>) -> bool {
        let Some(wait) = wait.filter(|wait| *wait <= LONGEST_WAIT) else {
            return false;
        };
        self.put_off += 1;
        self.next = self.next.max(Instant::now() + wait);
        self.put_off < TIMES
    }
}
