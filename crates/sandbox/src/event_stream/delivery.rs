//! Which delivery goes out next, and what becomes of it afterwards.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Attempt, Delivery, Destination, EventStream, FailedDelivery, REMEMBERED};
use crate::faults::Kind;

/// Seconds between one attempt and the next; a fifth attempt is never made
/// (<https://auth0.com/docs/customize/events/events-best-practices>).
const PAUSES: [i64; 3] = [1, 2, 4];

/// Deliveries given up in a row after which the stream turns itself off. Auth0 names 500 as well; the strictest of its
/// figures is the one to be ready for.
const FAILURES_BORNE: u32 = 3;

/// Deliveries given up since it was enabled, in a row or not.
const FAILURES_BORNE_IN_ALL: u32 = 5_000;

/// Seconds that a delivery waits for one to overtake it when there is none yet.
const OVERTAKEN_WITHIN: i64 = 1;

pub(super) struct Outgoing {
    pub(super) stream: String,
    pub(super) number: u64,
    pub(super) destination: Destination,
    pub(super) body: String,
}

impl EventStream {
    pub(super) fn has_due(&self, now: DateTime<Utc>) -> bool {
        self.is_enabled && self.queue.iter().any(|each| each.due_at <= now)
    }

    /// The next one to send. `fault` is asked once for each delivery, with the event's type.
    pub(super) fn take_due(
        &mut self,
        now: DateTime<Utc>,
        fault: impl Fn(&str) -> Option<Kind>,
    ) -> Option<Outgoing> {
        let destination = self.destination.clone().filter(|_| self.is_enabled)?;
        self.strike(now, fault);
        let next = self.queue.iter().find(|each| each.due_at <= now)?;
        Some(Outgoing {
            stream: self.id.clone(),
            number: next.number,
            destination,
            body: next.event.to_string(),
        })
    }

    /// `status` is absent when there was no answer.
    pub(super) fn record(&mut self, number: u64, status: Option<u16>, now: DateTime<Utc>) {
        let Some(place) = self.queue.iter().position(|each| each.number == number) else {
            return;
        };
        let attempts = &mut self.queue[place].attempts;
        attempts.push(Attempt { at: now, status });
        let attempts = attempts.len();
        match status {
            Some(200..300) => {
                self.queue.remove(place);
                self.failures_in_a_row = 0;
            }
            Some(400..500) => self.give_up(place),
            _ => match PAUSES.get(attempts - 1) {
                Some(pause) => self.queue[place].due_at = now + TimeDelta::seconds(*pause),
                None => self.give_up(place),
            },
        }
    }

    fn give_up(&mut self, place: usize) {
        let Delivery {
            event, attempts, ..
        } = self.queue.remove(place);
        if self.failed.len() == REMEMBERED {
            self.failed.pop_front();
        }
        self.failed.push_back(FailedDelivery { event, attempts });
        self.failures_in_a_row += 1;
        self.failures += 1;
        if self.failures_in_a_row >= FAILURES_BORNE || self.failures >= FAILURES_BORNE_IN_ALL {
            tracing::warn!("the event stream has disabled itself");
            self.disable();
        }
    }

    /// Lets planned faults lose, double or delay what is about to go out for the first time.
    fn strike(&mut self, now: DateTime<Utc>, fault: impl Fn(&str) -> Option<Kind>) {
        let mut place = 0;
        while let Some(delivery) = self.queue.get_mut(place) {
            let first = delivery.due_at <= now && !delivery.struck;
            delivery.struck |= first;
            let kind = delivery.event["type"].as_str().unwrap_or_default();
            match first.then(|| fault(kind)).flatten() {
                Some(Kind::DropEvent) => drop(self.queue.remove(place)),
                Some(Kind::DuplicateEvent) => {
                    self.next_number += 1;
                    let copy = Delivery {
                        number: self.next_number,
                        ..delivery.clone()
                    };
                    self.queue.insert(place + 1, copy);
                    place += 2;
                }
                Some(Kind::ReorderEvent) if place + 1 == self.queue.len() => {
                    self.queue[place].due_at = now + TimeDelta::seconds(OVERTAKEN_WITHIN);
                }
                // The one that overtakes is looked at next.
                Some(Kind::ReorderEvent) => self.queue.swap(place, place + 1),
                Some(_) | None => place += 1,
            }
        }
    }
}
