//! When Auth0 says to come back, from the headers of its answer.
//!
//! `Retry-After` is documented for some 429 only; every limited endpoint sends `X-RateLimit-Reset`
//! ([rate limit policy](https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy)).

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

const SHORTEST: Duration = Duration::from_secs(1);
/// The daily token quota is the slowest thing Auth0 refills.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause asked for by `Retry-After`, else by `X-RateLimit-Reset`; 1 s to 24 h.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    wait_at(headers, now())
}

/// The pause asked for by `Retry-After` alone: on a 5xx, `X-RateLimit-Reset` says nothing about the outage.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry_after_at(headers, now())
}

/// What is left in the bucket of this call.
pub(crate) fn remaining(headers: &HeaderMap) -> Option<u64> {
    text(headers, "x-ratelimit-remaining")?.parse().ok()
}

fn wait_at(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    retry_after_at(headers, now).or_else(|| {
        let reset = text(headers, "x-ratelimit-reset")?.parse().ok()?;
        Some(until(DateTime::from_timestamp_secs(reset)?, now))
    })
}

fn retry_after_at(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds).clamp(SHORTEST, LONGEST));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some(until(date.to_utc(), now))
}

fn until(then: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (then - now)
        .to_std()
        .unwrap_or_default()
        .clamp(SHORTEST, LONGEST)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The one place of this crate that reads the system clock.
#[expect(
    clippy::disallowed_methods,
    reason = "X-RateLimit-Reset is a point in Auth0's time, which only the system clock approximates"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn waits(headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        wait_at(
            &headers.collect(),
            DateTime::from_timestamp_secs(NOW).unwrap(),
        )
        .map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_wins_over_the_reset() {
        assert_eq!(
            waits(&[("retry-after", "7"), ("x-ratelimit-reset", "1790000030")]),
            Some(7)
        );
    }

    #[test]
    fn the_reset_is_a_point_in_time() {
        assert_eq!(waits(&[("x-ratelimit-reset", "1790000030")]), Some(30));
    }

    #[test]
    fn retry_after_may_be_a_date() {
        assert_eq!(
            waits(&[("retry-after", "Mon, 21 Sep 2026 14:13:40 GMT")]),
            Some(20)
        );
    }

    #[test]
    fn the_wait_stays_within_reason() {
        assert_eq!(waits(&[("x-ratelimit-reset", "1689999999")]), Some(1));
        assert_eq!(waits(&[("retry-after", "0")]), Some(1));
        assert_eq!(
            waits(&[("retry-after", "18446744073709551615")]),
            Some(86_400)
        );
        assert_eq!(waits(&[("x-ratelimit-reset", "9223372036854775807")]), None);
    }

    #[test]
    fn no_header_and_nonsense_say_nothing() {
        assert_eq!(waits(&[]), None);
        assert_eq!(
            waits(&[("retry-after", "soon"), ("x-ratelimit-reset", "later")]),
            None
        );
    }
}
