//! Billing periods by the calendar: a month after 31 January ends on the last day of February, the next on 31 March.

use chrono::{DateTime, Months};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Interval {
    Month,
    Year,
}

impl Interval {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Year => 12,
        }
    }

    /// First boundary after `at`, counted from `anchor` so that short months do not pull the day of the month down
    /// for good. All in Unix seconds.
    pub(crate) fn next_boundary(self, anchor: i64, at: i64) -> i64 {
        let start = DateTime::from_timestamp(anchor, 0)
            .expect("the sandbox clock stays within chrono's range");
        (1..)
            .filter_map(|count| start.checked_add_months(Months::new(count * self.months())))
            .map(|boundary| boundary.timestamp())
            .find(|boundary| *boundary > at)
            .expect("boundaries grow without end")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp()
    }

    #[test]
    fn months_keep_the_day_of_the_anchor() {
        let anchor = seconds("2027-01-31T10:00:00Z");
        let february = Interval::Month.next_boundary(anchor, anchor);
        assert_eq!(february, seconds("2027-02-28T10:00:00Z"));
        assert_eq!(
            Interval::Month.next_boundary(anchor, february),
            seconds("2027-03-31T10:00:00Z")
        );
    }

    #[test]
    fn a_year_from_a_leap_day_ends_in_february() {
        let anchor = seconds("2028-02-29T00:00:00Z");
        assert_eq!(
            Interval::Year.next_boundary(anchor, anchor),
            seconds("2029-02-28T00:00:00Z")
        );
    }
}
