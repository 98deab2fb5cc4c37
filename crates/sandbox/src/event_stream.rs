//! The tenant's event stream: what happens to members, roles, organizations and users is posted to one webhook, as
//! CloudEvents, with Auth0's short patience. Nothing is signed; the token is the proof.

mod delivery;
mod envelope;
mod worker;

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

pub(crate) use worker::start;

use crate::config::EventStreamTarget;
use crate::ids;

/// Failed deliveries that are remembered; the oldest fall out.
const REMEMBERED: usize = 500;

/// One stream with one destination. Kept on disk with the tenant, so that a restart loses nothing.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct EventStream {
    id: String,
    target: Option<EventStreamTarget>,
    is_enabled: bool,
    /// Deliveries given up since the last one that was accepted.
    failures_in_a_row: u32,
    queue: Vec<Delivery>,
    next_number: u64,
    failed: VecDeque<FailedDelivery>,
    #[serde(skip)]
    wake: Arc<Notify>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    number: u64,
    event: Value,
    attempts: u32,
    /// By the sandbox's clock.
    due_at: DateTime<Utc>,
    /// A planned fault has had its chance.
    struck: bool,
}

/// As `GET /event-streams/{id}/deliveries` would list it.
#[derive(Clone, Serialize, Deserialize)]
struct FailedDelivery {
    event: Value,
    attempts: u32,
    /// Of the last answer; absent when there was none.
    status: Option<u16>,
    at: DateTime<Utc>,
}

impl Default for EventStream {
    fn default() -> Self {
        Self {
            id: ids::event_stream(),
            target: None,
            is_enabled: true,
            failures_in_a_row: 0,
            queue: Vec::new(),
            next_number: 0,
            failed: VecDeque::new(),
            wake: Arc::default(),
        }
    }
}

impl EventStream {
    /// Sets the destination. A new one is tried at once; the one that is known already keeps its state.
    pub(crate) fn follow(&mut self, target: Option<EventStreamTarget>) {
        if self.target != target {
            self.target = target;
            self.enable();
        }
    }

    pub(crate) fn target(&self) -> Option<&EventStreamTarget> {
        self.target.as_ref()
    }

    pub(crate) fn enable(&mut self) {
        self.is_enabled = true;
        self.failures_in_a_row = 0;
        self.wake.notify_one();
    }

    pub(crate) fn disable(&mut self) {
        self.is_enabled = false;
    }

    /// Puts what has failed back in line.
    pub(crate) fn redeliver(&mut self, now: DateTime<Utc>) {
        for failed in std::mem::take(&mut self.failed) {
            self.enqueue(failed.event, now);
        }
    }

    pub(crate) fn show(&self) -> Value {
        let named = |event: &Value, rest: Value| {
            let mut shown =
                serde_json::json!({ "event_id": event["id"], "event_type": event["type"] });
            if let (Some(shown), Value::Object(rest)) = (shown.as_object_mut(), rest) {
                shown.extend(rest);
            }
            shown
        };
        let waiting = self.queue.iter().map(|each| {
            named(
                &each.event,
                serde_json::json!({ "attempts": each.attempts }),
            )
        });
        let failed = self.failed.iter().map(|each| {
            let rest = serde_json::json!({
                "status": "failed", "attempts": each.attempts, "answer": each.status, "at": each.at,
            });
            named(&each.event, rest)
        });
        serde_json::json!({
            "id": self.id,
            "status": if self.is_enabled { "enabled" } else { "disabled" },
            "url": self.target.as_ref().map(|target| &target.url),
            "consecutive_failures": self.failures_in_a_row,
            "waiting": waiting.collect::<Vec<_>>(),
            "failed": failed.collect::<Vec<_>>(),
        })
    }

    /// What happens while it is disabled is never told.
    fn listens(&self) -> bool {
        self.is_enabled && self.target.is_some()
    }

    fn enqueue(&mut self, event: Value, now: DateTime<Utc>) {
        self.next_number += 1;
        self.queue.push(Delivery {
            number: self.next_number,
            event,
            attempts: 0,
            due_at: now,
            struck: false,
        });
        self.wake.notify_one();
    }
}
