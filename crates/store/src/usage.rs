//! How much a tenant has of the things that a plan counts.

use chrono::{DateTime, Utc};
use domain::Usage;

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    pub async fn usage(&mut self, now: DateTime<Utc>) -> Result<Usage, StoreError> {
        let seats = self.seats_taken(now).await?;
        let counts = self.statement(
            "select (select count(*)::integer from app.projects where org_id = $1) as projects, \
             (select count(*)::integer from app.identity_providers where org_id = $1 and removal is null) \
             as identity_providers, \
             (select count(*)::integer from app.provisionings where org_id = $1) as provisionings",
        );
        let counts = self.fetch_one(counts).await?;
        Ok(Usage {
            seats,
            projects: row::count(&counts, "projects")?,
            identity_providers: row::count(&counts, "identity_providers")?,
            provisionings: row::count(&counts, "provisionings")?,
        })
    }
}
