//! `tenantry`: one binary for the laptop and for production.

use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use api::auth0_setup::{self, SetupFailure, Target};
use api::billing::catalogue_sync::{self, SyncFailure, Verb};
use api::billing_operations;
use api::clock::Clock;
use api::config::{Config, ConfigError, Database, Http, StripeAccount};
use api::healthcheck;
use api::metrics::{self, MetricsError};
use api::prove::{self, Proof};
use api::server::{self, Server, ServerOptions, StartError};
use api::{openapi, telemetry};
use clap::{Parser, Subcommand};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

/// sysexits.h: something in the configuration is wrong.
const EX_CONFIG: u8 = 78;

#[derive(Parser)]
#[command(
    name = "tenantry",
    version,
    about = "The backend of a B2B SaaS on Auth0 Organizations"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine, with no account anywhere (the default)
    #[cfg(feature = "dev")]
    Dev(api::dev::DevArgs),
    /// Run what stands in for Auth0 and Stripe alone, for a `serve` and a `work` beside it
    #[cfg(feature = "dev")]
    Sandbox(api::dev::SandboxArgs),
    /// Play the whole journey over HTTP, a line per step
    #[cfg(feature = "dev")]
    Demo(api::dev::demo::DemoArgs),
    /// Run the API
    Serve {
        /// Run the jobs in this process too
        #[arg(long)]
        with_worker: bool,
        #[command(flatten)]
        time: Time,
    },
    /// Run the worker
    Work {
        #[command(flatten)]
        time: Time,
    },
    /// Ask the API on this machine whether it is ready, for the health check of a container
    Healthcheck,
    /// Apply the migrations and prove the rules of the schema
    Migrate,
    /// Print the OpenAPI document
    Openapi,
    /// Bring an Auth0 tenant to what the product needs, from one machine credential
    Tenant {
        #[command(subcommand)]
        verb: auth0_setup::Verb,
    },
    /// Bring Stripe's account to the catalogue; see what of Stripe's news was set aside, and try it again
    Billing {
        #[command(subcommand)]
        operation: BillingOperation,
    },
    /// Run one of the proofs and print one JSON line with its figure
    Prove {
        #[command(subcommand)]
        proof: Proof,
    },
}

#[derive(clap::Args)]
struct Time {
    /// Go by the clock of a `tenantry sandbox`, which keeps it in `sandbox/clock` of its data directory
    #[cfg(feature = "dev")]
    #[arg(long = "clock", value_name = "FILE")]
    file: Option<std::path::PathBuf>,
}

impl Time {
    fn clock(&self) -> Result<Clock, Failure> {
        #[cfg(feature = "dev")]
        if let Some(file) = &self.file {
            return Clock::followed(file)
                .map_err(|error| format!("no clock in {}: {error}", file.display()).into());
        }
        Ok(Clock::System)
    }
}

#[derive(Subcommand)]
enum BillingOperation {
    #[command(flatten)]
    Catalogue(Verb),
    /// Print events that were quarantined and jobs that were parked, one JSON line each
    DeadLetters,
    /// Consider an event again, all that were quarantined, or all parked jobs
    Replay(billing_operations::Replay),
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(failure.as_ref()),
    }
}

fn run(command: Option<Command>) -> Result<(), Failure> {
    let runtime = actix_web::rt::System::new();
    runtime.block_on(async {
        match command {
            #[cfg(feature = "dev")]
            None => dev(api::dev::DevArgs::bare()).await,
            #[cfg(not(feature = "dev"))]
            None => Err("name a command: serve, work, migrate, tenant, billing or openapi".into()),
            #[cfg(feature = "dev")]
            Some(Command::Dev(args)) => dev(args).await,
            #[cfg(feature = "dev")]
            Some(Command::Sandbox(args)) => {
                Ok(api::dev::sandbox_alone::run(args, &mut std::io::stdout()).await?)
            }
            #[cfg(feature = "dev")]
            Some(Command::Demo(args)) => {
                Ok(api::dev::demo::run(args, &mut std::io::stdout()).await?)
            }
            Some(Command::Serve { with_worker, time }) => serve(with_worker, time.clock()?).await,
            Some(Command::Work { time }) => work(time.clock()?).await,
            Some(Command::Healthcheck) => {
                Ok(healthcheck::run(Http::bind_address_from_process()?).await?)
            }
            Some(Command::Migrate) => migrate().await,
            Some(Command::Openapi) => Ok(write!(std::io::stdout(), "{}", openapi::json())?),
            Some(Command::Tenant { verb }) => {
                let target = Target::from_process()?;
                Ok(auth0_setup::run(verb, &target, &mut std::io::stdout()).await?)
            }
            Some(Command::Billing { operation }) => billing(operation).await,
            Some(Command::Prove { proof }) => Ok(prove::run(proof, &mut std::io::stdout())?),
        }
    })
}

