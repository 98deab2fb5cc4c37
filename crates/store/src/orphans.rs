//! Orphans: Auth0 organizations that carry a marker of ours but that no conversion claims.

use chrono::{DateTime, Utc};
use domain::{ConversionId, OrganizationId};

use crate::{Store, StoreError, row};

/// Role Worker.
impl Store {
    /// Notes that the sweep saw it; answers when it was first seen, which is `now` the first time.
    pub async fn sight_orphan(
        &self,
        organization: &OrganizationId,
        conversion: ConversionId,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let sight = self
            .statement("select ops.sight_orphan($1, $2, $3) as first_seen_at")
            .bind(organization.as_ref().to_owned())
            .bind(conversion.as_uuid())
            .bind(now);
        row::value(&self.fetch_one(sight).await?, "first_seen_at")
    }

    pub async fn forget_orphan(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let forget = self
            .statement("select ops.forget_orphan($1)")
            .bind(organization.as_ref().to_owned());
        self.fetch_one(forget).await?;
        Ok(())
    }
}
