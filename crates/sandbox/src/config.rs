//! What a sandbox is started with.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Plain HTTP on loopback; 0 takes a free port.
    pub port: u16,
    /// HTTPS on loopback with a certificate of the sandbox's own authority; 0 takes a free port.
    pub tls_port: Option<u16>,
    /// Where `sandbox/tenant.json` and `sandbox/ca.pem` lie; `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
    /// A tenant that is made new is as somebody gets it who signs up with Auth0.
    pub bare: bool,
    /// Bases of the web applications that may be returned to, without a slash at the end.
    pub app_urls: Vec<String>,
    /// Where the link of an invitation leads, which may be a page in front of the application's login; without it, to
    /// `/login` of the first application.
    pub login_uri: Option<String>,
    pub limits: Limits,
    /// Refuse what Auth0 refuses even where a laptop needs leniency (login URIs on localhost).
    pub strict: bool,
    /// A folder of Actions to run instead of the embedded ones.
    pub actions_dir: Option<PathBuf>,
    /// Where the billing stand-in posts its events; settable later.
    pub stripe_webhook: Option<WebhookTarget>,
    /// Where the tenant's events are posted; settable later. `None` keeps what was set before.
    pub event_stream: Option<EventStreamTarget>,
    /// Machine clients of the Management API beside the one that may do everything.
    pub machines: Vec<MachineClient>,
    /// How long an open connection of the Events API says nothing.
    pub event_heartbeat: Duration,
    /// How long the lists of members, organizations and users lag behind what was written.
    pub list_lag: Duration,
    /// Prefix of our claims, for the Actions' secrets.
    pub claims_namespace: String,
    /// Length of a trial in days, for the Actions' secrets.
    pub trial_days: u32,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            port: 0,
            tls_port: None,
            data_dir: None,
            bare: false,
            app_urls: Vec::new(),
            login_uri: None,
            limits: Limits::default(),
            strict: false,
            actions_dir: None,
            stripe_webhook: None,
            event_stream: None,
            machines: Vec::new(),
            event_heartbeat: Duration::from_secs(15),
            list_lag: Duration::ZERO,
            claims_namespace: "https://tenantry.dev".to_owned(),
            trial_days: 14,
        }
    }
}

/// Its secret is its id with `-secret` after it.
#[derive(Clone, Debug)]
pub struct MachineClient {
    pub client_id: String,
    pub scopes: Vec<String>,
}

/// A webhook endpoint and the secret its deliveries are signed with.
#[derive(Clone)]
pub struct WebhookTarget {
    pub url: String,
    pub secret: String,
}

impl std::fmt::Debug for WebhookTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookTarget")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A webhook endpoint and the bearer token that its deliveries carry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventStreamTarget {
    pub url: String,
    pub token: String,
}

impl std::fmt::Debug for EventStreamTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStreamTarget")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
