//! How the worker works; the defaults are right outside tests.

use std::time::Duration;

use super::reader::{ConfigError, Reader};
use crate::jobs::Settings;

pub(super) fn read(reader: &Reader<'_>) -> Result<Settings, ConfigError> {
    let default = Settings::default();
    let seconds = |variable, default: Duration| -> Result<Duration, ConfigError> {
        let default = u32::try_from(default.as_secs()).unwrap_or(u32::MAX);
        reader
            .number(variable, default, 1..=86_400)
            .map(|seconds| Duration::from_secs(seconds.into()))
    };
    let poll = u32::try_from(default.poll.as_millis()).unwrap_or(u32::MAX);
    Ok(Settings {
        concurrency: default.concurrency,
        lease: seconds("WORKER_LEASE_SECONDS", default.lease)?,
        drain: seconds("WORKER_DRAIN_SECONDS", default.drain)?,
        poll: Duration::from_millis(
            reader
                .number("WORKER_POLL_MILLISECONDS", poll, 10..=60_000)?
                .into(),
        ),
        longest_backoff: seconds("WORKER_LONGEST_BACKOFF_SECONDS", default.longest_backoff)?,
        sweep_every: seconds("WORKER_SWEEP_SECONDS", default.sweep_every)?,
        reconcile_every: seconds("WORKER_RECONCILE_SECONDS", default.reconcile_every)?,
        log_every: seconds("WORKER_LOG_SECONDS", default.log_every)?,
        reconcile_reads_per_minute: reader.number(
            "WORKER_RECONCILE_READS_PER_MINUTE",
            default.reconcile_reads_per_minute,
            1..=60_000,
        )?,
    })
}
