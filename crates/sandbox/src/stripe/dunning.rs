//! What happens after a renewal's charge was declined: it is tried again, and at last given up.

use serde::{Deserialize, Serialize};

const DAY: i64 = 24 * 3600;

/// Days after the first failure on which the charge is tried again. Stripe's Smart Retries choose the moment
/// themselves; its custom schedule is a list like this one.
const RETRY_DAYS: [i64; 4] = [1, 3, 5, 7];

/// What becomes of the subscription when the last retry has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Final {
    Cancel,
    #[default]
    Unpaid,
    PastDue,
}

/// The next retry after `now`; none when all have been used.
pub(crate) fn next_attempt(first_failed_at: i64, now: i64) -> Option<i64> {
    RETRY_DAYS
        .into_iter()
        .map(|days| first_failed_at + days * DAY)
        .find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_retries_in_a_week_and_no_more() {
        let mut at = 0;
        let mut days = Vec::new();
        while let Some(next) = next_attempt(0, at) {
            days.push(next / DAY);
            at = next;
        }
        assert_eq!(days, RETRY_DAYS);
    }
}
