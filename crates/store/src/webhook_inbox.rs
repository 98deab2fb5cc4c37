//! The webhook inbox: an event is stored, with its job, before it is acknowledged.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::postgres::PgRow;

use crate::{Store, StoreError, row};

/// How long an event that is dealt with is kept.
const KEPT: TimeDelta = TimeDelta::days(30);

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

impl WebhookState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }

    fn stored(text: &str) -> Result<Self, StoreError> {
        [Self::Received, Self::Done, Self::Ignored, Self::Quarantined]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(StoreError::Unreadable { column: "state" })
    }
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
        webhook: &NewWebhook,
        now: DateTime<Utc>,
    ) -> Result<Received, StoreError> {
        let receive = self
            .statement(
                "select ops.receive_webhook(row($1, $2, $3, $4, $5, $6, $7, $8)::ops.webhook, $9) as stored, \
                 ops.note_push($1)",
            )
            .bind(webhook.provider.as_str())
            .bind(webhook.event_id.clone())
            .bind(webhook.kind.clone())
            .bind(webhook.livemode)
            .bind(webhook.account.clone())
            .bind(webhook.api_version.clone())
            .bind(webhook.created_at)
            .bind(webhook.body.clone())
            .bind(now);
        match row::value(&self.fetch_one(receive).await?, "stored")? {
            true => Ok(Received::Stored),
            false => Ok(Received::Duplicate),
        }
    }

    /// Role Worker.
    pub async fn webhook(
        &self,
        provider: Provider,
        event_id: &str,
    ) -> Result<Option<StoredWebhook>, StoreError> {
        let webhook = self
            .statement("select * from ops.webhook($1, $2)")
            .bind(provider.as_str())
            .bind(event_id.to_owned());
        self.fetch_optional(webhook)
            .await?
            .map(|found| stored_from(&found, provider))
            .transpose()
    }

    /// Role Worker.
    pub async fn mark_webhook(
        &self,
        provider: Provider,
        event_id: &str,
        state: WebhookState,
        note: Option<&str>,
    ) -> Result<(), StoreError> {
        let mark = self
            .statement("select ops.mark_webhook($1, $2, $3, $4)")
            .bind(provider.as_str())
            .bind(event_id.to_owned())
            .bind(state.as_str())
            .bind(note.map(str::to_owned));
        self.fetch_one(mark).await?;
        Ok(())
    }

    /// Forgets events that came more than thirty days before `now` and were done or ignored; answers how many. Role
    /// Worker.
    pub async fn purge_webhooks(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let purge = self
            .statement("select ops.purge_webhooks($1) as events")
            .bind(now - KEPT);
        Ok(row::value::<i64>(&self.fetch_one(purge).await?, "events")?.unsigned_abs())
    }
}

fn stored_from(found: &PgRow, provider: Provider) -> Result<StoredWebhook, StoreError> {
    Ok(StoredWebhook {
        webhook: NewWebhook {
            provider,
            event_id: row::value(found, "event_id")?,
            kind: row::value(found, "kind")?,
            livemode: row::value(found, "livemode")?,
            account: row::value(found, "account")?,
            api_version: row::value(found, "api_version")?,
            created_at: row::value(found, "created_at")?,
            body: row::value(found, "body")?,
        },
        received_at: row::value(found, "received_at")?,
        state: WebhookState::stored(&row::value::<String>(found, "state")?)?,
        note: row::value(found, "note")?,
    })
}
