//! The sandbox's clock: the machine's, shifted by an offset that tests and the demo move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

/// Cloned handles move together.
#[derive(Clone, Debug, Default)]
pub struct SharedClock {
    /// Milliseconds ahead of the machine's clock.
    offset: Arc<AtomicI64>,
    moved: Arc<Notify>,
}

impl SharedClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the process clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.offset.load(Ordering::SeqCst))
    }

    pub fn advance(&self, by: TimeDelta) {
        self.offset
            .fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    pub fn reset(&self) {
        self.set_offset(0);
    }

    /// The offset in milliseconds, for a process that follows this clock.
    pub fn offset(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.offset)
    }

    pub(crate) fn set_offset(&self, milliseconds: i64) {
        self.offset.store(milliseconds, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Resolves when someone moves the clock after this call was first polled.
    pub(crate) async fn moved(&self) {
        self.moved.notified().await;
    }
}
