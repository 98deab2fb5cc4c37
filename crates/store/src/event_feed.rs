//! How far Auth0's events have been pulled. One worker at a time holds the feed; each event is stored with the offset
//! behind it, so that a crash repeats nothing and loses nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::webhook_inbox::NewWebhook;
use crate::{Store, StoreError, row};

/// The right to pull, until its lease ends. Role Worker.
#[derive(Debug, Clone)]
pub struct EventFeed {
    store: Store,
    holder: Uuid,
    lease: Duration,
}

/// Where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPlace {
    /// Behind the last event that was stored.
    pub offset: Option<String>,
    /// Without an offset: from when on nothing has been missed.
    pub since: Option<DateTime<Utc>>,
    /// Events may have been missed before this place.
    pub has_gap: bool,
}

impl Store {
    /// None while another worker holds it.
    pub async fn claim_event_feed(
        &self,
        holder: Uuid,
        lease: Duration,
    ) -> Result<Option<(EventFeed, FeedPlace)>, StoreError> {
        let claim = self
            .statement(
                "select offset_text, since, has_gap from ops.claim_event_feed($1, make_interval(secs => $2))",
            )
            .bind(holder)
            .bind(lease.as_secs_f64());
        let Some(found) = self.fetch_optional(claim).await? else {
            return Ok(None);
        };
        let place = FeedPlace {
            offset: row::value(&found, "offset_text")?,
            since: row::value(&found, "since")?,
            has_gap: row::value(&found, "has_gap")?,
        };
        let feed = EventFeed {
            store: self.clone(),
            holder,
            lease,
        };
        Ok(Some((feed, place)))
    }
}

/// Each answers false when another worker has taken the feed over.
impl EventFeed {
    /// Renews the lease; `heard` notes a sign of life from Auth0.
    pub async fn hold(&self, heard: bool) -> Result<bool, StoreError> {
        let hold = self
            .store
            .statement("select ops.hold_event_feed($1, make_interval(secs => $2), $3) as held")
            .bind(self.holder)
            .bind(self.lease.as_secs_f64())
            .bind(heard);
        row::value(&self.store.fetch_one(hold).await?, "held")
    }

    /// Stores the event, with its job, and the offset behind it in one transaction. An event that is known already is
    /// passed over.
    pub async fn store(
        &self,
        event: &NewWebhook,
        offset: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let pull = self
            .store
            .statement(
                "select ops.pull_event($1, $2, row($3, $4, $5, $6, $7, $8, $9, $10)::ops.webhook, $11) as held",
            )
            .bind(self.holder)
            .bind(offset.to_owned())
            .bind(event.provider.as_str())
            .bind(event.event_id.clone())
            .bind(event.kind.clone())
            .bind(event.livemode)
            .bind(event.account.clone())
            .bind(event.api_version.clone())
            .bind(event.created_at)
            .bind(event.body.clone())
            .bind(now);
        row::value(&self.store.fetch_one(pull).await?, "held")
    }

    /// Nothing that we want lies before this offset.
    pub async fn skip_to(&self, offset: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let skip = self
            .store
            .statement("select ops.pull_event($1, $2, null, $3) as held")
            .bind(self.holder)
            .bind(offset.to_owned())
            .bind(now);
        row::value(&self.store.fetch_one(skip).await?, "held")
    }

    /// Auth0 does not know the offset any more: the feed begins anew, behind a gap.
    pub async fn forget_offset(&self) -> Result<bool, StoreError> {
        let forget = self
            .store
            .statement("select ops.forget_event_offset($1) as held")
            .bind(self.holder);
        row::value(&self.store.fetch_one(forget).await?, "held")
    }

    /// Has every organization compared, for what happened before `since`.
    pub async fn close_gap(
        &self,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let close = self
            .store
            .statement("select ops.close_event_gap($1, $2, $3) as held")
            .bind(self.holder)
            .bind(since)
            .bind(now);
        row::value(&self.store.fetch_one(close).await?, "held")
    }

    /// Another worker may take it at once.
    pub async fn release(&self) -> Result<(), StoreError> {
        let release = self
            .store
            .statement("select ops.release_event_feed($1)")
            .bind(self.holder);
        self.store.fetch_one(release).await?;
        Ok(())
    }
}
