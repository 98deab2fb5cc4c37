//! Names of organizations: unique across tenants, claimed before Auth0 is asked.

use domain::{ConversionId, OrganizationName};

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// True when the name is now, or was already, this conversion's.
    pub async fn claim_organization_name(
        &mut self,
        name: &OrganizationName,
        conversion: ConversionId,
    ) -> Result<bool, StoreError> {
        let claim = self
            .look_up("select ops.claim_organization_name($1, $2) as claimed")
            .bind(name.as_ref().to_owned())
            .bind(conversion.as_uuid());
        row::value(&self.fetch_one(claim).await?, "claimed")
    }

    /// Frees the name if this conversion holds it and no organization bears it.
    pub async fn release_organization_name(
        &mut self,
        name: &OrganizationName,
        conversion: ConversionId,
    ) -> Result<(), StoreError> {
        let release = self
            .look_up("select ops.release_organization_name($1, $2)")
            .bind(name.as_ref().to_owned())
            .bind(conversion.as_uuid());
        self.execute(release).await?;
        Ok(())
    }
}
