//! Waits as long as Auth0 says: a Free tenant takes two calls a second.

use std::future::Future;
use std::time::Duration;

use management::{Class, Error};

const MOST_TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Repeats a read.
pub(super) async fn read<T, F: Future<Output = Result<T, Error>>>(
    mut call: impl FnMut() -> F,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        match call().await {
            Err(error) if tries < MOST_TRIES => match error.class() {
                Class::Retry { wait } => tokio::time::sleep(wait.unwrap_or(PAUSE)).await,
                Class::Conflict | Class::Permanent => return Err(error),
            },
            result => return result,
        }
        tries += 1;
    }
}

/// Repeats a write that was refused for its rate only: of any other failure nobody knows whether it was made, so the
/// next round looks.
pub(super) async fn write<F: Future<Output = Result<(), Error>>>(
    mut call: impl FnMut() -> F,
) -> Result<(), Error> {
    for _ in 0..MOST_TRIES {
        match call().await {
            Err(Error::RateLimited { wait, .. }) => {
                tokio::time::sleep(wait.unwrap_or(PAUSE)).await;
            }
            Err(error) => match error.class() {
                Class::Retry { wait } => {
                    tracing::warn!(%error, "not known whether it was made");
                    tokio::time::sleep(wait.unwrap_or(PAUSE)).await;
                    return Ok(());
                }
                // Somebody else, or a try of ours that got through after all, was faster.
                Class::Conflict => return Ok(()),
                Class::Permanent => return Err(error),
            },
            Ok(()) => return Ok(()),
        }
    }
    call().await
}
