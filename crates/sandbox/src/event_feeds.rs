//! How many connections to the Events API are open at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::Limits;

#[derive(Default)]
pub(crate) struct EventFeeds(Arc<AtomicUsize>);

/// One connection; dropping it makes room for another one.
pub(crate) struct Seat(Arc<AtomicUsize>);

impl EventFeeds {
    /// None when the plan allows no more.
    pub(crate) fn take(&self, limits: Limits) -> Option<Seat> {
        let most = limits.event_feeds();
        let taken = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |open| {
                most.is_none_or(|most| open < most).then_some(open + 1)
            });
        taken.ok().map(|_| Seat(Arc::clone(&self.0)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
