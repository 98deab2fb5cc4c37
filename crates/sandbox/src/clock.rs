//! The sandbox's clock: the machine's, shifted by an offset that tests and the demo move.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use crate::persistence;

const FILE: &str = "clock";

/// Cloned handles move together.
#[derive(Clone, Debug, Default)]
pub struct SharedClock {
    /// Milliseconds ahead of the machine's clock.
    offset: Arc<AtomicI64>,
    moved: Arc<Notify>,
    /// Where other processes read the offset.
    file: Option<Arc<PathBuf>>,
}

impl SharedClock {
    /// One whose offset lies in the sandbox's folder, in milliseconds, before whoever moved it has an answer.
    pub(crate) fn kept(folder: Option<&Path>, offset: i64) -> io::Result<Self> {
        let clock = Self {
            offset: Arc::new(AtomicI64::new(offset)),
            file: folder.map(|folder| Arc::new(folder.join(FILE))),
            ..Self::default()
        };
        clock.keep()?;
        Ok(clock)
    }

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
        self.tell();
    }

    pub fn reset(&self) {
        self.offset.store(0, Ordering::SeqCst);
        self.tell();
    }

    /// The offset in milliseconds, for a process that follows this clock.
    pub fn offset(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.offset)
    }

    fn tell(&self) {
        if let Err(error) = self.keep() {
            tracing::error!(%error, "the sandbox could not keep its clock");
        }
        self.moved.notify_waiters();
    }

    fn keep(&self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let offset = self.offset.load(Ordering::SeqCst).to_string();
        persistence::write_private(file, offset.as_bytes())
    }

    /// Resolves when someone moves the clock after this call was first polled.
    pub(crate) async fn moved(&self) {
        self.moved.notified().await;
    }
}
