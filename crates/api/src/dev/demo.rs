//! `tenantry demo`: plays the journey from trial to organization over HTTP, and proves each step from outside.

mod browser;
mod changes;
mod enterprise;
mod failure;
mod forms;
mod journey;
mod organization;
mod purchase;
mod refusals;
mod report;
mod story;
mod team;
mod tenant;
mod tokens;
mod trial;
mod world;
mod wrong_click;
mod year;

pub use browser::{Browser, Page};
pub use failure::Failure;
pub use tokens::{Person, Provider, Tokens, log_in};
pub use world::World;

use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;

use url::Url;
use uuid::Uuid;

use super::stack::Stack;
use super::{DevArgs, DevError, LimitsArg};
use story::Story;
use world::{CLAIMS_NAMESPACE, CONSOLE};

#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// The API of a running `tenantry dev` or `serve`; without it one is looked for at the default ports, else started
    #[arg(long, value_name = "URL", requires = "sandbox")]
    pub api: Option<Url>,
    /// The sandbox that this API was told of
    #[arg(long, value_name = "URL", requires = "api")]
    pub sandbox: Option<Url>,
    /// The application that people log in to, as `tenantry tenant apply` made it
    #[arg(long, value_name = "ID", env = "AUTH0_CONSOLE_CLIENT_ID", default_value = CONSOLE)]
    pub client_id: String,
    /// Where `tenantry tenant apply` had the Actions write our claims
    #[arg(long, value_name = "URL", env = "CLAIMS_NAMESPACE", default_value = CLAIMS_NAMESPACE)]
    pub claims_namespace: String,
}

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Step(#[from] Failure),
    #[error(
        "no `tenantry dev` runs at the default ports, and one could not be started for the demo"
    )]
    Start(#[from] DevError),
}

/// Plays the whole journey.
///
/// # Errors
/// The first step that did not go as it should, with what was expected and what came.
pub async fn run(args: DemoArgs, output: &mut impl Write) -> Result<(), DemoError> {
    let defaults = DevArgs::bare();
    if let (Some(api), Some(sandbox)) = (args.api, args.sandbox) {
        let world = World::new(api, sandbox)?;
        let world = world.with_client(&args.client_id);
        return play(world.with_claims_in(&args.claims_namespace), output).await;
    }
    if listens(defaults.port) && listens(defaults.sandbox_port) {
        let world = World::new(local(defaults.port), local(defaults.sandbox_port))?;
        return play(world, output).await;
    }
    let temporary =
        Temporary(std::env::temp_dir().join(format!("tenantry-demo-{}", Uuid::new_v4().simple())));
    let own = DevArgs {
        port: 0,
        sandbox_port: 0,
        sandbox_tls_port: 0,
        data: temporary.0.clone(),
        limits: LimitsArg::SelfService,
        ..defaults
    };
    let stack = Stack::start(&own).await?;
    let world = World::new(parse(stack.api_url()), parse(stack.sandbox_url()))?;
    let outcome = tokio::select! {
        outcome = play(world, output) => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted").into()),
    };
    stack.stop().await;
    outcome
}

async fn play(world: World, output: &mut impl Write) -> Result<(), DemoError> {
    let mut story = Story::new(world)?;
    let played = journey::play(&mut story, output).await;
    // Also after a failure: whoever uses this `dev` next expects today.
    let reset = story.reset_clock().await;
    played?;
    Ok(reset?)
}

fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn local(port: u16) -> Url {
    parse(&format!("http://localhost:{port}/"))
}

fn parse(base: &str) -> Url {
    Url::parse(base).expect("dev makes well-formed base URLs")
}

/// A directory that goes when the demo ends.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left lies in the system's temporary directory.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
