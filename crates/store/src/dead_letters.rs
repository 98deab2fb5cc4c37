//! What was set aside for a person: quarantined events of Stripe's, and parked jobs.

use chrono::{DateTime, Utc};

use crate::{Store, StoreError, row};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// `event` or `job`.
    pub kind: String,
    pub id: String,
    pub since: DateTime<Utc>,
    /// The event's type or the job's kind.
    pub what: String,
    /// Why.
    pub note: Option<String>,
}

/// Role Worker.
impl Store {
    /// Oldest first.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, StoreError> {
        let letters = self.statement("select kind, id, since, what, note from ops.dead_letters()");
        let found = self.fetch_all(letters).await?;
        found
            .iter()
            .map(|found| {
                Ok(DeadLetter {
                    kind: row::value(found, "kind")?,
                    id: row::value(found, "id")?,
                    since: row::value(found, "since")?,
                    what: row::value(found, "what")?,
                    note: row::value(found, "note")?,
                })
            })
            .collect()
    }

    /// Considers the event anew. False when it is not in the inbox.
    pub async fn replay_stripe_event(
        &self,
        event_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let replay = self
            .statement("select ops.replay_stripe_event($1, $2) as found")
            .bind(event_id.to_owned())
            .bind(now);
        row::value(&self.fetch_one(replay).await?, "found")
    }
}
