//! Customers: one for each tenant, organization or individual.

use chrono::{DateTime, Utc};
use domain::{ConversionId, DisplayName, OrganizationName, TenantId};

use crate::{StoreError, TenantTx};

/// The tenant as a customer of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub tenant: TenantId,
    /// None for an individual.
    pub name: Option<OrganizationName>,
    /// None for an individual.
    pub display_name: Option<DisplayName>,
    /// The conversion that made it; None for an individual or an import.
    pub conversion: Option<ConversionId>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts the changes; for `ETag`. The store raises it on save.
    pub version: i64,
}

/// A new organization's row. An individual's is made by [`crate::Store::individual`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    pub name: OrganizationName,
    pub display_name: DisplayName,
    pub conversion: Option<ConversionId>,
    pub created_at: DateTime<Utc>,
}

impl TenantTx {
    pub async fn customer(&mut self) -> Result<Option<Customer>, StoreError> {
        todo!()
    }

    /// Inserts the organization's row and its entry in the directory. [`StoreError::Taken`] when the organization, its
    /// name or its conversion is there already.
    pub async fn insert_customer(&mut self, _new: &NewCustomer) -> Result<(), StoreError> {
        todo!()
    }

    /// Saves display name and suspension. [`StoreError::Stale`] unless the version is the stored one.
    pub async fn save_customer(&mut self, _customer: &Customer) -> Result<(), StoreError> {
        todo!()
    }
}
