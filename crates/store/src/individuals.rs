//! Individuals: people who own rows without an organization, each a tenant of their own.

use chrono::{DateTime, Utc};
use domain::{IndividualId, Person};

use crate::{Store, StoreError, TenantTx};

/// The tenant of a person, open.
pub struct OpenedIndividual {
    pub tx: TenantTx,
    pub individual: IndividualId,
    /// True when this transaction created it; it exists for others once that is committed.
    pub created: bool,
}

impl Store {
    /// Opens the person's own tenant; on first sight creates it as `new`. BEGIN and one statement.
    pub async fn individual(
        &self,
        _person: &Person,
        _new: IndividualId,
        _now: DateTime<Utc>,
    ) -> Result<OpenedIndividual, StoreError> {
        todo!()
    }
}
