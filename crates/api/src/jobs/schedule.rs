//! When a failed job runs again.

use std::time::Duration;

use uuid::Uuid;

/// A job that fails for a reason that is not a dependency's is parked after so many tries.
pub(super) const MAX_TRIES: u32 = 12;

/// Exponential from one second to `longest`, with half of it spread by the job's own id so that jobs which failed
/// together do not come back together.
pub(super) fn backoff(job: Uuid, attempts: u32, longest: Duration) -> Duration {
    let exponent = attempts.clamp(1, 10) - 1;
    let full = Duration::from_secs(1 << exponent).min(longest);
    let spread = (job.as_u128() % 1000) as u32;
    full / 2 + full / 2 * spread / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(300);

    #[test]
    fn waits_grow_to_five_minutes_and_never_beyond() {
        for attempts in 0..40 {
            for id in [0, 1, 999, u128::MAX] {
                let wait = backoff(Uuid::from_u128(id), attempts, LONGEST);
                assert!(
                    wait >= Duration::from_millis(500) && wait <= LONGEST,
                    "{attempts}: {wait:?}"
                );
            }
        }
        assert!(backoff(Uuid::nil(), 9, LONGEST) > backoff(Uuid::nil(), 5, LONGEST));
    }
}
