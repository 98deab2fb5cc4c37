//! The post-login trigger: what Actions are told, what they may answer, and how the answer is applied. It runs at
//! every login, silent login and refresh, before any token is made.

mod event;
mod restricted;

use serde::Deserialize;
use serde_json::Value;

use crate::actions;
use crate::state::State;
use crate::tenant::{Metadata, Tenant};

pub(crate) use event::{RequestFacts, Trigger};

/// One run of the trigger.
pub(crate) struct PostLogin {
    /// Auth0's post-login `event`, version 3, without `secrets`: those are each Action's own.
    pub(crate) event: Value,
    /// A second factor was proved in this login: whoever asks for one goes on at once.
    pub(crate) mfa_is_done: bool,
}

/// A second factor that an Action asks for.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MfaRequest {
    /// Any of these.
    pub(crate) factors: Vec<String>,
    /// Whoever has none of them cannot enrol one now.
    pub(crate) only_enrolled: bool,
}

/// What all Actions together asked for. A metadata value of `null` removes the key.
#[derive(Clone, Debug, Default)]
pub(crate) struct PostLoginOutcome {
    /// The reason given to `api.access.deny`.
    pub(crate) denied: Option<String>,
    pub(crate) mfa: Option<MfaRequest>,
    pub(crate) id_token_claims: Metadata,
    pub(crate) access_token_claims: Metadata,
    pub(crate) app_metadata: Metadata,
    pub(crate) user_metadata: Metadata,
}

/// The custom claims of the tokens to come; what may not be set is gone already.
#[derive(Default)]
pub(crate) struct CustomClaims {
    pub(crate) id_token: Metadata,
    pub(crate) access_token: Metadata,
}

/// The login does not simply go on.
pub(crate) enum Stopped {
    /// An Action refused it; its reason.
    Denied(String),
    /// An Action wants a second factor, and runs again once it is proved.
    Mfa(MfaRequest),
}

/// Runs the Actions and applies what they asked for. Metadata is kept even when the login is denied.
pub(crate) async fn run(state: &State, trigger: &Trigger<'_>) -> Result<CustomClaims, Stopped> {
    let login = PostLogin {
        event: state.read(|tenant| event::build(tenant, trigger)),
        mfa_is_done: trigger.mfa_is_done,
    };
    let outcome = actions::post_login(state, &login).await;
    if !(outcome.app_metadata.is_empty() && outcome.user_metadata.is_empty()) {
        let now = state.clock().now();
        state.write(|tenant| keep_metadata(tenant, trigger.user_id, &outcome, now));
    }
    match (outcome.denied, outcome.mfa) {
        (Some(reason), _) => Err(Stopped::Denied(reason)),
        (None, Some(request)) => Err(Stopped::Mfa(request)),
        (None, None) => Ok(CustomClaims {
            id_token: restricted::without_restricted(outcome.id_token_claims),
            access_token: restricted::without_restricted(outcome.access_token_claims),
        }),
    }
}

fn keep_metadata(
    tenant: &mut Tenant,
    user_id: &str,
    outcome: &PostLoginOutcome,
    now: chrono::DateTime<chrono::Utc>,
) {
    let Some(user) = tenant.users.get_mut(user_id) else {
        return;
    };
    merge(&mut user.app_metadata, &outcome.app_metadata);
    merge(&mut user.user_metadata, &outcome.user_metadata);
    user.updated_at = now;
}

/// Auth0 merges a user's metadata at the first level only; `null` removes.
pub(crate) fn merge(kept: &mut Metadata, changes: &Metadata) {
    for (key, value) in changes {
        if value.is_null() {
            kept.remove(key);
        } else {
            kept.insert(key.clone(), value.clone());
        }
    }
}
