//! A link under which a customer's administrator sets up single sign-on, account or not.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::words::words;

/// Seconds that a ticket may live: Auth0 gives none longer than five days.
pub const LIFETIMES: std::ops::RangeInclusive<u32> = 300..=432_000;

/// Tickets of one organization that can be used at the same time.
pub const MOST_OPEN: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum TicketState {
    /// Auth0 has not made it yet.
    Pending,
    Open,
    /// The identity provider is set up.
    Used,
    Revoked,
    Expired,
    /// Auth0 does not make it.
    Failed,
}

words!(TicketState, UnknownTicketState, "The state of the ticket is unknown.", {
    Pending = "pending",
    Open = "open",
    Used = "used",
    Revoked = "revoked",
    Expired = "expired",
    Failed = "failed",
});

impl TicketState {
    /// What it is now: time alone is written down later.
    pub fn at(self, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Self {
        match self {
            Self::Pending | Self::Open if now >= expires_at => Self::Expired,
            state => state,
        }
    }

    /// Whether something can still come of it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Open)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A ticket lives from {} to {} seconds.", LIFETIMES.start(), LIFETIMES.end())]
pub struct InvalidLifetime;

impl InvalidLifetime {
    pub fn code(self) -> &'static str {
        "out_of_range"
    }
}

/// The longest, where nothing is said.
pub fn expires_at(
    now: DateTime<Utc>,
    seconds: Option<u32>,
) -> Result<DateTime<Utc>, InvalidLifetime> {
    let seconds = seconds.unwrap_or(*LIFETIMES.end());
    if !LIFETIMES.contains(&seconds) {
        return Err(InvalidLifetime);
    }
    Ok(now + TimeDelta::seconds(i64::from(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_still_be_used_expires_by_itself() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let end = expires_at(now, Some(300)).unwrap();
        for live in [TicketState::Pending, TicketState::Open] {
            assert_eq!(live.at(end - TimeDelta::seconds(1), end), live);
            assert_eq!(live.at(end, end), TicketState::Expired);
        }
        for over in [TicketState::Used, TicketState::Revoked, TicketState::Failed] {
            assert_eq!(over.at(end, end), over);
        }
    }

    #[test]
    fn a_lifetime_is_minutes_to_five_days() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        assert_eq!(expires_at(now, None), Ok(now + TimeDelta::days(5)));
        for wrong in [0, 299, 432_001] {
            assert_eq!(expires_at(now, Some(wrong)), Err(InvalidLifetime));
        }
    }
}
