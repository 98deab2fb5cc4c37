//! ISO 8601 durations of fixed length: weeks, days, hours, minutes, seconds.

use chrono::TimeDelta;

pub(super) fn parse(text: &str) -> Option<TimeDelta> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (&text[1..], None),
    };
    if date.is_empty() && time.is_none_or(str::is_empty) {
        return None;
    }
    let days = sum(date, &[('W', 7 * 86_400), ('D', 86_400)])?;
    let rest = sum(
        time.unwrap_or_default(),
        &[('H', 3_600), ('M', 60), ('S', 1)],
    )?;
    TimeDelta::try_seconds(days.checked_add(rest)?)
}

fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut seconds: i64 = 0;
    for (unit, length) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(*length)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::parse;

    #[test]
    fn units_add_up() {
        assert_eq!(parse("P14D"), Some(TimeDelta::days(14)));
        assert_eq!(
            parse("P1WT1H30M5S"),
            Some(TimeDelta::days(7) + TimeDelta::seconds(5_405))
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "14D",
            "P1M",
            "PT1D",
            "P1.5D",
            "P1D ",
            "P9223372036854775807W",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
