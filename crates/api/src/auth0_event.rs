//! An event of Auth0 as the inbox takes it, pushed or pulled.

use chrono::{DateTime, Utc};
use serde_json::Value;
use store::{NewWebhook, Provider};

/// Characters of an id or a type; Auth0's have 26 and less than 50.
const MAX_TEXT: usize = 255;

/// Only what the inbox needs is asked for: the job judges the rest.
pub(crate) fn read(body: Value, now: DateTime<Utc>) -> Option<NewWebhook> {
    let text = |field: &str| body.get(field)?.as_str().map(str::to_owned);
    let known = |text: &String| (1..=MAX_TEXT).contains(&text.chars().count());
    let created_at = text("time")
        .and_then(|time| DateTime::parse_from_rfc3339(&time).ok())
        .map_or(now, |time| time.to_utc());
    Some(NewWebhook {
        provider: Provider::Auth0,
        event_id: text("id").filter(known)?,
        kind: text("type").filter(known)?,
        livemode: true,
        account: text("a0tenant"),
        api_version: text("specversion"),
        created_at,
        body,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_needs_an_id_and_a_type_and_nothing_else() {
        let now = DateTime::UNIX_EPOCH;
        assert!(read(json!({ "id": "evt_1", "type": "user.updated" }), now).is_some());
        for body in [
            json!([]),
            json!({ "id": "evt_1" }),
            json!({ "id": 1, "type": "x" }),
        ] {
            assert!(read(body.clone(), now).is_none(), "{body}");
        }
    }
}
