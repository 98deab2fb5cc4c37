//! What was done for a member a short while ago and need not be done again yet, as far as this process knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{OrganizationId, Person};

/// Above this, entries that no longer count are dropped.
const MANY: usize = 10_000;

pub struct Recent {
    pause: TimeDelta,
    done: Mutex<HashMap<(OrganizationId, Person), DateTime<Utc>>>,
}

impl Recent {
    pub fn within(pause: TimeDelta) -> Self {
        Self {
            pause,
            done: Mutex::default(),
        }
    }

    /// Whether it is to be done now; the next who asks within the pause hears no.
    pub(super) fn begin(
        &self,
        organization: &OrganizationId,
        person: &Person,
        now: DateTime<Utc>,
    ) -> bool {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() >= MANY {
            done.retain(|_, at| now - *at < self.pause);
        }
        let key = (organization.clone(), person.clone());
        match done.get(&key) {
            Some(at) if now - *at < self.pause => false,
            Some(_) | None => {
                done.insert(key, now);
                true
            }
        }
    }
}