#[cfg(feature = "dev")]
async fn dev(args: api::dev::DevArgs) -> Result<(), Failure> {
    Ok(api::dev::run(args, &mut std::io::stdout()).await?)
}

async fn serve(with_worker: bool, clock: Clock) -> Result<(), Failure> {
    let config = Config::from_process()?;
    telemetry::init(&config.log);
    count(&config)?;
    let (address, drain) = (config.http.bind_address, config.http.shutdown_drain);
    let listener = TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::start(ServerOptions {
        config,
        clock,
        listener,
        with_worker,
    })
    .await?;
    tracing::info!(address = %server.address(), "serving");
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        // Whoever signals again does not want to wait.
        _ = terminate.recv() => tokio::select! {
            () = server.leave(drain) => {}
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        },
    }
    server.stop().await;
    Ok(())
}

async fn work(clock: Clock) -> Result<(), Failure> {
    let config = Arc::new(Config::from_process()?);
    telemetry::init(&config.log);
    count(&config)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let worker = server::start_worker(config, clock).await?;
    tracing::info!("working");
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    worker.stop().await;
    Ok(())
}

/// For Prometheus, where it has an address to read at.
fn count(config: &Config) -> Result<(), MetricsError> {
    match config.metrics_address {
        Some(address) => metrics::serve(TcpListener::bind(address)?),
        None => Ok(()),
    }
}

async fn migrate() -> Result<(), Failure> {
    let database = Database::from_process()?;
    let report = store::migrate(database.admin()?, &database.role_passwords()?).await?;
    for name in &report.applied {
        writeln!(std::io::stdout(), "applied {name}")?;
    }
    writeln!(
        std::io::stdout(),
        "the schema is at version {} and keeps its rules",
        report.version
    )?;
    Ok(())
}

async fn billing(operation: BillingOperation) -> Result<(), Failure> {
    let out = &mut std::io::stdout();
    match operation {
        BillingOperation::Catalogue(verb) => {
            let account = StripeAccount::from_process()?;
            catalogue_sync::run(verb, &account, out).await?;
        }
        BillingOperation::DeadLetters => {
            billing_operations::dead_letters(&worker_store().await?, out).await?;
        }
        BillingOperation::Replay(what) => {
            let (store, now) = (worker_store().await?, Clock::System.now());
            billing_operations::replay(&store, &what, now, out).await?;
        }
    }
    Ok(())
}

async fn worker_store() -> Result<Store, Failure> {
    Ok(server::worker_store(&Config::from_process()?).await?)
}

/// One line with everything below it; a wrong variable has an exit code of its own.
fn report(failure: &(dyn std::error::Error + 'static)) -> ExitCode {
    let mut line = failure.to_string();
    let mut is_configuration = is_configuration_error(failure);
    let mut source = failure.source();
    while let Some(cause) = source {
        // Some say what their cause says, too.
        if !line.ends_with(&cause.to_string()) {
            line = format!("{line}: {cause}");
        }
        is_configuration |= is_configuration_error(cause);
        source = cause.source();
    }
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "tenantry: {line}");
    if is_configuration {
        ExitCode::from(EX_CONFIG)
    } else if let Some(failure) = failure.downcast_ref::<SyncFailure>() {
        ExitCode::from(failure.exit_code())
    } else if let Some(failure) = failure.downcast_ref::<SetupFailure>() {
        ExitCode::from(failure.exit_code())
    } else {
        ExitCode::FAILURE
    }
}

/// A [`StartError`] that only hands one on is not above it in the chain, but in its place.
fn is_configuration_error(error: &(dyn std::error::Error + 'static)) -> bool {
    let starting = error.downcast_ref::<StartError>();
    error.is::<ConfigError>() || matches!(starting, Some(StartError::Config(_)))
}
