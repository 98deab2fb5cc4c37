//! Which tenant a Stripe customer, session or subscription belongs to.

use domain::{ConversionId, TenantId};
use uuid::Uuid;

use crate::{Store, StoreError, TenantTx, row};

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
        stripe_id: &str,
        conversion: Option<ConversionId>,
    ) -> Result<TenantId, StoreError> {
        let link = self
            .look_up("select ops.link_stripe($1, $2) as org_id")
            .bind(stripe_id.to_owned())
            .bind(conversion.map(|conversion| conversion.as_uuid()));
        row::parsed(&self.fetch_one(link).await?, "org_id")
    }
}

impl Store {
    /// Role Worker.
    pub async fn stripe_owner(&self, stripe_id: &str) -> Result<Option<StripeOwner>, StoreError> {
        let owner = self
            .statement("select org_id, conversion_id from ops.stripe_owner($1)")
            .bind(stripe_id.to_owned());
        let Some(found) = self.fetch_optional(owner).await? else {
            return Ok(None);
        };
        Ok(Some(StripeOwner {
            tenant: row::parsed(&found, "org_id")?,
            conversion: row::value::<Option<Uuid>>(&found, "conversion_id")?
                .map(ConversionId::from),
        }))
    }
}
