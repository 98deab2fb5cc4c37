//! How errors of the layers below look to a caller.

use store::StoreError;

use super::{Code, Problem};
use crate::billing;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            // The way to a database that is away is logged by whoever watches it, and once for each request here.
            StoreError::Unavailable(_) | StoreError::Contended(_) => {
                tracing::warn!(error = %super::Chain(&error), "the database did not serve");
                Self::new(Code::DatabaseUnavailable)
            }
            StoreError::Stale => {
                Self::new(Code::Conflict).detail("It was changed by somebody else; read it again.")
            }
            StoreError::Taken { .. }
            | StoreError::Forbidden { .. }
            | StoreError::Tenant(_)
            | StoreError::Unsettled
            | StoreError::Unreadable { .. }
            | StoreError::Boot(_)
            | StoreError::Lint(_)
            | StoreError::Migration(_)
            | StoreError::InvalidUrl(_)
            | StoreError::Task(_)
            | StoreError::Broken(_) => Self::internal(&error),
        }
    }
}

impl From<billing::Error> for Problem {
    fn from(error: billing::Error) -> Self {
        if error.is_retryable() {
            tracing::warn!(%error, "the payment provider did not serve");
            Self::new(Code::BillingUnavailable)
        } else {
            Self::internal(&error)
        }
    }
}
