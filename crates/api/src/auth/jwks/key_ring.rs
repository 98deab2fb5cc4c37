//! When keys are good, when they are too old, and when it is time to fetch again. Time is an argument.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use tokio::time::Instant;

use super::Lookup;

/// A revoked key works at most this long (Auth0 advises to cache for 5 to 10 minutes).
const FRESH: Duration = Duration::from_secs(5 * 60);
/// While the issuer is away, the last good keys are served this long.
const STALE: Duration = Duration::from_secs(60 * 60);
/// Between two fetches, however many unknown key ids are presented.
const APART: Duration = Duration::from_secs(30);
/// How long a key id that a fetch did not bring is not asked for again.
const ABSENT: Duration = Duration::from_secs(60);
const MAX_ABSENT: usize = 1024;

pub(super) type Keys = HashMap<String, Arc<DecodingKey>>;

/// Immutable; a fetch makes the next one.
#[derive(Clone, Default)]
pub(super) struct KeyRing {
    keys: Arc<Keys>,
    fetched_at: Option<Instant>,
    attempt: Option<Attempt>,
}

/// The last fetch.
#[derive(Clone, Copy)]
struct Attempt {
    ended_at: Instant,
    /// How many in a row have failed.
    failures: u32,
}

pub(super) enum Decision {
    Answer(Lookup),
    Refetch,
}

impl KeyRing {
    pub(super) fn fetched(keys: Keys, now: Instant) -> Self {
        let attempt = Some(Attempt {
            ended_at: now,
            failures: 0,
        });
        Self {
            keys: Arc::new(keys),
            fetched_at: Some(now),
            attempt,
        }
    }

    pub(super) fn not_fetched(&self, failures: u32, now: Instant) -> Self {
        Self {
            attempt: Some(Attempt {
                ended_at: now,
                failures,
            }),
            ..self.clone()
        }
    }

    pub(super) fn is_usable(&self, now: Instant) -> bool {
        self.fetched_at
            .is_some_and(|at| now.duration_since(at) <= STALE)
    }

    pub(super) fn decide(&self, id: &str, now: Instant) -> Decision {
        if !self.is_usable(now) {
            return Decision::Answer(Lookup::NoKeys);
        }
        match self.keys.get(id) {
            Some(key) => Decision::Answer(Lookup::Known(Arc::clone(key))),
            None if now < self.earliest() => Decision::Answer(Lookup::Unknown),
            None => Decision::Refetch,
        }
    }

    /// When somebody who presents an unknown key id may cause a fetch.
    pub(super) fn earliest(&self) -> Instant {
        self.attempt
            .map_or_else(Instant::now, |attempt| attempt.ended_at + APART)
    }

    /// When it is fetched without anybody asking. Without any keys it is tried more eagerly.
    pub(super) fn due(&self) -> Instant {
        let Some(attempt) = self.attempt else {
            return Instant::now();
        };
        let wait = match (attempt.failures, self.fetched_at) {
            (0, _) => FRESH,
            (_, Some(_)) => APART,
            (failures, None) => Duration::from_secs(1_u64 << failures.min(5).saturating_sub(1)),
        };
        attempt.ended_at + wait
    }
}

/// Key ids that the last fetches did not bring, so that one stray client does not cause fetch after fetch.
#[derive(Default)]
pub(super) struct AbsentKeys(Mutex<HashMap<String, Instant>>);

impl AbsentKeys {
    pub(super) fn contains(&self, id: &str, now: Instant) -> bool {
        let absent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        absent
            .get(id)
            .is_some_and(|since| now.duration_since(*since) < ABSENT)
    }

    pub(super) fn insert(&self, id: &str, now: Instant) {
        let mut absent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if absent.len() >= MAX_ABSENT {
            absent.retain(|_, since| now.duration_since(*since) < ABSENT);
        }
        if absent.len() < MAX_ABSENT {
            absent.insert(id.to_owned(), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ring(now: Instant) -> KeyRing {
        let key = Arc::new(DecodingKey::from_secret(b"stands in for a key"));
        KeyRing::fetched(HashMap::from([("known".to_owned(), key)]), now)
    }

    fn word(decision: &Decision) -> &'static str {
        match decision {
            Decision::Answer(Lookup::Known(_)) => "known",
            Decision::Answer(Lookup::Unknown) => "unknown",
            Decision::Answer(Lookup::NoKeys) => "no keys",
            Decision::Refetch => "refetch",
        }
    }

    #[test]
    fn keys_are_served_for_an_hour_while_the_issuer_is_away() {
        let start = Instant::now();
        let mut ring = ring(start);
        for minutes in 1..=60 {
            ring = ring.not_fetched(minutes, start + SECOND * 60 * minutes);
            assert_eq!(
                word(&ring.decide("known", start + SECOND * 60 * minutes)),
                "known"
            );
        }
        assert_eq!(
            word(&ring.decide("known", start + STALE + SECOND)),
            "no keys"
        );
    }

    #[test]
    fn unknown_key_ids_cause_at_most_two_fetches_a_minute() {
        let start = Instant::now();
        let mut ring = ring(start);
        let mut fetches = 0;
        for tenth in 1..=6000_u32 {
            let now = start + SECOND / 10 * tenth;
            if matches!(
                ring.decide(&format!("forged-{tenth}"), now),
                Decision::Refetch
            ) {
                fetches += 1;
                ring = ring.not_fetched(1, now);
            }
        }
        assert_eq!(fetches, 20, "in ten minutes");
    }

    #[test]
    fn a_new_set_replaces_the_old_one() {
        let now = Instant::now();
        let replaced = KeyRing::fetched(HashMap::new(), now);
        assert_eq!(word(&replaced.decide("known", now)), "unknown");
    }

    #[test]
    fn nothing_is_known_before_the_first_fetch() {
        let now = Instant::now();
        assert_eq!(word(&KeyRing::default().decide("known", now)), "no keys");
        assert_eq!(
            word(&KeyRing::default().not_fetched(1, now).decide("known", now)),
            "no keys"
        );
    }

    #[test]
    fn a_cold_start_retries_soon_and_a_warm_one_with_patience() {
        let now = Instant::now();
        assert_eq!(KeyRing::default().not_fetched(1, now).due(), now + SECOND);
        assert_eq!(
            KeyRing::default().not_fetched(4, now).due(),
            now + SECOND * 8
        );
        assert_eq!(
            KeyRing::default().not_fetched(99, now).due(),
            now + SECOND * 16
        );
        assert_eq!(ring(now).due(), now + FRESH);
        assert_eq!(ring(now).not_fetched(1, now).due(), now + APART);
    }

    #[test]
    fn absent_key_ids_are_forgotten_and_bounded() {
        let absent = AbsentKeys::default();
        let now = Instant::now();
        for number in 0..5000 {
            absent.insert(&number.to_string(), now);
        }
        assert_eq!(absent.0.lock().unwrap().len(), MAX_ABSENT);
        assert!(absent.contains("0", now) && !absent.contains("0", now + ABSENT));
        absent.insert("later", now + ABSENT);
        assert!(absent.contains("later", now + ABSENT));
    }
}
