//! One Action, run once: a fresh JavaScript engine with limits on time, memory and stack.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Function, Object, Promise, Runtime};
use serde::Deserialize;
use serde_json::Value;

use super::host::Host;
use crate::post_login::MfaRequest;
use crate::tenant::Metadata;

const HARNESS: &str = include_str!("harness.js");
const AUTH0: &str = include_str!("auth0.js");

/// What one execution may use. Auth0 stops a whole trigger after 20 seconds; ours is stopped earlier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) time: Duration,
    /// Bytes.
    pub(crate) memory: usize,
    /// Bytes; well below the two MiB of the thread that runs it.
    pub(crate) stack: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(5),
            memory: 32 << 20,
            stack: 512 << 10,
        }
    }
}

/// What one Action asked for through `api`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    pub(crate) denied: Option<String>,
    pub(crate) mfa: Option<MfaRequest>,
    pub(crate) id_token_claims: Metadata,
    pub(crate) access_token_claims: Metadata,
    pub(crate) scopes_added: Vec<String>,
    pub(crate) scopes_removed: Vec<String>,
    pub(crate) app_metadata: Metadata,
    pub(crate) user_metadata: Metadata,
    pub(crate) transaction_metadata: Metadata,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ActionError {
    #[error("the Action took too long")]
    TooLong,
    /// Its promise can never be settled.
    #[error("the Action waits for something that never happens")]
    NeverEnds,
    /// The exception's message.
    #[error("{0}")]
    Threw(String),
}

/// Blocks for as long as the Action runs; belongs on a thread that may block.
pub(crate) fn run(
    source: &str,
    event: &Value,
    host: &Arc<Host>,
    budget: Budget,
) -> Result<Asked, ActionError> {
    let late = Arc::new(AtomicBool::new(false));
    let outcome = run_limited(source, event, host, budget, &late);
    if late.load(Ordering::SeqCst) {
        Err(ActionError::TooLong)
    } else {
        outcome
    }
}

fn run_limited(
    source: &str,
    event: &Value,
    host: &Arc<Host>,
    budget: Budget,
    late: &Arc<AtomicBool>,
) -> Result<Asked, ActionError> {
    let engine = |error: rquickjs::Error| ActionError::Threw(error.to_string());
    let runtime = Runtime::new().map_err(engine)?;
    runtime.set_memory_limit(budget.memory);
    runtime.set_max_stack_size(budget.stack);
    let (deadline, late) = (Instant::now() + budget.time, Arc::clone(late));
    runtime.set_interrupt_handler(Some(Box::new(move || {
        let over = Instant::now() >= deadline;
        late.fetch_or(over, Ordering::SeqCst);
        over
    })));
    let context = Context::full(&runtime).map_err(engine)?;
    context.with(|ctx| {
        let asked = execute(&ctx, source, event, host);
        let text = asked.catch(&ctx).map_err(|error| thrown(&error))?;
        serde_json::from_str(&text).map_err(|error| ActionError::Threw(error.to_string()))
    })
}

fn execute(
    ctx: &Ctx<'_>,
    source: &str,
    event: &Value,
    host: &Arc<Host>,
) -> rquickjs::Result<String> {
    let globals = host_object(ctx, host)?;
    let auth0: Function<'_> = ctx.eval(AUTH0)?;
    let auth0: Object<'_> = auth0.call((globals.clone(),))?;
    globals.set("auth0", auth0)?;
    let harness: Function<'_> = ctx.eval(HARNESS)?;
    let run: Function<'_> = harness.call((globals,))?;
    // The line break ends a comment in the last line; the opening is on the first so that line numbers stay.
    let module = format!("(function (exports, require, module, console) {{{source}\n}})");
    let mut options = EvalOptions::default();
    // CommonJS modules are sloppy unless they say otherwise.
    options.strict = false;
    let load: Function<'_> = ctx.eval_with_options(module, options)?;
    let promise: Promise<'_> = run.call((load, event.to_string()))?;
    promise.finish()
}

fn host_object<'js>(ctx: &Ctx<'js>, host: &Arc<Host>) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let this = Arc::clone(host);
    object.set("now", Function::new(ctx.clone(), move || this.now_ms())?)?;
    let this = Arc::clone(host);
    object.set(
        "log",
        Function::new(ctx.clone(), move |line: String| this.log(&line))?,
    )?;
    let this = Arc::clone(host);
    let call = move |client: String, request: String| this.management(&client, &request);
    object.set("management", Function::new(ctx.clone(), call)?)?;
    let this = Arc::clone(host);
    object.set(
        "cacheGet",
        Function::new(ctx.clone(), move |key: String| this.cache_get(&key))?,
    )?;
    let this = Arc::clone(host);
    let set = move |key: String, value: String, ttl: f64| this.cache_set(key, value, ttl);
    object.set("cacheSet", Function::new(ctx.clone(), set)?)?;
    let this = Arc::clone(host);
    object.set(
        "cacheDelete",
        Function::new(ctx.clone(), move |key: String| this.cache_delete(&key))?,
    )?;
    Ok(object)
}

fn thrown(error: &CaughtError<'_>) -> ActionError {
    match error {
        CaughtError::Error(rquickjs::Error::WouldBlock) => ActionError::NeverEnds,
        CaughtError::Error(error) => ActionError::Threw(error.to_string()),
        CaughtError::Exception(exception) => ActionError::Threw(
            exception
                .message()
                .unwrap_or_else(|| "the Action failed".to_owned()),
        ),
        CaughtError::Value(value) => {
            let text = value.as_string().and_then(|text| text.to_string().ok());
            ActionError::Threw(text.unwrap_or_else(|| "the Action failed".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
