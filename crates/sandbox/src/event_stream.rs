//! The tenant's event streams: what happens to members, roles, organizations and users is posted to webhooks, as
//! CloudEvents, with Auth0's short patience. Nothing is signed; the token is the proof.

mod bridge;
mod delivery;
mod destination;
mod envelope;
mod worker;

use std::collections::VecDeque;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use bridge::Bridge;
pub(crate) use destination::{Authorization, Destination};
pub(crate) use envelope::{TENANT, envelope};
pub(crate) use worker::start;

use crate::config::EventStreamTarget;
use crate::ids;
use crate::tenant::Tenant;

/// Failed deliveries that are remembered; the oldest fall out.
const REMEMBERED: usize = 500;

/// One stream with one destination. Kept on disk with the tenant, so that a restart loses nothing.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct EventStream {
    id: String,
    #[serde(default)]
    name: Option<String>,
    /// The types that are told of; all of them for the stream that `/sandbox/event-stream` controls.
    #[serde(default)]
    subscriptions: Option<Vec<String>>,
    #[serde(default)]
    destination: Option<Destination>,
    /// In place of a destination that events are posted to.
    #[serde(default)]
    bridge: Option<Bridge>,
    is_enabled: bool,
    /// Deliveries given up since the last one that was accepted.
    failures_in_a_row: u32,
    #[serde(default)]
    failures: u32,
    queue: Vec<Delivery>,
    next_number: u64,
    failed: VecDeque<FailedDelivery>,
    #[serde(default)]
    created_at: DateTime<Utc>,
    #[serde(default)]
    updated_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    number: u64,
    event: Value,
    attempts: Vec<Attempt>,
    /// By the sandbox's clock.
    due_at: DateTime<Utc>,
    /// A planned fault has had its chance.
    struck: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Attempt {
    at: DateTime<Utc>,
    /// Of the answer; absent when there was none.
    status: Option<u16>,
}

/// As `GET /event-streams/{id}/deliveries` lists it.
#[derive(Clone, Serialize, Deserialize)]
struct FailedDelivery {
    event: Value,
    attempts: Vec<Attempt>,
}

impl Default for EventStream {
    fn default() -> Self {
        Self {
            id: ids::event_stream(),
            name: Some("product".to_owned()),
            subscriptions: None,
            destination: None,
            bridge: None,
            is_enabled: true,
            failures_in_a_row: 0,
            failures: 0,
            queue: Vec::new(),
            next_number: 0,
            failed: VecDeque::new(),
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        }
    }
}

