//! Webhooks that are still to be delivered, and the switches with which tests make delivery as bad as it can be.

mod due;
mod send;
mod worker;

use std::collections::VecDeque;
use std::sync::Arc;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub(crate) use send::{Outgoing, http_client};
pub(crate) use worker::start;

use super::events;
use super::object_id;
use crate::config::WebhookTarget;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    /// The newest first; more than one while a secret is rolled.
    pub(crate) secrets: Vec<String>,
    pub(crate) enabled_events: Vec<String>,
    /// Version that events are labelled with; absent: the account's.
    pub(crate) api_version: Option<String>,
}

impl Endpoint {
    pub(crate) fn new(url: String, secrets: Vec<String>) -> Self {
        let id = object_id::random("we_1", 23);
        Self {
            id,
            url,
            secrets,
            enabled_events: vec!["*".to_owned()],
            api_version: None,
        }
    }
}

/// Times are Unix seconds on the sandbox clock.
#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    number: u64,
    event: String,
    attempts: u32,
    first_at: Option<i64>,
    due_at: i64,
    held: bool,
    /// A planned fault has had its chance.
    struck: bool,
}

#[derive(Clone, Serialize)]
pub(crate) struct Attempt {
    event: String,
    at: i64,
    /// Absent when there was no answer.
    status: Option<u16>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Deliveries {
    pub(crate) endpoint: Option<Endpoint>,
    queue: Vec<Delivery>,
    next_number: u64,
    pub(crate) switches: Switches,
    #[serde(skip)]
    pub(crate) log: VecDeque<Attempt>,
    #[serde(skip)]
    wake: Arc<Notify>,
}

/// For tests and the demo only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Switches {
    /// New deliveries wait until they are released.
    pub(crate) hold: bool,
    /// Events are recorded but never delivered.
    pub(crate) drop: bool,
    /// How often each event is delivered.
    pub(crate) copies: u32,
    /// Deliveries under way at once. One keeps the order, which Stripe does not promise.
    pub(crate) concurrency: usize,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            hold: false,
            drop: false,
            copies: 1,
            concurrency: 1,
        }
    }
}

/// In which order held deliveries are let go.
pub(crate) enum Release {
    AsMade,
    /// Event ids or types; what is not named follows as made.
    Given(Vec<String>),
    Shuffled,
}

impl Deliveries {
    /// Takes over a target set from outside; one that is already known keeps its other settings.
    pub(crate) fn follow(&mut self, target: &WebhookTarget) {
        let known = |endpoint: &Endpoint| {
            endpoint.url == target.url && endpoint.secrets.contains(&target.secret)
        };
        if !self.endpoint.as_ref().is_some_and(known) {
            self.endpoint = Some(Endpoint::new(
                target.url.clone(),
                vec![target.secret.clone()],
            ));
        }
    }

    /// Resolves the worker's pause.
    fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    pub(crate) fn api_version(&self) -> Option<&str> {
        self.endpoint.as_ref()?.api_version.as_deref()
    }

    pub(crate) fn wants(&self, kind: &str) -> bool {
        let enabled = |endpoint: &Endpoint| {
            endpoint
                .enabled_events
                .iter()
                .any(|known| events::matches(known, kind))
        };
        self.endpoint.as_ref().is_some_and(enabled)
    }

    pub(crate) fn enqueue(&mut self, event: &str, kind: &str, now: i64) {
        if self.switches.drop || !self.wants(kind) {
            return;
        }
        for _ in 0..self.switches.copies {
            self.next_number += 1;
            self.queue.push(Delivery {
                number: self.next_number,
                event: event.to_owned(),
                attempts: 0,
                first_at: None,
                due_at: now,
                held: self.switches.hold,
                struck: false,
            });
        }
        self.wake.notify_one();
    }

    /// Lets go what is held; answers the event ids in the order in which they will be sent.
    pub(crate) fn release(
        &mut self,
        release: Release,
        kind_of: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let (mut held, mut queue): (Vec<_>, Vec<_>) =
            self.queue.drain(..).partition(|delivery| delivery.held);
        match release {
            Release::AsMade => {}
            Release::Shuffled => held.shuffle(&mut rand::rng()),
            Release::Given(order) => held.sort_by_key(|delivery| {
                let kind = kind_of(&delivery.event);
                order
                    .iter()
                    .position(|name| *name == delivery.event || *name == kind)
                    .unwrap_or(order.len())
            }),
        }
        held.iter_mut().for_each(|delivery| delivery.held = false);
        let released = held.iter().map(|delivery| delivery.event.clone()).collect();
        queue.extend(held);
        self.queue = queue;
        self.wake.notify_one();
        released
    }

    /// What waits: event id, tries so far, whether it is held.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&str, u32, bool)> {
        self.queue
            .iter()
            .map(|delivery| (delivery.event.as_str(), delivery.attempts, delivery.held))
    }
}
