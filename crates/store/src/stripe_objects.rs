//! Which tenant a Stripe customer, session or subscription belongs to.

use domain::{ConversionId, TenantId};

use crate::{Store, StoreError, TenantTx};

/// The owner of a Stripe object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeOwner {
    pub tenant: TenantId,
    pub conversion: Option<ConversionId>,
}

impl TenantTx {
    /// Makes this tenant the owner unless somebody is already; answers the actual owner.
    pub async fn link_stripe(
        &mut self,
        _stripe_id: &str,
        _conversion: Option<ConversionId>,
    ) -> Result<TenantId, StoreError> {
        todo!()
    }
}

impl Store {
    /// Role Worker.
    pub async fn stripe_owner(&self, _stripe_id: &str) -> Result<Option<StripeOwner>, StoreError> {
        todo!()
    }
}
