//! How much a tenant has of the things that a plan counts.

use chrono::{DateTime, Utc};
use domain::Usage;

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// Identity providers are not kept here yet: always 0.
    pub async fn usage(&mut self, now: DateTime<Utc>) -> Result<Usage, StoreError> {
        let seats = self.seats_taken(now).await?;
        let projects = self
            .statement("select count(*)::integer as projects from app.projects where org_id = $1");
        Ok(Usage {
            seats,
            projects: row::count(&self.fetch_one(projects).await?, "projects")?,
            identity_providers: 0,
        })
    }
}
