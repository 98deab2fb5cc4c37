//! The post-login trigger: what Actions are told, what they may answer, and how the answer is applied.

use serde_json::Value;

use crate::tenant::Metadata;

/// One run of the trigger.
pub(crate) struct PostLogin {
    /// Auth0's post-login `event`, version 3, without `secrets`: those are each Action's own.
    pub(crate) event: Value,
}

/// What all Actions together asked for. A metadata value of `null` removes the key.
#[derive(Clone, Debug, Default)]
pub(crate) struct PostLoginOutcome {
    /// The reason given to `api.access.deny`.
    pub(crate) denied: Option<String>,
    pub(crate) id_token_claims: Metadata,
    pub(crate) access_token_claims: Metadata,
    pub(crate) app_metadata: Metadata,
    pub(crate) user_metadata: Metadata,
}
