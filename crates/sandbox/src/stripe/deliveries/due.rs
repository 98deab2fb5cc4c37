//! Which deliveries go out now, and what becomes of each afterwards.

use super::super::account::Account;
use super::super::signature;
use super::{Attempt, Deliveries, Delivery, Endpoint, Outgoing};
use crate::faults::Kind;

/// Seconds for which Stripe repeats a delivery that is not answered with 2xx.
const GIVEN_UP_AFTER: i64 = 3 * 24 * 3600;

/// Longest pause between two tries, in seconds; the first is one second, each next one twice as long.
const LONGEST_PAUSE: i64 = 3600;

/// Seconds that a delivery waits for one to overtake it when there is none yet.
const OVERTAKEN_WITHIN: i64 = 2;

/// Attempts that `/stripe/sandbox/deliveries` shows.
const LOGGED: usize = 500;

impl Delivery {
    fn is_due(&self, now: i64) -> bool {
        !self.held && self.due_at <= now
    }
}

impl Deliveries {
    pub(super) fn has_due(&self, now: i64) -> bool {
        self.queue
            .iter()
            .any(|delivery| delivery.is_due(now) && self.target(&delivery.endpoint).is_some())
    }

    /// The end point of a delivery; one of before there were several goes to the first.
    fn target(&self, endpoint: &str) -> Option<&Endpoint> {
        match endpoint {
            "" => self.endpoints.first(),
            id => self.endpoint(id),
        }
    }

    /// Lets planned faults lose, double or delay what is about to go out for the first time.
    fn strike(&mut self, now: i64, fault: impl Fn(&str) -> Option<Kind>) {
        let mut place = 0;
        while let Some(delivery) = self.queue.get_mut(place) {
            let first = delivery.is_due(now) && !delivery.struck;
            delivery.struck |= first;
            match first.then(|| fault(&delivery.event)).flatten() {
                Some(Kind::DropEvent) => {
                    self.queue.remove(place);
                }
                Some(Kind::DuplicateEvent) => {
                    self.next_number += 1;
                    let copy = Delivery {
                        number: self.next_number,
                        ..delivery.clone()
                    };
                    self.queue.insert(place + 1, copy);
                }
                Some(Kind::ReorderEvent) if place + 1 == self.queue.len() => {
                    self.queue[place].due_at = now + OVERTAKEN_WITHIN;
                }
                // The one that overtakes is looked at next.
                Some(Kind::ReorderEvent) => self.queue.swap(place, place + 1),
                Some(_) | None => place += 1,
            }
        }
    }
}

impl Account {
    /// The request that delivers `event` to the first end point now; absent without one or once the event is forgotten.
    pub(crate) fn outgoing(&self, event: &str, now: i64) -> Option<Outgoing> {
        self.outgoing_to("", event, now)
    }

    fn outgoing_to(&self, endpoint: &str, event: &str, now: i64) -> Option<Outgoing> {
        let endpoint = self.deliveries.target(endpoint)?;
        let event_json = self.events.get(event)?.json();
        let body = serde_json::to_string_pretty(&event_json).expect("JSON values serialize");
        let signature = signature::header(endpoint.live_secrets(now), now, &body);
        Some(Outgoing {
            event: event.to_owned(),
            url: endpoint.url.clone(),
            signature,
            body,
        })
    }

    /// The deliveries to send now, with their numbers, in order. `fault` is asked with an event's type.
    pub(super) fn take_due(
        &mut self,
        now: i64,
        fault: impl Fn(&str) -> Option<Kind>,
    ) -> Vec<(u64, Outgoing)> {
        let events = &self.events;
        let deliveries = &mut self.deliveries;
        let endpoints = &deliveries.endpoints;
        let known = |id: &str| id.is_empty() || endpoints.iter().any(|other| other.id == id);
        deliveries
            .queue
            .retain(|delivery| events.get(&delivery.event).is_some() && known(&delivery.endpoint));
        deliveries.strike(now, |id| fault(&events.get(id)?.kind));
        let concurrency = deliveries.switches.concurrency.max(1);
        let due = deliveries
            .queue
            .iter_mut()
            .filter(|delivery| delivery.is_due(now));
        let taken: Vec<_> = due
            .take(concurrency)
            .map(|delivery| {
                delivery.first_at.get_or_insert(now);
                let (endpoint, event) = (delivery.endpoint.clone(), delivery.event.clone());
                (delivery.number, endpoint, event)
            })
            .collect();
        let outgoing = taken
            .into_iter()
            .map(|(number, to, event)| Some((number, self.outgoing_to(&to, &event, now)?)));
        outgoing.flatten().collect()
    }

    pub(super) fn record(&mut self, number: u64, status: Option<u16>, now: i64) {
        let queue = &mut self.deliveries.queue;
        let Some(place) = queue.iter().position(|delivery| delivery.number == number) else {
            return;
        };
        let delivery = &mut queue[place];
        let event = delivery.event.clone();
        delivery.attempts += 1;
        delivery.due_at = now + LONGEST_PAUSE.min(1 << (delivery.attempts - 1).min(12));
        let first_at = delivery.first_at.unwrap_or(now);
        if is_accepted(status) || now - first_at >= GIVEN_UP_AFTER {
            queue.remove(place);
        }
        self.log_attempt(&event, status, now);
    }

    /// Also settles `pending_webhooks` once the event has been accepted.
    pub(crate) fn log_attempt(&mut self, event: &str, status: Option<u16>, now: i64) {
        if let Some(event) = self.events.get_mut(event).filter(|_| is_accepted(status)) {
            event.pending_webhooks = event.pending_webhooks.saturating_sub(1);
        }
        if self.deliveries.log.len() == LOGGED {
            self.deliveries.log.pop_front();
        }
        let attempt = Attempt {
            event: event.to_owned(),
            at: now,
            status,
        };
        self.deliveries.log.push_back(attempt);
    }
}

fn is_accepted(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}
