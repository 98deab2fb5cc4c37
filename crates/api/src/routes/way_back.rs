//! While an organization insists on its own identity providers, no change of its own may lock it out.

use domain::SsoPolicy;
use domain::sso::{SsoLoss, SsoReadiness};
use store::{StoreError, TenantTx};

use crate::problem::{Code, Problem};

/// How things stood before a change.
pub(super) struct WayBack {
    policy: SsoPolicy,
    readiness: SsoReadiness,
}

impl WayBack {
    /// Under the lock on the members, so that nobody changes the one while somebody else changes the other.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn before(tx: &mut TenantTx) -> Result<Self, StoreError> {
        let customer = tx.customer().await?;
        Ok(Self {
            policy: customer.map_or(SsoPolicy::Off, |customer| customer.sso),
            readiness: tx.sso_readiness().await?,
        })
    }

    /// After the change, in its transaction, which is not committed if this refuses.
    ///
    /// # Errors
    /// 409 when the change takes the last identity provider that is known to work, or the last administrator who could
    /// break the glass.
    pub(super) async fn keep(self, tx: &mut TenantTx) -> Result<(), Problem> {
        let after = tx.sso_readiness().await?;
        Ok(self.readiness.keep(self.policy, after)?)
    }
}

impl From<SsoLoss> for Problem {
    fn from(refusal: SsoLoss) -> Self {
        Self::new(Code::SsoEnforced).detail(refusal)
    }
}
