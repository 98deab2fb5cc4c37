//! A transaction bound to one tenant: the only way to a tenant table.

use domain::{ConversionId, OrganizationId, TenantId};
use sqlx::{Postgres, Transaction};

use crate::{Store, StoreError};

/// Owns its connection. Dropped, it is rolled back; only [`TenantTx::commit`] keeps what it did.
pub struct TenantTx {
    pub(crate) tenant: TenantId,
    pub(crate) tx: Transaction<'static, Postgres>,
    pub(crate) persistent: bool,
}

/// What changed hands when an individual's payment became an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedIndividual {
    pub projects: u64,
    pub stripe_objects: u64,
}

impl Store {
    /// Begins a transaction for a tenant that is already proved to be the caller's: a claimed job's, a conversion's.
    pub async fn tenant(&self, _tenant: &TenantId) -> Result<TenantTx, StoreError> {
        todo!()
    }
}

impl TenantTx {
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Commits, to the end even if the caller goes away.
    pub async fn commit(self) -> Result<(), StoreError> {
        todo!()
    }

    /// Moves what the individual made into the organization that one of its conversions created, and makes that
    /// organization the tenant of this transaction: the one door that switches. Its projects stay behind if the
    /// conversion says so; its Stripe objects of this conversion always move. Role Worker only.
    pub async fn move_individual_into(
        &mut self,
        _organization: &OrganizationId,
        _conversion: ConversionId,
    ) -> Result<MovedIndividual, StoreError> {
        todo!()
    }
}
