//! The issuer's signing keys: fetched in the background, served from memory, replaced as a whole.
//!
//! Readers never wait for a fetch, except those with a key id that nobody has seen yet: these share one refetch, at
//! most every 30 seconds. Ages are measured on the monotonic clock: moving the product's clock does not age keys.

mod fetch;
mod key_ring;
mod key_set;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jsonwebtoken::DecodingKey;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use fetch::Fetcher;
use key_ring::{AbsentKeys, Decision, KeyRing};

/// A little longer than a fetch may take.
const WAIT_FOR_REFETCH: Duration = Duration::from_secs(6);

/// What is known of a key id.
pub enum Lookup {
    Known(Arc<DecodingKey>),
    Unknown,
    /// None were ever fetched, or the last good ones are more than an hour old.
    NoKeys,
}

/// Dropping it ends the refresh.
pub struct Jwks {
    shared: Arc<Shared>,
    refresher: AbortHandle,
}

struct Shared {
    ring: ArcSwap<KeyRing>,
    absent: AbsentKeys,
    wanted: Notify,
    /// Counts the fetches that have ended, well or not.
    fetches: watch::Sender<u64>,
}

impl Jwks {
    /// Starts to fetch `.well-known/jwks.json` below `domain` on the current runtime, and returns at once.
    ///
    /// # Errors
    /// The TLS backend could not be set up.
    pub fn start(domain: &Url) -> Result<Self, reqwest::Error> {
        let fetcher = Fetcher::new(domain)?;
        let shared = Arc::new(Shared {
            ring: ArcSwap::from_pointee(KeyRing::default()),
            absent: AbsentKeys::default(),
            wanted: Notify::new(),
            fetches: watch::Sender::new(0),
        });
        let refresher = tokio::spawn(refresh(Arc::clone(&shared), fetcher)).abort_handle();
        Ok(Self { shared, refresher })
    }

    pub(crate) async fn key(&self, id: &str) -> Lookup {
        match self.shared.decide(id) {
            Decision::Answer(lookup) => lookup,
            Decision::Refetch => self.shared.after_refetch(id).await,
        }
    }

    pub(crate) fn are_usable(&self) -> bool {
        self.shared.ring.load().is_usable(Instant::now())
    }
}

impl Drop for Jwks {
    fn drop(&mut self) {
        self.refresher.abort();
    }
}

impl Shared {
    fn decide(&self, id: &str) -> Decision {
        self.ring.load().decide(id, Instant::now())
    }

    async fn after_refetch(&self, id: &str) -> Lookup {
        let mut fetches = self.fetches.subscribe();
        // Again, now that no end of a fetch can be missed.
        if let Decision::Answer(lookup) = self.decide(id) {
            return lookup;
        }
        if self.absent.contains(id, Instant::now()) {
            return Lookup::Unknown;
        }
        self.wanted.notify_one();
        if timeout(WAIT_FOR_REFETCH, fetches.changed()).await.is_err() {
            return Lookup::Unknown;
        }
        match self.decide(id) {
            Decision::Answer(Lookup::Unknown) | Decision::Refetch => {
                self.absent.insert(id, Instant::now());
                Lookup::Unknown
            }
            Decision::Answer(lookup) => lookup,
        }
    }
}

/// The only task that fetches, so that there is never more than one fetch at a time.
async fn refresh(shared: Arc<Shared>, fetcher: Fetcher) {
    let mut failures = 0;
    loop {
        let fetched = fetcher.fetch().await;
        let now = Instant::now();
        let ring = match fetched {
            Ok(keys) => {
                failures = 0;
                KeyRing::fetched(keys, now)
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, failures, "signing keys could not be fetched; the last good ones stay");
                shared.ring.load().not_fetched(failures, now)
            }
        };
        shared.ring.store(Arc::new(ring));
        shared.fetches.send_modify(|count| *count += 1);
        wait_until_due(&shared).await;
    }
}

async fn wait_until_due(shared: &Shared) {
    let (due, earliest) = {
        let ring = shared.ring.load();
        (ring.due(), ring.earliest())
    };
    loop {
        tokio::select! {
            () = sleep_until(due) => return,
            () = shared.wanted.notified() => if Instant::now() >= earliest { return },
        }
    }
}

#[cfg(test)]
mod tests;
