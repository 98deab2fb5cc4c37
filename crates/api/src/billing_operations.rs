//! `tenantry billing dead-letters` and `replay`: what an operator sees of events and jobs that were set aside, and how
//! they are tried again. Needs the variables of `tenantry work`; the running workers do the work.

use std::io::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use store::Store;

use crate::jobs::kind;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Replay {
    /// An event that lies in the inbox
    event_id: Option<String>,
    /// Every event that was quarantined
    #[arg(long)]
    quarantined: bool,
    /// Every job that was parked
    #[arg(long)]
    parked: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum OperationFailure {
    #[error("cannot write")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("event {0} is not in the inbox; what Stripe still has is found by the catch-up")]
    UnknownEvent(String),
}

/// One line of JSON for each, oldest first.
///
/// # Errors
/// The database failed, or nobody reads.
pub async fn dead_letters(store: &Store, out: &mut impl Write) -> Result<(), OperationFailure> {
    for letter in store.dead_letters().await? {
        let line = serde_json::json!({
            "kind": letter.kind,
            "id": letter.id,
            "since": letter.since,
            "what": letter.what,
            "note": letter.note,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Replaying is harmless: each event only asks for its object to be read again.
///
/// # Errors
/// The database failed, or no such event is stored.
pub async fn replay(
    store: &Store,
    what: &Replay,
    now: DateTime<Utc>,
    out: &mut impl Write,
) -> Result<(), OperationFailure> {
    let mut replayed = 0_u64;
    if what.parked {
        for kind in kind::ALL {
            replayed += store.unpark_jobs(kind, now).await?;
        }
    } else if what.quarantined {
        for letter in store.dead_letters().await? {
            if letter.kind == "event" && store.replay_stripe_event(&letter.id, now).await? {
                replayed += 1;
            }
        }
    } else if let Some(event_id) = &what.event_id {
        if !store.replay_stripe_event(event_id, now).await? {
            return Err(OperationFailure::UnknownEvent(event_id.clone()));
        }
        replayed = 1;
    }
    writeln!(out, "{replayed} replayed")?;
    Ok(())
}
