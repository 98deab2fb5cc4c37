use chrono::DateTime;
use domain::TenantId;
use uuid::Uuid;

use super::*;
use crate::NewAuditEvent;
use crate::audit_chain::{AuditLink, exported, exported_end};

fn tenant(letter: &str) -> TenantId {
    format!("org_{}", letter.repeat(16)).try_into().unwrap()
}

fn event(number: u128) -> NewAuditEvent {
    NewAuditEvent {
        id: Uuid::from_u128(number).into(),
        at: DateTime::from_timestamp(1_795_251_600, 0).unwrap(),
        actor: "auth0|ada".into(),
        action: "project.created".into(),
        target: format!("project:{number}"),
        request_id: Some("r".into()),
        client_address: None,
        before: None,
        after: None,
    }
}

/// `unchained` events from before the chain, `chained` ones, and the end.
fn export(unchained: u128, chained: u128) -> Vec<String> {
    let acme = tenant("a");
    let (mut end, mut lines) = (AuditEnd::START, Vec::new());
    for number in 0..unchained {
        end = end.covering(&acme, &event(number));
        lines.push(canonical(&exported(&acme, &event(number), None)));
    }
    for number in unchained..unchained + chained {
        let link = AuditLink::after(&end, &acme, &event(number));
        end = AuditEnd {
            sequence: link.sequence,
            hash: link.hash,
        };
        lines.push(canonical(&exported(&acme, &event(number), Some(&link))));
    }
    lines.push(canonical(&exported_end(&end)));
    lines
}

fn broken(lines: &[String]) -> Vec<(u64, AuditDefect)> {
    let mut proof = AuditProof::begin();
    lines.iter().for_each(|line| proof.take(line));
    let (_, broken) = proof.finish();
    broken
        .iter()
        .map(|found| (found.line, found.defect))
        .collect()
}

/// What an export with three events before the chain and five in it shows after this was done to it.
fn tampered(tamper: impl FnOnce(&mut Vec<String>)) -> Vec<(u64, AuditDefect)> {
    let mut lines = export(3, 5);
    tamper(&mut lines);
    broken(&lines)
}

use AuditDefect::*;

#[test]
fn what_was_written_is_proved() {
    for (unchained, chained) in [(0, 0), (0, 1), (0, 9), (3, 0), (3, 5)] {
        assert_eq!(broken(&export(unchained, chained)), []);
    }
}

#[test]
fn every_edited_byte_shows() {
    let lines = export(1, 2);
    for (line, text) in lines.iter().enumerate() {
        for at in 0..text.len() {
            let mut edited = lines.clone();
            let other = if text.as_bytes()[at] == b'1' {
                "2"
            } else {
                "1"
            };
            edited[line].replace_range(at..=at, other);
            assert_ne!(broken(&edited), [], "{}", edited[line]);
        }
    }
}

#[test]
fn an_edited_event_is_named() {
    let edited = tampered(|lines| lines[4] = lines[4].replace("auth0|ada", "auth0|eve"));
    assert_eq!(edited, [(5, Edited)]);
    let spaced = tampered(|lines| lines[4] = lines[4].replace(r#","actor""#, r#", "actor""#));
    assert_eq!(spaced, [(5, Edited)]);
}

#[test]
fn an_edited_event_with_a_hash_that_fits_breaks_the_next_link() {
    let rehashed = tampered(|lines| {
        let mut fields: Map<String, Value> = serde_json::from_str(&lines[4]).unwrap();
        fields.insert("actor".into(), "auth0|eve".into());
        let hash = AuditHash::of(&fields).to_string();
        fields.insert("hash".into(), hash.into());
        lines[4] = canonical(&fields);
    });
    assert_eq!(rehashed, [(6, Unlinked)]);
}

#[test]
fn a_removed_event_shows_at_the_next_one() {
    assert_eq!(tampered(|lines| drop(lines.remove(4))), [(5, Missing)]);
    assert_eq!(tampered(|lines| drop(lines.remove(7))), [(8, Missing)]);
    assert_eq!(tampered(|lines| drop(lines.remove(1))), [(3, Unlinked)]);
    assert_eq!(tampered(|lines| lines.truncate(6)), [(7, End)]);
    let all_of_the_chain = tampered(|lines| drop(lines.drain(3..8)));
    assert_eq!(all_of_the_chain, [(4, Missing)]);
}

#[test]
fn reordered_or_repeated_events_show() {
    let swapped = tampered(|lines| lines.swap(4, 5));
    assert_eq!(swapped, [(5, Missing), (6, OutOfOrder)]);
    assert_eq!(tampered(|lines| lines.swap(0, 1)), [(4, Unlinked)]);
    let repeated = tampered(|lines| lines.insert(5, lines[4].clone()));
    assert_eq!(repeated, [(6, OutOfOrder)]);
}

#[test]
fn what_does_not_belong_shows() {
    let late = tampered(|lines| lines.insert(6, lines[0].clone()));
    assert_eq!(late, [(7, Unchained)]);
    let after_the_end = tampered(|lines| lines.push(lines[4].clone()));
    assert_eq!(after_the_end, [(10, End)]);
    let nonsense = tampered(|lines| lines[4] = "nonsense".into());
    assert_eq!(nonsense, [(5, Unreadable), (6, Missing)]);
    let foreign = canonical(&exported(&tenant("b"), &event(1), None));
    let planted = tampered(|lines| lines.insert(1, foreign));
    assert_eq!(planted, [(2, Foreign), (5, Unlinked)]);
}
