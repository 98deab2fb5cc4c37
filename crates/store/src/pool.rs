//! The pool, private: no statement leaves this crate unguarded.

use chrono::{DateTime, Utc};
use domain::{IndividualId, OrganizationId, Person, TenantId};
use sqlx::PgPool;

use crate::{
    MyOrganization, OpenedIndividual, OpenedOrganization, StoreConfig, StoreError, TenantTx,
};

/// The door to the database as one role. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: PgPool,
    pub(crate) persistent: bool,
}

impl Store {
    /// Connects and proves that the role and the schema are safe to serve from, else [`StoreError::Boot`].
    pub async fn connect(_config: &StoreConfig) -> Result<Self, StoreError> {
        todo!()
    }

    /// One round trip to the database.
    pub async fn ping(&self) -> Result<(), StoreError> {
        todo!()
    }
}
