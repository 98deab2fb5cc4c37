//! What has happened in the tenant, in order: the Events API reads it from any place that is still kept.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::ids;

/// Auth0 does not say for how long it can replay; a day is what one can hope for at least.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// The oldest fall out.
const KEPT: usize = 2_000;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct EventLog {
    /// As whose stream they are answered.
    id: String,
    /// Oldest first.
    entries: VecDeque<Entry>,
    written: u64,
    /// Everything up to this one has been forgotten.
    forgotten: u64,
    /// How often all open connections were ended, and the last error that ended them.
    #[serde(skip)]
    ended: (u64, Option<FeedError>),
    #[serde(skip)]
    wake: Arc<Notify>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    at: DateTime<Utc>,
    pub(crate) event: Value,
}

/// The last message of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeedError {
    InvalidCursor,
    CursorExpired,
    Timeout,
    PayloadTooLarge,
    ProcessingError,
    ConnectionTimeout,
}

/// Why a place cannot be read from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadOffset {
    Invalid,
    Expired,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            id: ids::event_stream(),
            entries: VecDeque::new(),
            written: 0,
            forgotten: 0,
            ended: (0, None),
            wake: Arc::default(),
        }
    }
}

impl EventLog {
    pub(crate) fn write(&mut self, mut event: Value, at: DateTime<Utc>) {
        event["a0stream"] = json!(self.id);
        self.written += 1;
        self.entries.push_back(Entry {
            number: self.written,
            at,
            event,
        });
        self.forget(at);
        self.wake.notify_waiters();
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some(first) = self.entries.front()
            && (self.entries.len() > KEPT || now - first.at > KEPT_FOR)
        {
            self.forgotten = first.number;
            self.entries.pop_front();
        }
    }

    /// The place behind the newest event.
    pub(crate) fn end(&self) -> u64 {
        self.written
    }

    /// The place that an offset stands for.
    pub(crate) fn place(&self, offset: &str, now: DateTime<Utc>) -> Result<u64, BadOffset> {
        let decoded = URL_SAFE_NO_PAD.decode(offset).ok();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let number = text.and_then(|text| text.strip_prefix("offset:")?.parse().ok());
        let number: u64 = number.ok_or(BadOffset::Invalid)?;
        let next = self.entries.iter().find(|entry| entry.number > number);
        match next {
            _ if number > self.written => Err(BadOffset::Invalid),
            _ if number < self.forgotten => Err(BadOffset::Expired),
            Some(next) if now - next.at > KEPT_FOR => Err(BadOffset::Expired),
            _ => Ok(number),
        }
    }

    /// The place before the first event of this time or later.
    pub(crate) fn place_at(&self, at: DateTime<Utc>) -> u64 {
        let first = self.entries.iter().find(|entry| entry.at >= at);
        first.map_or(self.written, |first| first.number - 1)
    }

    pub(crate) fn after(&self, place: u64) -> impl Iterator<Item = &Entry> {
        let first = self.entries.partition_point(|entry| entry.number <= place);
        self.entries.range(first..)
    }

    pub(crate) fn offset(place: u64) -> String {
        URL_SAFE_NO_PAD.encode(format!("offset:{place}"))
    }

    /// Has deliveries looked at at once.
    pub(crate) fn wake(&self) {
        self.wake.notify_waiters();
    }

    pub(crate) fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Ends all open connections, as Auth0 does every few minutes.
    pub(crate) fn end_feeds(&mut self, with: Option<FeedError>) {
        self.ended = (self.ended.0 + 1, with);
        self.wake.notify_waiters();
    }

    pub(crate) fn ended(&self) -> (u64, Option<FeedError>) {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(entries: u64) -> EventLog {
        let mut log = EventLog::default();
        for _ in 0..entries {
            log.write(json!({}), DateTime::UNIX_EPOCH);
        }
        log
    }

    #[test]
    fn a_place_is_good_as_long_as_what_follows_it_is_kept() {
        let log = log(KEPT as u64 + 5);
        let now = DateTime::UNIX_EPOCH;
        let place = |number| log.place(&EventLog::offset(number), now);
        assert_eq!(place(4), Err(BadOffset::Expired));
        assert_eq!(place(5), Ok(5));
        assert_eq!(log.after(5).count(), KEPT);
        assert_eq!(place(log.end()), Ok(log.end()));
        assert_eq!(place(log.end() + 1), Err(BadOffset::Invalid));
        assert_eq!(log.place("nonsense", now), Err(BadOffset::Invalid));
        let later = now + KEPT_FOR + TimeDelta::seconds(1);
        let end = EventLog::offset(log.end());
        assert_eq!(
            log.place(&EventLog::offset(5), later),
            Err(BadOffset::Expired)
        );
        assert_eq!(log.place(&end, later), Ok(log.end()));
    }

    #[test]
    fn a_time_leads_to_the_first_event_that_is_not_older() {
        let mut log = log(3);
        let noon = DateTime::UNIX_EPOCH + TimeDelta::hours(12);
        log.write(json!({}), noon);
        assert_eq!(log.place_at(DateTime::UNIX_EPOCH), 0);
        assert_eq!(log.place_at(noon), 3);
        assert_eq!(log.place_at(noon + TimeDelta::seconds(1)), 4);
    }
}
