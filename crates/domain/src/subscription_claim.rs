//! The subscription as one line of text, the way tokens and Auth0's metadata carry it: `plan;end;status`.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::subscription::Status;

/// For display; nothing is ever allowed because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubscriptionClaim {
    pub plan: Plan,
    /// In whole milliseconds.
    pub end: DateTime<Utc>,
    pub status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The subscription is not written as plan;end;status with an end like 2026-12-04T09:00:00.000Z."
)]
pub struct InvalidSubscriptionClaim;

impl InvalidSubscriptionClaim {
    pub fn code(self) -> &'static str {
        "invalid_subscription_claim"
    }
}

impl SubscriptionClaim {
    /// Cuts `end` to milliseconds, which is what the text can say.
    pub fn new(plan: Plan, end: DateTime<Utc>, status: Status) -> Self {
        let end = DateTime::from_timestamp_millis(end.timestamp_millis()).unwrap_or(end);
        Self { plan, end, status }
    }
}

impl std::fmt::Display for SubscriptionClaim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = self.end.to_rfc3339_opts(SecondsFormat::Millis, true);
        write!(f, "{};{end};{}", self.plan, self.status)
    }
}

impl std::str::FromStr for SubscriptionClaim {
    type Err = InvalidSubscriptionClaim;

    fn from_str(text: &str) -> Result<Self, InvalidSubscriptionClaim> {
        let mut parts = text.split(';');
        let (Some(plan), Some(end), Some(status), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidSubscriptionClaim);
        };
        Ok(Self {
            plan: plan.parse().map_err(|_| InvalidSubscriptionClaim)?,
            end: parse_end(end)?,
            status: status.parse().map_err(|_| InvalidSubscriptionClaim)?,
        })
    }
}

impl TryFrom<String> for SubscriptionClaim {
    type Error = InvalidSubscriptionClaim;

    fn try_from(text: String) -> Result<Self, InvalidSubscriptionClaim> {
        text.parse()
    }
}

impl From<SubscriptionClaim> for String {
    fn from(claim: SubscriptionClaim) -> Self {
        claim.to_string()
    }
}

/// One spelling only: what JavaScript's `toISOString` writes for the years 0 to 9999.
fn parse_end(text: &str) -> Result<DateTime<Utc>, InvalidSubscriptionClaim> {
    let end = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3fZ")
        .map_err(|_| InvalidSubscriptionClaim)?
        .and_utc();
    if end.to_rfc3339_opts(SecondsFormat::Millis, true) == text {
        Ok(end)
    } else {
        Err(InvalidSubscriptionClaim)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The years 0 to 9999 in milliseconds.
    const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

    fn claim() -> impl Strategy<Value = SubscriptionClaim> {
        let plan = prop::sample::select(Plan::ALL);
        let status = prop::sample::select(Status::ALL);
        (plan, WRITABLE, status).prop_map(|(plan, end, status)| {
            SubscriptionClaim::new(plan, DateTime::from_timestamp_millis(end).unwrap(), status)
        })
    }

    #[test]
    fn other_spellings_are_refused() {
        for wrong in [
            "",
            "trial;2026-12-04T09:00:00.000Z",
            "trial;2026-12-04T09:00:00.000Z;active;",
            "trial;2026-12-04T09:00:00Z;active",
            "trial;2026-12-04T09:00:00.000000Z;active",
            "trial;2026-12-04T09:00:00.000+00:00;active",
            "trial;2026-12-04 09:00:00.000Z;active",
            "trial;2026-12-04T09:00:00.000z;active",
            "trial;2026-2-04T09:00:00.000Z;active",
            "trial;+02026-12-04T09:00:00.000Z;active",
            "trial;2026-02-30T09:00:00.000Z;active",
            "Trial;2026-12-04T09:00:00.000Z;active",
            "trial; 2026-12-04T09:00:00.000Z;active",
            "trial;2026-12-04T09:00:00.000Z;trialing",
        ] {
            assert_eq!(
                wrong.parse::<SubscriptionClaim>(),
                Err(InvalidSubscriptionClaim),
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(claim in claim()) {
            prop_assert_eq!(claim.to_string().parse(), Ok(claim));
        }

        #[test]
        fn what_reads_is_written_the_same(
            text in "(trial|team|pro);[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{2,4}Z;(active|late)"
        ) {
            if let Ok(claim) = text.parse::<SubscriptionClaim>() {
                prop_assert_eq!(claim.to_string(), text);
            }
        }

        #[test]
        fn no_text_is_too_strange_to_refuse(text in ".*;.*;.*") {
            prop_assert!(text.parse::<SubscriptionClaim>().is_err());
        }
    }
}
