//! Runs Auth0 Actions: the files of `actions/`, unmodified, in an embedded JavaScript engine.

mod control;
mod host;
mod load;
mod plant;
mod run;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;

pub(crate) use control::routes;
pub(crate) use load::{LoadError, default_secrets};
pub(crate) use plant::plant;

use crate::config::SandboxConfig;
use crate::post_login::{PostLogin, PostLoginOutcome};
use crate::state::State;
use host::{Cache, Host};
use load::Source;
use run::{ActionError, Asked, Budget};

/// Auth0's limit on a whole trigger.
const TRIGGER_LIMIT: Duration = Duration::from_secs(20);

/// Limit on each call that an Action makes to the Management API.
const CALL_LIMIT: Duration = Duration::from_secs(4);

pub(crate) struct Engine {
    /// The product's own, in binding order.
    sources: Vec<Source>,
    cache: Cache,
    http: reqwest::Client,
}

impl Engine {
    /// # Errors
    /// An Action's file cannot be read.
    pub(crate) fn load(config: &SandboxConfig) -> Result<Self, LoadError> {
        let sources = match &config.actions_dir {
            Some(folder) => load::from_folder(folder)?,
            None => load::embedded(),
        };
        let http = reqwest::Client::builder()
            .timeout(CALL_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(LoadError::Http)?;
        Ok(Self {
            sources,
            cache: Cache::default(),
            http,
        })
    }
}

/// Runs every Action in binding order. A denial or an exception ends the login after the Action that caused it.
pub(crate) async fn post_login(state: &State, login: &PostLogin) -> PostLoginOutcome {
    trigger(state, login.event.clone(), login.mfa_is_done)
        .await
        .outcome
}

/// Everything a run of the trigger left behind.
#[derive(Default)]
struct Run {
    outcome: PostLoginOutcome,
    scopes_added: Vec<String>,
    scopes_removed: Vec<String>,
    /// Action and what it wrote to the console.
    logs: Vec<(String, String)>,
}

async fn trigger(state: &State, event: Value, mfa_is_done: bool) -> Run {
    let state = state.clone();
    let handle = Handle::current();
    // JavaScript runs on a thread that may block, never on one that serves requests.
    let running = tokio::task::spawn_blocking(move || run_all(&state, event, mfa_is_done, &handle));
    match tokio::time::timeout(TRIGGER_LIMIT, running).await {
        Ok(Ok(run)) => run,
        Ok(Err(_)) => failed("the Actions crashed"),
        Err(_) => failed("the Actions took too long"),
    }
}

fn failed(message: &str) -> Run {
    tracing::warn!(message, "the post-login trigger failed");
    Run {
        outcome: PostLoginOutcome {
            denied: Some(message.to_owned()),
            ..PostLoginOutcome::default()
        },
        ..Run::default()
    }
}

fn run_all(state: &State, mut event: Value, mfa_is_done: bool, runtime: &Handle) -> Run {
    let mut run = Run::default();
    for action in load::bound(state) {
        event["secrets"] = action.secrets;
        let host = Arc::new(host(state, runtime));
        let result = run::run(&action.code, &event, &host, Budget::default());
        let logged = host
            .logged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        run.logs.push((action.name.clone(), logged));
        match result {
            Ok(mut asked) => {
                if mfa_is_done {
                    asked.mfa = None;
                }
                carry_transaction(&mut event, &asked);
                run.absorb(asked);
            }
            Err(error) => run.fail(&action.name, &error),
        }
        // The others run once the second factor is proved, after those before it ran again.
        if run.outcome.denied.is_some() || run.outcome.mfa.is_some() {
            break;
        }
    }
    run
}

fn host(state: &State, runtime: &Handle) -> Host {
    let engine = state.actions();
    let hosts = state.hosts();
    let bases = [Some(&hosts.http), hosts.https.as_ref()];
    Host {
        clock: state.clock().clone(),
        cache: Arc::clone(&engine.cache),
        http: engine.http.clone(),
        own_bases: bases
            .into_iter()
            .flatten()
            .map(|base| base.trim_end_matches('/').to_owned())
            .collect(),
        runtime: runtime.clone(),
        logged: Mutex::default(),
    }
}

/// Transaction metadata is the one thing that the next Action sees of an earlier one.
fn carry_transaction(event: &mut Value, asked: &Asked) {
    if asked.transaction_metadata.is_empty() {
        return;
    }
    if !event["transaction"].is_object() {
        event["transaction"] = json!({});
    }
    let metadata = &mut event["transaction"]["metadata"];
    if !metadata.is_object() {
        *metadata = json!({});
    }
    for (name, value) in &asked.transaction_metadata {
        metadata[name.as_str()] = value.clone();
    }
}

impl Run {
    fn absorb(&mut self, asked: Asked) {
        let outcome = &mut self.outcome;
        outcome.denied = asked.denied;
        outcome.mfa = asked.mfa;
        outcome.id_token_claims.extend(asked.id_token_claims);
        outcome
            .access_token_claims
            .extend(asked.access_token_claims);
        outcome.app_metadata.extend(asked.app_metadata);
        outcome.user_metadata.extend(asked.user_metadata);
        self.scopes_added.extend(asked.scopes_added);
        self.scopes_removed.extend(asked.scopes_removed);
    }

    /// An exception fails the login, as at Auth0; what the Actions before it asked for is not carried out.
    fn fail(&mut self, action: &str, error: &ActionError) {
        tracing::warn!(action, %error, "an Action failed");
        let denied = Some(error.to_string());
        self.outcome = PostLoginOutcome {
            denied,
            ..PostLoginOutcome::default()
        };
    }
}
