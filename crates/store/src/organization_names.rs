//! Names of organizations: unique across tenants, claimed before Auth0 is asked.

use domain::{ConversionId, OrganizationName};

use crate::{StoreError, TenantTx};

impl TenantTx {
    /// True when the name is now, or was already, this conversion's.
    pub async fn claim_organization_name(
        &mut self,
        _name: &OrganizationName,
        _conversion: ConversionId,
    ) -> Result<bool, StoreError> {
        todo!()
    }

    /// Frees the name if this conversion holds it and no organization bears it.
    pub async fn release_organization_name(
        &mut self,
        _name: &OrganizationName,
        _conversion: ConversionId,
    ) -> Result<(), StoreError> {
        todo!()
    }
}
