//! Misbehaviour on request: the next calls of a route fail, hang, crawl or lose their answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The status is answered and nothing is done.
    Status,
    /// It is done, and the status is answered all the same.
    ErrorAfter,
    /// Nothing is done and nothing is answered for a minute.
    Hang,
    /// It is done after `delay_ms`.
    Slow,
    /// The connection closes and nothing is done.
    Drop,
    /// It is done, and the connection closes before the answer.
    Close,
    /// A webhook delivery is forgotten.
    DropEvent,
    /// A webhook delivery is sent twice.
    DuplicateEvent,
    /// A webhook delivery waits for the one after it.
    ReorderEvent,
}

impl Kind {
    fn concerns_deliveries(self) -> bool {
        matches!(
            self,
            Self::DropEvent | Self::DuplicateEvent | Self::ReorderEvent
        )
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(default)]
    pub(crate) id: u64,
    /// Every method when absent.
    pub(crate) method: Option<String>,
    /// A prefix of the path, or of the event's type for deliveries; `{}` or `{name}` stands for one segment.
    #[serde(default)]
    pub(crate) path: String,
    pub(crate) kind: Kind,
    /// 503 when absent.
    pub(crate) status: Option<u16>,
    /// How many more times it strikes; for ever when absent.
    pub(crate) times: Option<u64>,
    #[serde(default)]
    pub(crate) delay_ms: u64,
    /// Between 0 and 1; certain when absent.
    pub(crate) probability: Option<f64>,
    /// Seconds in a `Retry-After` header.
    pub(crate) retry_after: Option<u64>,
}

impl Fault {
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        self.method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path_fits(&self.path, path)
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    if !pattern.contains('{') {
        return path.starts_with(pattern);
    }
    let mut segments = path.split('/');
    pattern.split('/').all(|wanted| match segments.next() {
        Some(segment) => (wanted.starts_with('{') && wanted.ends_with('}')) || wanted == segment,
        None => false,
    })
}

#[derive(Default)]
pub(crate) struct Faults {
    planned: Mutex<Vec<Fault>>,
    last_id: AtomicU64,
}

impl Faults {
    pub(crate) fn plan(&self, mut fault: Fault) -> Fault {
        fault.id = self.last_id.fetch_add(1, Ordering::SeqCst) + 1;
        self.planned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault.clone());
        fault
    }

    pub(crate) fn planned(&self) -> Vec<Fault> {
        self.planned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn clear(&self) {
        self.planned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The fault that strikes this request, used up by one.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Option<Fault> {
        self.take(|fault| !fault.kind.concerns_deliveries() && fault.fits(method, path))
    }

    /// The fault that strikes the delivery of this event type, used up by one.
    pub(crate) fn strike_delivery(&self, event_type: &str) -> Option<Kind> {
        self.take(|fault| fault.kind.concerns_deliveries() && path_fits(&fault.path, event_type))
            .map(|fault| fault.kind)
    }

    fn take(&self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        let at = planned.iter().position(|fault| {
            fits(fault) && fault.probability.is_none_or(|p| rand::random::<f64>() < p)
        })?;
        let fault = planned[at].clone();
        if let Some(times) = &mut planned[at].times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                planned.remove(at);
            }
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Kind, path_fits};

    fn fault(kind: Kind, times: u64) -> Fault {
        serde_json::from_value(serde_json::json!({
            "method": "POST", "path": "/api/v2/organizations", "kind": kind, "times": times,
        }))
        .unwrap()
    }

    #[test]
    fn a_fault_strikes_as_often_as_planned() {
        let faults = Faults::default();
        faults.plan(fault(Kind::Status, 2));
        assert!(faults.strike("GET", "/api/v2/organizations").is_none());
        assert!(faults.strike("POST", "/api/v2/organizations").is_some());
        assert!(
            faults
                .strike("POST", "/api/v2/organizations/x/members")
                .is_some()
        );
        assert!(faults.strike("POST", "/api/v2/organizations").is_none());
    }

    #[test]
    fn a_placeholder_stands_for_one_segment() {
        assert!(path_fits(
            "/api/v2/organizations/{id}/members",
            "/api/v2/organizations/org_1/members"
        ));
        assert!(!path_fits(
            "/api/v2/organizations/{id}/members",
            "/api/v2/organizations/org_1"
        ));
    }
}
