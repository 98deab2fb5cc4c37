//! Which batch goes out next, and what becomes of the stream afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ContentFormat, LogStream, Sink, Status};
use crate::tenant::{Log, LogEntry};

/// Entries in one request.
const BATCH: usize = 100;

/// Attempts in quick succession, a second apart; then one an hour at the longest.
const QUICK: u32 = 3;
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// After so long without success the stream pauses itself.
const BORNE: TimeDelta = TimeDelta::days(7);

const MASK: &str = "****";

pub(super) struct Batch {
    pub(super) stream: String,
    pub(super) sink: Sink,
    pub(super) body: String,
    place: u64,
}

impl LogStream {
    fn is_due(&self, log: &Log, now: DateTime<Utc>) -> bool {
        self.status == Status::Active && self.due_at <= now && self.place < log.written()
    }

    /// None when nothing waits that it asks for; what it does not ask for is passed over.
    pub(super) fn next_batch(&mut self, log: &Log, now: DateTime<Utc>) -> Option<Batch> {
        if !self.is_due(log, now) {
            return None;
        }
        let most = match self.format() {
            ContentFormat::Object => 1,
            ContentFormat::Array | ContentFormat::Lines => BATCH,
        };
        let later = log.entries().filter(|entry| entry.number() > self.place);
        let fitting: Vec<&LogEntry> = later
            .filter(|entry| self.asks_for(entry))
            .take(most)
            .collect();
        let Some(last) = fitting.last() else {
            self.place = log.written();
            return None;
        };
        Some(Batch {
            stream: self.id.clone(),
            sink: self.sink.clone(),
            place: last.number(),
            body: self.written(&fitting),
        })
    }

    fn format(&self) -> ContentFormat {
        self.sink
            .http_content_format
            .unwrap_or(ContentFormat::Lines)
    }

    fn asks_for(&self, entry: &LogEntry) -> bool {
        let mut filters = self.filters.iter();
        self.filters.is_empty() || filters.any(|filter| filter.name == entry.category())
    }

    fn written(&self, entries: &[&LogEntry]) -> String {
        let items = entries.iter().map(|entry| {
            let mut data = json!(entry);
            self.mask(&mut data);
            json!({ "log_id": entry.log_id, "data": data })
        });
        match self.format() {
            ContentFormat::Array => Value::Array(items.collect()).to_string(),
            ContentFormat::Lines | ContentFormat::Object => {
                let lines: Vec<String> = items.map(|item| item.to_string()).collect();
                lines.join("\n")
            }
        }
    }

    /// The only personal data in the sandbox's log are addresses, which are user names too.
    fn mask(&self, data: &mut Value) {
        let Some(pii) = &self.pii else { return };
        let masks = |field: &str| pii.log_fields.iter().any(|masked| masked == field);
        if (masks("email") || masks("username")) && data.get("user_name").is_some() {
            data["user_name"] = json!(MASK);
        }
        let invitee = data.pointer_mut("/details/invitation/invitee/email");
        if let Some(invitee) = invitee.filter(|_| masks("email")) {
            *invitee = json!(MASK);
        }
    }

    pub(super) fn record(&mut self, batch: &Batch, is_taken: bool, now: DateTime<Utc>) {
        if is_taken {
            self.place = batch.place;
            self.attempts = 0;
            self.failing_since = None;
            return;
        }
        self.attempts += 1;
        let since = *self.failing_since.get_or_insert(now);
        if now - since >= BORNE {
            tracing::warn!(stream = self.id, "a log stream has paused itself");
            self.status = Status::Paused;
        }
        let slow = self.attempts.saturating_sub(QUICK).min(12);
        self.due_at = now + TimeDelta::seconds(1 << slow).min(LONGEST_PAUSE);
    }
}
