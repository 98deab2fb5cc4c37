//! Runs Auth0 Actions.

use crate::config::SandboxConfig;
use crate::post_login::{PostLogin, PostLoginOutcome};
use crate::state::State;

/// Why the Actions could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {}

pub(crate) struct Engine;

impl Engine {
    pub(crate) fn load(_config: &SandboxConfig) -> Result<Self, LoadError> {
        Ok(Self)
    }
}

pub(crate) async fn post_login(_state: &State, _login: &PostLogin) -> PostLoginOutcome {
    PostLoginOutcome::default()
}
