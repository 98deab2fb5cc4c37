//! Webhooks that are still to be delivered, and the switches with which tests make delivery as bad as it can be.

mod dice;
mod due;
mod endpoint;
mod send;
mod worker;

use std::collections::VecDeque;
use std::sync::Arc;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use dice::Dice;
pub(crate) use endpoint::Endpoint;
pub(crate) use send::{Outgoing, http_client};
pub(crate) use worker::start;

use crate::config::WebhookTarget;

/// Times are Unix seconds on the sandbox clock.
#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    number: u64,
    event: String,
    #[serde(default)]
    endpoint: String,
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
    #[serde(default)]
    pub(crate) endpoints: Vec<Endpoint>,
    queue: Vec<Delivery>,
    next_number: u64,
    pub(crate) switches: Switches,
    #[serde(default)]
    dice: Dice,
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
    /// Of the dice for what follows; the same seed and the same events give the same faults.
    pub(crate) seed: Option<u64>,
    /// How many of a hundred deliveries are lost.
    pub(crate) drop_percent: u64,
    /// How many of a hundred are sent twice.
    pub(crate) duplicate_percent: u64,
    /// Each delivery waits up to so many seconds on the sandbox clock.
    pub(crate) delay_seconds: u64,
    /// New deliveries go anywhere in the queue.
    pub(crate) disorder: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            hold: false,
            drop: false,
            copies: 1,
            concurrency: 1,
            seed: None,
            drop_percent: 0,
            duplicate_percent: 0,
            delay_seconds: 0,
            disorder: false,
        }
    }
}

/// In which order held deliveries are let go.
pub(crate) enum Release {
    AsMade,
    /// Event ids or types; what is not named follows as made.
    Given(Vec<String>),
    /// By chance, or by a seed.
    Shuffled(Option<u64>),
}

impl Deliveries {
    /// Takes over a target set from outside; one that is already known keeps its other settings.
    pub(crate) fn follow(&mut self, target: &WebhookTarget) {
        let known = |endpoint: &Endpoint| {
            endpoint.url == target.url && endpoint.secrets.contains(&target.secret)
        };
        if !self.primary().is_some_and(known) {
            let secrets = vec![target.secret.clone()];
            self.set_primary(Some(Endpoint::new(target.url.clone(), secrets)));
        }
    }

    pub(crate) fn primary(&self) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.primary)
    }

    pub(crate) fn set_primary(&mut self, endpoint: Option<Endpoint>) {
        let held = self.primary().map(|endpoint| endpoint.id.clone());
        self.endpoints.retain(|endpoint| !endpoint.primary);
        let Some(mut endpoint) = endpoint else {
            return;
        };
        endpoint.primary = true;
        // What waits for the one before goes to its successor.
        for delivery in &mut self.queue {
            if Some(&delivery.endpoint) == held.as_ref() {
                delivery.endpoint.clone_from(&endpoint.id);
            }
        }
        self.endpoints.insert(0, endpoint);
    }

    pub(crate) fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    pub(crate) fn replace(&mut self, changed: Endpoint) {
        let known = self.endpoints.iter_mut();
        if let Some(endpoint) = known.into_iter().find(|known| known.id == changed.id) {
            *endpoint = changed;
        }
    }

    pub(crate) fn set_switches(&mut self, switches: Switches) {
        self.dice = Dice(switches.seed.unwrap_or_default());
        self.switches = switches;
    }

    /// Resolves the worker's pause.
    fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    pub(crate) fn api_version(&self) -> Option<&str> {
        self.primary()?.api_version.as_deref()
    }

    /// How many end points want an event.
    pub(crate) fn wanting(&self, kind: &str) -> u32 {
        let wanting = self
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(kind));
        u32::try_from(wanting.count()).expect("there are few end points")
    }

    pub(crate) fn enqueue(&mut self, event: &str, kind: &str, now: i64) {
        if self.switches.drop {
            return;
        }
        let wanting: Vec<_> = self
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(kind))
            .map(|endpoint| endpoint.id.clone())
            .collect();
        for endpoint in wanting {
            for _ in 0..self.copies() {
                self.put(event, &endpoint, now);
            }
        }
        self.wake.notify_one();
    }

    /// How often the next delivery is made, by the dice.
    fn copies(&mut self) -> u32 {
        let copies = self.switches.copies;
        if self.dice.percent(self.switches.drop_percent) {
            return 0;
        }
        let again = self.dice.percent(self.switches.duplicate_percent);
        copies + u32::from(again)
    }

    fn put(&mut self, event: &str, endpoint: &str, now: i64) {
        self.next_number += 1;
        let wait = self.dice.below(self.switches.delay_seconds + 1);
        let delivery = Delivery {
            number: self.next_number,
            event: event.to_owned(),
            endpoint: endpoint.to_owned(),
            attempts: 0,
            first_at: None,
            due_at: now + i64::try_from(wait).unwrap_or(i64::MAX / 2),
            held: self.switches.hold,
            struck: false,
        };
        let end = self.queue.len();
        let place = match self.switches.disorder {
            true => usize::try_from(self.dice.below(end as u64 + 1)).unwrap_or(end),
            false => end,
        };
        self.queue.insert(place, delivery);
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
            Release::Shuffled(None) => held.shuffle(&mut rand::rng()),
            Release::Shuffled(Some(seed)) => Dice(seed).shuffle(&mut held),
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
