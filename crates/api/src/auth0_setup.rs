//! `tenantry tenant`: an Auth0 tenant as the product needs it, from one machine credential.
//!
//! What is there already is adopted by its name. Nothing is deleted, and what others keep beside ours (addresses,
//! permissions, Actions, roles) stays.

mod document;
mod environment;
mod fingerprint;
mod found;
mod items;
mod patience;
mod repair;
pub mod scopes;
mod target;
mod yaml;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use management::{CONFIGURATION_SCOPES, Client};
use serde_json::{Value, json};

use environment::Environment;
use found::Found;
use items::{Item, Renewal, compare};
pub use target::Target;

use crate::config::{self, ConfigError, OWN_SECRETS};

/// Each round carries out what the round before made possible; Auth0 builds Actions in between.
const MOST_ROUNDS: usize = 60;

/// sysexits.h, a service is unavailable: whether anything differs is not known.
const UNSEEN: u8 = 69;
/// sysexits.h, as of every other command.
const MISCONFIGURED: u8 = 78;

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Print what differs from what the product needs; exit code 2 when anything does
    Plan(Options),
    /// Make it so, and write what the product must know into the environment file
    Apply(Options),
    /// Verify that nothing differs; exit code 1 when anything does, another when it could not be seen
    Check(Options),
    /// Write the same as a folder for Auth0's own auth0-deploy-cli; reads nothing from the tenant
    Export {
        /// Made where it is missing
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Where the product's variables are kept; apply creates it, readable by its owner only
    #[arg(long, value_name = "FILE", default_value = ".env")]
    env_file: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write all secrets again, also those that differ in nothing that Auth0 shows
    #[arg(long)]
    renew_secrets: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SetupFailure {
    #[error("{count} of these differ from what the product needs; {}", remedy(*count, *by_hand))]
    Differs {
        count: usize,
        /// Those that only a person can mend.
        by_hand: usize,
        exit_code: u8,
    },
    #[error(
        "the application of AUTH0_SETUP_CLIENT_ID has not all scopes that it needs at the Management API: grant it {} at \
         Auth0, Applications, APIs",
        .0.join(" ")
    )]
    Scopes(Vec<&'static str>),
    #[error("the tenant still differs after everything was changed that could be")]
    DoesNotSettle,
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("Auth0")]
    Auth0(#[from] management::Error),
    #[error("the Management API's client cannot be made")]
    Client(#[from] management::ConfigError),
    #[error("{0} cannot be written or read")]
    File(PathBuf, #[source] std::io::Error),
    #[error("cannot write")]
    Io(#[from] std::io::Error),
}

impl SetupFailure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Differs { exit_code, .. } => *exit_code,
            Self::DoesNotSettle => 1,
            Self::Config(_) => MISCONFIGURED,
            Self::Scopes(_) | Self::Auth0(_) | Self::Client(_) | Self::File(..) | Self::Io(_) => {
                UNSEEN
            }
        }
    }
}

fn remedy(count: usize, by_hand: usize) -> String {
    match by_hand {
        0 => "`tenantry tenant apply` mends them".into(),
        _ if by_hand == count => "they can only be mended by hand".into(),
        _ => format!("`tenantry tenant apply` mends all but {by_hand}"),
    }
}

/// Prints a line for each thing, and below it what differs.
///
/// # Errors
/// Something differs, or Auth0 cannot be reached or does not allow it.
pub async fn run(verb: Verb, target: &Target, out: &mut impl Write) -> Result<(), SetupFailure> {
    let client = Client::new(&target.management())?;
    let (options, exit_code) = match verb {
        Verb::Export { folder } => return export(target, &folder, out),
        Verb::Apply(options) => return apply(&client, target, &options, out).await,
        Verb::Plan(options) => (options, 2),
        Verb::Check(options) => (options, 1),
    };
    let environment = environment(target, &options)?;
    may(&client, |scope| scope.starts_with("read:")).await?;
    let found = Found::read(&client, target, &environment).await?;
    let renewal = Renewal::of(options.renew_secrets);
    let items = compare(&found, target, &environment, renewal);
    report(&items, options.json, exit_code, out)
}

/// With the secrets that are kept elsewhere, each as `serve` and `work` take it.
fn environment(target: &Target, options: &Options) -> Result<Environment, SetupFailure> {
    let mut environment = Environment::read(&options.env_file)?;
    environment.take(&target.own_secrets);
    // The file holds the secrets themselves.
    let kept = |name: &str| OWN_SECRETS.contains(&name).then(|| environment.get(name));
    config::own_secrets(&|name| kept(name).flatten())?;
    Ok(environment)
}

/// All that are missing at once, instead of one refused call after the other.
async fn may(client: &Client, needed: impl Fn(&str) -> bool) -> Result<(), SetupFailure> {
    let Some(granted) = patience::read(|| client.granted_scopes()).await? else {
        return Ok(());
    };
    let has = |scope: &str| granted.iter().any(|granted| granted == scope);
    let all = CONFIGURATION_SCOPES.iter().copied();
    let missing: Vec<_> = all.filter(|scope| needed(scope) && !has(scope)).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(SetupFailure::Scopes(missing)),
    }
}

fn export(target: &Target, folder: &Path, out: &mut impl Write) -> Result<(), SetupFailure> {
    for connection in items::export(target, folder)? {
        writeln!(
            out,
            "not in it: connection {connection}, to be offered by {}",
            target.service_name.as_ref()
        )?;
    }
    writeln!(out, "{}", folder.join("tenant.yaml").display())?;
    Ok(())
}

async fn apply(
    client: &Client,
    target: &Target,
    options: &Options,
    out: &mut impl Write,
) -> Result<(), SetupFailure> {
    let mut environment = environment(target, options)?;
    may(client, |_| true).await?;
    // Kept before anything is told to Auth0, so that nothing it was told is lost.
    environment.invent_secrets();
    environment.save()?;
    let mut renewal = Renewal::of(options.renew_secrets);
    for round in 0..MOST_ROUNDS {
        let found = Found::read(client, target, &environment).await?;
        found.note(target, &mut environment);
        environment.save()?;
        let items = compare(&found, target, &environment, renewal);
        let Some(stage) = items.iter().filter_map(Item::stage).min() else {
            if items.iter().any(Item::waits) {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            return report(&items, options.json, 1, out);
        };
        // What only a person can mend is said before anything is made.
        let is_said = |item: &&Item| round == 0 && item.is_wrong();
        for item in items.iter().filter(is_said) {
            if !options.json {
                writeln!(out, "{item}")?;
            }
        }
        for item in items.iter().filter(|item| item.stage() == Some(stage)) {
            if !options.json {
                writeln!(out, "{item}")?;
            }
            item.make(client).await?;
        }
        renewal.is_made(stage);
    }
    Err(SetupFailure::DoesNotSettle)
}

fn report(
    items: &[Item],
    as_json: bool,
    exit_code: u8,
    out: &mut impl Write,
) -> Result<(), SetupFailure> {
    print(items, as_json, out)?;
    match items.iter().filter(|item| !item.is_right()).count() {
        0 => Ok(()),
        count => Err(SetupFailure::Differs {
            count,
            by_hand: items.iter().filter(|item| item.is_wrong()).count(),
            exit_code,
        }),
    }
}

fn print(items: &[Item], as_json: bool, out: &mut impl Write) -> Result<(), SetupFailure> {
    if as_json {
        let items: Vec<Value> = items.iter().map(Item::json).collect();
        writeln!(out, "{:#}", json!({ "items": items }))?;
        return Ok(());
    }
    for item in items {
        writeln!(out, "{item}")?;
    }
    Ok(())
}
