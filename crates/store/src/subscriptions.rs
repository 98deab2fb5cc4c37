//! The tenant's subscription, one row; its state is flattened to columns that the table checks.

use domain::Subscription;

use crate::{StoreError, TenantTx};

/// The subscription with what Stripe calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionRecord {
    pub subscription: Subscription,
    pub stripe_customer_id: Option<String>,
    pub stripe_subscription_id: Option<String>,
    /// Look-up key of the price, e.g. `tenantry_team_month`.
    pub stripe_price: Option<String>,
    /// 0 before it is stored; the store raises it on save.
    pub version: i64,
}

impl SubscriptionRecord {
    /// A subscription that is not stored yet and that Stripe does not know.
    pub fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            stripe_customer_id: None,
            stripe_subscription_id: None,
            stripe_price: None,
            version: 0,
        }
    }
}

impl TenantTx {
    pub async fn subscription(&mut self) -> Result<Option<SubscriptionRecord>, StoreError> {
        todo!()
    }

    pub async fn lock_subscription(&mut self) -> Result<Option<SubscriptionRecord>, StoreError> {
        todo!()
    }

    /// Inserts (version 0) or replaces it. [`StoreError::Stale`] unless the version is the stored one.
    pub async fn save_subscription(
        &mut self,
        _record: &SubscriptionRecord,
    ) -> Result<(), StoreError> {
        todo!()
    }
}
