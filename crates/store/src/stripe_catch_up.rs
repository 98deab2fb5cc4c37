//! Up to when Stripe's own list of events has been read.

use chrono::{DateTime, Utc};

use crate::{Store, StoreError, row};

/// Role Worker.
impl Store {
    /// None before it was ever read.
    pub async fn stripe_caught_up_to(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let ask = self.statement("select ops.stripe_caught_up_to() as caught_up_to");
        row::value(&self.fetch_one(ask).await?, "caught_up_to")
    }

    pub async fn note_stripe_caught_up(&self, to: DateTime<Utc>) -> Result<(), StoreError> {
        let note = self.statement("select ops.note_stripe_caught_up($1)");
        self.fetch_one(note.bind(to)).await?;
        Ok(())
    }
}
