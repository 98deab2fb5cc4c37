//! What every route shares: the tenant behind its lock, and the clock, faults, mail and log beside it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::actions::Engine;
use crate::clock::SharedClock;
use crate::config::{SandboxConfig, WebhookTarget};
use crate::event_feeds::EventFeeds;
use crate::faults::Faults;
use crate::hosts::Hosts;
use crate::limits::Buckets;
use crate::mailbox::Mailbox;
use crate::provider::Grants;
use crate::request_log::RequestLog;
use crate::tenant::Tenant;

/// Cheap to clone; routes take it as `web::Data<State>`.
#[derive(Clone)]
pub(crate) struct State(Arc<Inner>);

struct Inner {
    config: SandboxConfig,
    hosts: Hosts,
    clock: SharedClock,
    tenant: Mutex<Tenant>,
    changed: Notify,
    saving: Mutex<()>,
    stripe_webhook: Mutex<Option<WebhookTarget>>,
    faults: Faults,
    requests: RequestLog,
    mailbox: Mailbox,
    limits: Buckets,
    event_feeds: EventFeeds,
    list_lag: AtomicU64,
    actions: Engine,
    grants: Grants,
    dns_address: SocketAddr,
}

impl State {
    pub(crate) fn new(
        config: SandboxConfig,
        hosts: Hosts,
        clock: SharedClock,
        tenant: Tenant,
        actions: Engine,
        dns_address: SocketAddr,
    ) -> Self {
        Self(Arc::new(Inner {
            hosts,
            clock,
            tenant: Mutex::new(tenant),
            changed: Notify::new(),
            saving: Mutex::new(()),
            stripe_webhook: Mutex::new(config.stripe_webhook.clone()),
            faults: Faults::default(),
            requests: RequestLog::default(),
            mailbox: Mailbox::default(),
            limits: Buckets::new(config.limits),
            event_feeds: EventFeeds::default(),
            list_lag: AtomicU64::new(milliseconds(config.list_lag)),
            actions,
            grants: Grants::default(),
            dns_address,
            config,
        }))
    }

    pub(crate) fn dns_address(&self) -> SocketAddr {
        self.0.dns_address
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Tenant) -> T) -> T {
        look(&self.0.tenant.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Codes and tokens of the stand-in for customers' identity providers.
    pub(crate) fn grants(&self) -> &Grants {
        &self.0.grants
    }

    /// The change is on disk within 100 ms, if anything is kept on disk at all.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Tenant) -> T) -> T {
        let result = change(&mut self.0.tenant.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_one();
        result
    }

    /// Held while the state goes to disk, so that an older one never replaces a newer one.
    pub(crate) fn saving(&self) -> MutexGuard<'_, ()> {
        self.0.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    pub(crate) fn config(&self) -> &SandboxConfig {
        &self.0.config
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub(crate) fn requests(&self) -> &RequestLog {
        &self.0.requests
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0.mailbox
    }

    pub(crate) fn limits(&self) -> &Buckets {
        &self.0.limits
    }

    pub(crate) fn event_feeds(&self) -> &EventFeeds {
        &self.0.event_feeds
    }

    /// Lists show what was there at this time.
    pub(crate) fn listed_as_of(&self) -> DateTime<Utc> {
        self.clock().now() - self.list_lag()
    }

    pub(crate) fn list_lag(&self) -> Duration {
        Duration::from_millis(self.0.list_lag.load(Ordering::SeqCst))
    }

    pub(crate) fn set_list_lag(&self, lag: Duration) {
        self.0.list_lag.store(milliseconds(lag), Ordering::SeqCst);
    }

    pub(crate) fn actions(&self) -> &Engine {
        &self.0.actions
    }

    pub(crate) fn stripe_webhook(&self) -> Option<WebhookTarget> {
        self.0
            .stripe_webhook
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_stripe_webhook(&self, target: Option<WebhookTarget>) {
        *self
            .0
            .stripe_webhook
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = target;
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
