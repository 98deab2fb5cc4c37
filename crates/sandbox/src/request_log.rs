//! What was called and how often, for tests that count calls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The oldest fall out; the counts stay.
const KEPT: usize = 500;

#[derive(Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) at: DateTime<Utc>,
    pub(crate) method: String,
    /// As sent, without the query: it may carry secrets.
    pub(crate) path: String,
    pub(crate) status: u16,
}

#[derive(Default)]
pub(crate) struct RequestLog(Mutex<Log>);

#[derive(Default)]
struct Log {
    counts: BTreeMap<String, u64>,
    scopes: Scopes,
    recent: VecDeque<Entry>,
}

/// By the client that made use of them.
pub(crate) type Scopes = BTreeMap<String, BTreeSet<String>>;

impl RequestLog {
    /// `route` is the pattern that matched, e.g. `/api/v2/organizations/{id}`.
    pub(crate) fn record(&self, route: &str, entry: Entry) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *log.counts
            .entry(format!("{} {route}", entry.method))
            .or_default() += 1;
        log.recent.push_front(entry);
        log.recent.truncate(KEPT);
    }

    /// A call was allowed because of it.
    pub(crate) fn used(&self, client_id: &str, scope: &str) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let scopes = log.scopes.entry(client_id.to_owned()).or_default();
        scopes.insert(scope.to_owned());
    }

    pub(crate) fn scopes(&self) -> Scopes {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.scopes.clone()
    }

    /// Counts by `METHOD route`, and the most recent requests, newest first.
    pub(crate) fn snapshot(&self) -> (BTreeMap<String, u64>, Vec<Entry>) {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (log.counts.clone(), log.recent.iter().cloned().collect())
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Log::default();
    }
}
