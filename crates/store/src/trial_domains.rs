//! Companies that had a trial.

use chrono::{DateTime, Utc};
use domain::DomainName;

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// Whether the tenant is the one that has the trial of this domain; the first to ask has it.
    pub async fn claim_trial_domain(
        &mut self,
        domain: &DomainName,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let claim = self
            .look_up("select ops.claim_trial_domain($1, $2) as is_ours")
            .bind(domain.to_string())
            .bind(now);
        row::value(&self.fetch_one(claim).await?, "is_ours")
    }
}
