//! `tenantry billing`: Stripe's products, prices, webhook and portal as `domain::catalogue` wants them.
//!
//! A price is never edited. Another amount is another price, to which the lookup key moves; subscriptions that run keep
//! the price that they began with.

mod account;
mod comparison;
mod repair;

use std::io::Write;

use clap::Subcommand;
use uuid::Uuid;

use super::{Client, Error};
use crate::config::StripeAccount;
use account::Account;
use comparison::{Item, compare};

/// Where Stripe posts its events, under `PUBLIC_URL`.
const WEBHOOK_PATH: &str = "webhooks/stripe";

/// Products come before their prices, and both before the rest; one round more finds nothing to do.
const MOST_ROUNDS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Verb {
    /// Print what differs from the catalogue; exit code 2 when anything does
    Plan,
    /// Make it so
    Apply,
    /// Verify that nothing differs; exit code 1 when anything does
    Check,
}

#[derive(Debug, thiserror::Error)]
pub enum SyncFailure {
    #[error("{count} of these differ from the catalogue")]
    Differs { count: usize, exit_code: u8 },
    #[error("Stripe still differs from the catalogue after everything was changed")]
    DoesNotSettle,
    #[error("the webhook's address cannot be made from PUBLIC_URL")]
    Address,
    #[error("Stripe")]
    Stripe(#[from] Error),
    #[error("cannot write")]
    Io(#[from] std::io::Error),
}

impl SyncFailure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Differs { exit_code, .. } => *exit_code,
            Self::DoesNotSettle | Self::Address | Self::Stripe(_) | Self::Io(_) => 1,
        }
    }
}

/// Prints a line for each item.
///
/// # Errors
/// Something differs, or Stripe cannot be reached.
pub async fn run(
    verb: Verb,
    settings: &StripeAccount,
    out: &mut impl Write,
) -> Result<(), SyncFailure> {
    let client = Client::new(settings.api_url.clone(), settings.secret_key.clone())?;
    let webhook = settings
        .public_url
        .join(WEBHOOK_PATH)
        .map_err(|_| SyncFailure::Address)?;
    let exit_code = match verb {
        Verb::Apply => return apply(&client, webhook.as_str(), out).await,
        Verb::Plan => 2,
        Verb::Check => 1,
    };
    let items = compare(&Account::read(&client).await?, webhook.as_str());
    for item in &items {
        writeln!(out, "{item}")?;
    }
    match items.iter().filter(|item| item.repair.is_some()).count() {
        0 => Ok(()),
        count => Err(SyncFailure::Differs { count, exit_code }),
    }
}

async fn apply(client: &Client, webhook: &str, out: &mut impl Write) -> Result<(), SyncFailure> {
    for _ in 0..MOST_ROUNDS {
        let items = compare(&Account::read(client).await?, webhook);
        let Some(stage) = items.iter().filter_map(Item::stage).min() else {
            for item in &items {
                writeln!(out, "{item}")?;
            }
            return Ok(());
        };
        for item in items.iter().filter(|item| item.stage() == Some(stage)) {
            writeln!(out, "{item}")?;
            if let Some(repair) = &item.repair {
                let secret = repair.make(client, &Uuid::now_v7().to_string()).await?;
                if let Some(secret) = secret {
                    writeln!(
                        out,
                        "        its secret, shown this once, for STRIPE_WEBHOOK_SECRETS: {secret}"
                    )?;
                }
            }
        }
    }
    Err(SyncFailure::DoesNotSettle)
}
