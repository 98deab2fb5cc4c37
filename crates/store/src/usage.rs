//! How much a tenant has of the things that a plan counts.

use domain::Usage;

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// Identity providers are not kept here yet: always 0.
    pub async fn usage(&mut self) -> Result<Usage, StoreError> {
        let usage = self.statement(
            "select (select count(*)::integer from app.memberships where org_id = $1) as members, \
             (select count(*)::integer from app.projects where org_id = $1) as projects",
        );
        let counted = self.fetch_one(usage).await?;
        Ok(Usage {
            members: row::count(&counted, "members")?,
            projects: row::count(&counted, "projects")?,
            identity_providers: 0,
        })
    }
}
