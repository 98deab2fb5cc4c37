//! `tenantry dev`, `sandbox` and `demo`: everything on one machine, with no account anywhere.
//! Postgres, the identity sandbox and the billing stand-in run beside the real API and the real worker.

mod args;
pub(crate) mod console;
mod data;
pub mod demo;
mod error;
mod ports;
mod postgres;
pub mod sandbox_alone;
mod screen;
mod stack;
mod variables;

pub use args::{DevArgs, LimitsArg, SandboxArgs};
pub use error::DevError;

use std::io::Write;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Log, LogFormat};
use crate::telemetry;
use stack::Stack;

/// Starts everything, says where it is, and runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// Something could not be started; whatever had been is stopped again.
pub async fn run(args: DevArgs, output: &mut impl Write) -> Result<(), DevError> {
    telemetry::init(&Log {
        filter: args.log.clone(),
        format: LogFormat::Text,
    });
    let mut terminate = signal(SignalKind::terminate()).map_err(DevError::Signals)?;
    let stack = tokio::select! {
        started = Stack::start(&args) => started?,
        _ = tokio::signal::ctrl_c() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    screen::show(output, &stack)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(DevError::Signals)?,
        _ = terminate.recv() => {}
    }
    writeln!(output, "\nStopping.")?;
    // A second Ctrl-C does not wait; Postgres ends with this process all the same.
    tokio::select! {
        () = stack.stop() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
