//! Provisioning: an identity provider creates, changes and ends its people's accounts by SCIM.

use serde::{Deserialize, Serialize};

use crate::identity_provider::Strategy;

/// Live tokens of one identity provider, so that one can take the place of the other.
pub const MAX_TOKENS: usize = 2;

/// A token that is given an end lives longer than a quarter of an hour, and at most ten years.
pub const TOKEN_SECONDS: std::ops::RangeInclusive<u32> = 901..=315_360_000;

/// One attribute of a person, as the provider sends it and as their account has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub provisioning_field: String,
    pub user_attribute: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Auth0 offers provisioning for oidc, samlp, okta and waad.")]
pub struct NotProvisionable;

/// # Errors
/// Auth0 offers none for it.
pub fn provisionable(strategy: Strategy) -> Result<(), NotProvisionable> {
    match strategy {
        Strategy::Oidc | Strategy::Samlp | Strategy::Okta | Strategy::Waad => Ok(()),
        Strategy::GoogleApps | Strategy::Adfs | Strategy::PingFederate => Err(NotProvisionable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_strategies_can_be_provisioned() {
        for strategy in [
            Strategy::Oidc,
            Strategy::Samlp,
            Strategy::Okta,
            Strategy::Waad,
        ] {
            assert_eq!(provisionable(strategy), Ok(()));
        }
        assert_eq!(provisionable(Strategy::Adfs), Err(NotProvisionable));
    }
}
