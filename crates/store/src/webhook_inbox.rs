//! The webhook inbox: an event is stored, with its job, before it is acknowledged.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{Store, StoreError};

/// Who sends us events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    Stripe,
    Auth0,
}

impl Provider {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Auth0 => "auth0",
        }
    }

    /// The kind of the job that handles one event; its payload is `{"event_id": "…"}`.
    pub fn job_kind(self) -> &'static str {
        match self {
            Self::Stripe => "stripe_webhook",
            Self::Auth0 => "auth0_webhook",
        }
    }
}

/// An event whose signature was found right.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWebhook {
    pub provider: Provider,
    pub event_id: String,
    /// The provider's event type, e.g. `checkout.session.completed`.
    pub kind: String,
    pub livemode: bool,
    pub account: Option<String>,
    pub api_version: Option<String>,
    /// When the provider made it.
    pub created_at: DateTime<Utc>,
    pub body: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Stored,
    Duplicate,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    Received,
    Done,
    /// Understood, and nothing to do.
    Ignored,
    /// Not ours or not understood; kept for a person to look at.
    Quarantined,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StoredWebhook {
    pub webhook: NewWebhook,
    pub received_at: DateTime<Utc>,
    pub state: WebhookState,
    pub note: Option<String>,
}

impl Store {
    /// Stores the event and queues its job in one transaction. Role Inbox.
    pub async fn receive_webhook(
        &self,
        _webhook: &NewWebhook,
        _now: DateTime<Utc>,
    ) -> Result<Received, StoreError> {
        todo!()
    }

    /// Role Worker.
    pub async fn webhook(
        &self,
        _provider: Provider,
        _event_id: &str,
    ) -> Result<Option<StoredWebhook>, StoreError> {
        todo!()
    }

    /// Role Worker.
    pub async fn mark_webhook(
        &self,
        _provider: Provider,
        _event_id: &str,
        _state: WebhookState,
        _note: Option<&str>,
    ) -> Result<(), StoreError> {
        todo!()
    }
}
