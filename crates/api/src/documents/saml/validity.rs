//! Until when a document says that it holds.

use chrono::{DateTime, NaiveDateTime, Utc};

/// An `xs:dateTime`; one without an offset is in UTC (SAML 2.0 Core, 1.3.3).
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    Some(time.and_utc())
}
