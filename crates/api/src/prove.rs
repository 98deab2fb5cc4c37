//! `tenantry prove`: proofs that anybody can run again. Each prints one JSON line with its figure.

mod audit;

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Proof {
    /// Verify an exported audit trail (NDJSON), offline
    Audit {
        /// What `GET /v1/orgs/{org_id}/audit-events/export?format=ndjson` answered
        #[arg(long)]
        file: PathBuf,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum ProofFailure {
    #[error("cannot read or write")]
    Io(#[from] std::io::Error),
    /// It ran to its end, and what it was to prove is not so.
    #[error("{0}")]
    Disproved(String),
}

/// # Errors
/// The proof could not be run, or it failed.
pub fn run(proof: Proof, out: &mut impl Write) -> Result<(), ProofFailure> {
    match proof {
        Proof::Audit { file } => audit::run(&file, out),
    }
}
