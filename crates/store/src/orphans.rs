//! Orphans: Auth0 organizations that carry a marker of ours but that no conversion claims.

use chrono::{DateTime, Utc};
use domain::{ConversionId, OrganizationId};

use crate::{Store, StoreError};

/// Role Worker.
impl Store {
    /// Notes that the sweep saw it; answers when it was first seen, which is `now` the first time.
    pub async fn sight_orphan(
        &self,
        _organization: &OrganizationId,
        _conversion: ConversionId,
        _now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        todo!()
    }

    pub async fn forget_orphan(&self, _organization: &OrganizationId) -> Result<(), StoreError> {
        todo!()
    }
}
