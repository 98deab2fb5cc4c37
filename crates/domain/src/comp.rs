//! A plan that nobody pays at Stripe: what was agreed elsewhere, or given for free.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::words::words;

/// Why a plan runs without a payment at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Terms {
    /// Paid by other means, such as an invoice.
    Paid,
    /// Complimentary.
    Comp,
}

words!(Terms, UnknownTerms, "The terms are not one of paid and comp.", {
    Paid = "paid",
    Comp = "comp",
});

/// How long, and on what terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    pub terms: Terms,
    pub until: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAgreement {
    #[error("Either paid_until or comp_until says how long the plan runs.")]
    NotOne,
    #[error("This is in the past.")]
    Over,
    #[error("Nothing is agreed for more than ten years.")]
    TooLong,
}

impl InvalidAgreement {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOne => "not_exactly_one",
            Self::Over => "in_the_past",
            Self::TooLong => "too_far",
        }
    }
}

/// Days; ten years and their leap days.
const LONGEST: i64 = 3653;

impl Agreement {
    pub fn new(
        paid_until: Option<DateTime<Utc>>,
        comp_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidAgreement> {
        let (terms, until) = match (paid_until, comp_until) {
            (Some(until), None) => (Terms::Paid, until),
            (None, Some(until)) => (Terms::Comp, until),
            _ => return Err(InvalidAgreement::NotOne),
        };
        if until <= now {
            return Err(InvalidAgreement::Over);
        }
        if (until - now).num_days() > LONGEST {
            return Err(InvalidAgreement::TooLong);
        }
        // To the millisecond, which is all that the claim can say.
        let until = DateTime::from_timestamp_millis(until.timestamp_millis()).unwrap_or(until);
        Ok(Self { terms, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_date_in_the_next_ten_years_is_an_agreement() {
        let now: DateTime<Utc> = "2026-11-25T00:00:00Z".parse().unwrap();
        let later: DateTime<Utc> = "2027-11-25T00:00:00Z".parse().unwrap();
        let agreed = Agreement::new(Some(later), None, now).unwrap();
        assert_eq!((agreed.terms, agreed.until), (Terms::Paid, later));
        let given = Agreement::new(None, Some(later), now).unwrap();
        assert_eq!(given.terms, Terms::Comp);
        for (paid, comp, refusal) in [
            (None, None, InvalidAgreement::NotOne),
            (Some(later), Some(later), InvalidAgreement::NotOne),
            (Some(now), None, InvalidAgreement::Over),
            (
                None,
                Some("2037-01-01T00:00:00Z".parse().unwrap()),
                InvalidAgreement::TooLong,
            ),
        ] {
            assert_eq!(Agreement::new(paid, comp, now), Err(refusal));
        }
    }
}
