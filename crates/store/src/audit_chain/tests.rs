use chrono::DateTime;
use uuid::Uuid;

use super::*;

fn event() -> NewAuditEvent {
    NewAuditEvent {
        id: Uuid::from_u128(7).into(),
        at: DateTime::from_timestamp(1_795_251_600, 123_456_789).unwrap(),
        actor: "auth0|ada".into(),
        action: "project.changed".into(),
        target: "project:1".into(),
        request_id: None,
        client_address: None,
        before: Some(
            json!({ "name": "Ü \"1\"\n", "b": [1, 2.0, 2.5], "a": { "z": 1, "y": null } }),
        ),
        after: None,
    }
}

fn tenant() -> TenantId {
    "org_aaaaaaaaaaaaaaaa".to_owned().try_into().unwrap()
}

#[test]
fn the_hash_is_that_of_the_documented_text() {
    let link = AuditLink::after(&AuditEnd::START, &tenant(), &event());
    let text = format!(
        r#"{{"action":"project.changed","actor":"auth0|ada","after":null,"at":"2026-11-21T09:00:00.123456Z","before":{{"a":{{"y":null,"z":1}},"b":[1,2,2.5],"name":"Ü \"1\"\n"}},"event_id":"00000000-0000-0000-0000-000000000007","org_id":"org_aaaaaaaaaaaaaaaa","prev_hash":"{}","request_id":null,"sequence":1,"target":"project:1"}}"#,
        "0".repeat(64)
    );
    let mut fields = exported(&tenant(), &event(), Some(&link));
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    fields.remove("hash");
    assert_eq!(canonical(&fields), text);
    assert_eq!(link.hash.as_bytes(), digest.as_ref());
}

#[test]
fn where_a_change_came_from_is_part_of_the_hash_once_it_is_known() {
    let event = NewAuditEvent {
        client_address: Some([203, 0, 113, 7].into()),
        ..event()
    };
    let link = AuditLink::after(&AuditEnd::START, &tenant(), &event);
    let mut fields = exported(&tenant(), &event, Some(&link));
    assert_eq!(fields["client_address"], "203.0.113.7");
    assert_eq!(AuditHash::of(&fields), link.hash);
    fields.remove("client_address");
    assert_ne!(AuditHash::of(&fields), link.hash);
}

#[test]
fn a_hash_reads_back_from_its_text_and_nothing_else_does() {
    let hash = AuditLink::after(&AuditEnd::START, &tenant(), &event()).hash;
    assert_eq!(hash.to_string().parse(), Ok(hash));
    let upper = hash.to_string().to_uppercase();
    for text in ["", "00", &upper, &"+f".repeat(32), &"é".repeat(32)] {
        assert_eq!(text.parse::<AuditHash>(), Err(InvalidAuditHash), "{text}");
    }
}
