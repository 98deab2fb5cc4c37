//! Conversions: the durable record of a payment that becomes an organization; lies in the buyer's own tenant.

use chrono::{DateTime, Utc};
use domain::{
    ConversionId, ConversionStep, DisplayName, Interval, OrganizationId, OrganizationName, Person,
    Plan, TenantId,
};

use crate::{Listed, Page, Store, StoreError, TenantTx};

/// One checkout and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    pub id: ConversionId,
    pub person: Person,
    pub plan: Plan,
    pub interval: Interval,
    pub seats: u32,
    /// Of the price in the catalogue, e.g. `tenantry_team_month`.
    pub lookup_key: String,
    pub wanted_name: Option<OrganizationName>,
    pub display_name: Option<DisplayName>,
    pub keep_projects_personal: bool,
    pub step: ConversionStep,
    /// How many names were tried and found taken.
    pub try_no: u32,
    pub auth0_org_id: Option<OrganizationId>,
    pub stripe_customer_id: Option<String>,
    pub checkout_session_id: Option<String>,
    pub stripe_subscription_id: Option<String>,
    pub checkout_url: Option<String>,
    pub paid_until: Option<DateTime<Utc>>,
    /// Who holds a smaller fence may write no more.
    pub fence: i64,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whose conversion a marker in Auth0 names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerOwner {
    /// The buyer's own tenant, where the conversion lies.
    pub tenant: TenantId,
    pub step: ConversionStep,
    /// The Auth0 organization it made, once that is known.
    pub organization_id: Option<OrganizationId>,
}

impl TenantTx {
    /// Newest first.
    pub async fn conversions(
        &mut self,
        _page: &Page<ConversionId>,
    ) -> Result<Listed<Conversion>, StoreError> {
        todo!()
    }

    pub async fn conversion(
        &mut self,
        _id: ConversionId,
    ) -> Result<Option<Conversion>, StoreError> {
        todo!()
    }

    pub async fn lock_conversion(
        &mut self,
        _id: ConversionId,
    ) -> Result<Option<Conversion>, StoreError> {
        todo!()
    }

    /// The fence is stored as it is given: 0 for a new one.
    pub async fn insert_conversion(&mut self, _conversion: &Conversion) -> Result<(), StoreError> {
        todo!()
    }

    /// Raises the fence, so that whoever worked on it before can save no more. Commit before acting on it.
    pub async fn claim_conversion(
        &mut self,
        _id: ConversionId,
    ) -> Result<Option<Conversion>, StoreError> {
        todo!()
    }

    /// False when the fence is no longer the stored one: somebody else works on it, stop. Id, person and creation time
    /// never change; `updated_at` is stored as given.
    pub async fn save_conversion(&mut self, _conversion: &Conversion) -> Result<bool, StoreError> {
        todo!()
    }
}

impl Store {
    /// Whose the marker is; None means that this database does not know it. Role Worker.
    pub async fn conversion_of_marker(
        &self,
        _id: ConversionId,
    ) -> Result<Option<MarkerOwner>, StoreError> {
        todo!()
    }
}