impl EventStream {
    pub(crate) fn new(
        name: Option<String>,
        subscriptions: Vec<String>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            name,
            subscriptions: Some(subscriptions),
            created_at: now,
            updated_at: now,
            ..Self::default()
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Finer than what is shown, and sortable as text.
    pub(crate) fn made_at(&self) -> String {
        self.created_at.to_rfc3339_opts(SecondsFormat::Nanos, true)
    }

    /// Sets the destination. A new one is tried at once; the one that is known already keeps its state.
    pub(crate) fn follow(&mut self, target: Option<EventStreamTarget>) {
        let destination = target.map(Destination::from);
        if self.destination != destination {
            self.destination = destination;
            self.enable();
        }
    }

    pub(crate) fn destination(&self) -> Option<&Destination> {
        self.destination.as_ref()
    }

    pub(crate) fn set_destination(&mut self, destination: Option<Destination>) {
        self.destination = destination;
        self.bridge = None;
    }

    pub(crate) fn set_bridge(&mut self, bridge: Bridge) {
        self.destination = None;
        self.bridge = Some(bridge);
    }

    pub(crate) fn rename(&mut self, name: String) {
        self.name = Some(name);
    }

    pub(crate) fn subscribe(&mut self, types: Vec<String>) {
        self.subscriptions = Some(types);
    }

    pub(crate) fn touch(&mut self, now: DateTime<Utc>) {
        self.updated_at = now;
    }

    pub(crate) fn enable(&mut self) {
        self.is_enabled = true;
        self.failures_in_a_row = 0;
        self.failures = 0;
    }

    pub(crate) fn disable(&mut self) {
        self.is_enabled = false;
    }

    /// Puts what has failed and `fits` back in line; answers how many that are.
    pub(crate) fn redeliver(&mut self, now: DateTime<Utc>, fits: impl Fn(&Value) -> bool) -> usize {
        let (again, kept): (VecDeque<_>, _) = std::mem::take(&mut self.failed)
            .into_iter()
            .partition(|failed| fits(&failed.event));
        self.failed = kept;
        let count = again.len();
        for failed in again {
            self.enqueue(failed.event, now);
        }
        count
    }

    /// As the Management API answers it.
    pub(crate) fn body(&self) -> Value {
        let all = crate::management::EVENT_TYPES.map(str::to_owned).to_vec();
        let types = self.subscriptions.as_ref().unwrap_or(&all).iter();
        let subscriptions: Vec<Value> = types.map(|kind| json!({ "event_type": kind })).collect();
        let mut body = json!({
            "id": self.id,
            "status": self.status(),
            "subscriptions": subscriptions,
            "created_at": instant(self.created_at),
            "updated_at": instant(self.updated_at),
        });
        if let Some(name) = &self.name {
            body["name"] = json!(name);
        }
        if let Some(destination) = &self.destination {
            body["destination"] = destination.body();
        }
        if let Some(bridge) = &self.bridge {
            body["destination"] = bridge.body();
        }
        body
    }

    /// Newest first.
    pub(crate) fn failed_deliveries(&self) -> impl Iterator<Item = Value> {
        self.failed.iter().rev().map(|failed| {
            let attempts = failed.attempts.iter().map(|attempt| {
                let says = attempt.status.map_or_else(
                    || "No answer".to_owned(),
                    |status| format!("Webhook answered with {status}"),
                );
                json!({ "status": "failed", "timestamp": instant(attempt.at), "error_message": says })
            });
            json!({
                "id": failed.event["id"],
                "event_stream_id": self.id,
                "status": "failed",
                "event_type": failed.event["type"],
                "attempts": attempts.collect::<Vec<_>>(),
                "event": failed.event,
            })
        })
    }

    pub(crate) fn show(&self) -> Value {
        let waiting = self.queue.iter().map(|each| {
            json!({
                "event_id": each.event["id"], "event_type": each.event["type"], "attempts": each.attempts.len(),
            })
        });
        let failed = self.failed.iter().map(|each| {
            let last = each.attempts.last();
            json!({
                "event_id": each.event["id"], "event_type": each.event["type"], "status": "failed",
                "attempts": each.attempts.len(), "answer": last.and_then(|last| last.status),
                "at": last.map(|last| last.at),
            })
        });
        json!({
            "id": self.id,
            "status": self.status(),
            "url": self.destination.as_ref().map(|destination| &destination.url),
            "consecutive_failures": self.failures_in_a_row,
            "waiting": waiting.collect::<Vec<_>>(),
            "failed": failed.collect::<Vec<_>>(),
        })
    }

    fn status(&self) -> &'static str {
        if self.is_enabled {
            "enabled"
        } else {
            "disabled"
        }
    }

    /// What happens while it is disabled is never told.
    fn listens_to(&self, kind: &str) -> bool {
        let subscribed = self.subscriptions.as_ref();
        self.is_enabled
            && self.destination.is_some()
            && subscribed.is_none_or(|types| types.iter().any(|wanted| wanted == kind))
    }

    /// Tells of it if it is one of the stream's types.
    fn offer(&mut self, event: &Value, now: DateTime<Utc>) {
        if self.listens_to(event["type"].as_str().unwrap_or_default()) {
            self.send(event.clone(), now);
        }
    }

    /// Whatever the stream is subscribed to.
    pub(crate) fn send(&mut self, mut event: Value, now: DateTime<Utc>) {
        event["a0stream"] = json!(self.id);
        self.enqueue(event, now);
    }

    fn enqueue(&mut self, event: Value, now: DateTime<Utc>) {
        if self.destination.is_none() {
            return;
        }
        self.next_number += 1;
        self.queue.push(Delivery {
            number: self.next_number,
            event,
            attempts: Vec::new(),
            due_at: now,
            struck: false,
        });
    }
}

impl Tenant {
    /// Those that lead somewhere.
    pub(crate) fn streams(&self) -> impl Iterator<Item = &EventStream> {
        let all = std::iter::once(&self.event_stream).chain(self.event_streams.values());
        all.filter(|stream| stream.destination.is_some() || stream.bridge.is_some())
    }

    pub(crate) fn streams_mut(&mut self) -> impl Iterator<Item = &mut EventStream> {
        let all = std::iter::once(&mut self.event_stream).chain(self.event_streams.values_mut());
        all.filter(|stream| stream.destination.is_some() || stream.bridge.is_some())
    }
}

pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
