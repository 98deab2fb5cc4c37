//! The audit trail: what is listed, and that the chain holds whoever writes at the same time.

use chrono::TimeDelta;
use domain::AuditEventId;
use futures::future::join_all;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};
use store::{
    AuditBreak, AuditEvent, AuditFilter, AuditProof, NewAuditEvent, Page, TenantTx, canonical,
    exported, exported_end,
};
use uuid::Uuid;

use crate::fixtures::{World, now};

fn event(action: &str, seconds: i64) -> NewAuditEvent {
    NewAuditEvent {
        id: AuditEventId::from(Uuid::now_v7()),
        at: now() + TimeDelta::seconds(seconds),
        actor: "auth0|ada".to_owned(),
        action: action.to_owned(),
        target: format!("project:{seconds}"),
        request_id: Some("r1".to_owned()),
        client_address: None,
        before: None,
        after: Some(json!({ "name": "Roadmap", "seats": 2.0, "price": 12 })),
    }
}

fn targets(found: Vec<AuditEvent>) -> Vec<String> {
    found.into_iter().map(|found| found.event.target).collect()
}

/// The export of this tenant, as the API makes it.
async fn export(tx: &mut TenantTx) -> Vec<String> {
    let tenant = tx.tenant().clone();
    let unchained = tx
        .audit_events_before_chain(&Page::first(999))
        .await
        .unwrap();
    let chained = tx.audit_events_after(&Page::first(999)).await.unwrap();
    let events = unchained.items.iter().chain(&chained.items);
    let lines = events.map(|found| exported(&tenant, &found.event, found.link.as_ref()));
    let mut lines: Vec<_> = lines.map(|line| canonical(&line)).collect();
    let end = tx.audit_end().await.unwrap().unwrap();
    lines.push(canonical(&exported_end(&end)));
    lines
}

fn proof(lines: &[String]) -> (u64, Vec<AuditBreak>) {
    let mut proof = AuditProof::begin();
    lines.iter().for_each(|line| proof.take(line));
    proof.finish()
}

#[tokio::test]
async fn an_event_is_kept_with_its_change_and_listed_newest_first() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let (created, renamed) = (event("project.created", 0), event("project.renamed", 1));
    let mut tx = world.tenant(&acme).await;
    tx.insert_audit_event(&created).await.unwrap();
    tx.insert_audit_event(&renamed).await.unwrap();
    let listed = tx
        .audit_events(&AuditFilter::default(), &Page::first(9))
        .await
        .unwrap();
    let sequence = |found: &AuditEvent| found.link.unwrap().sequence;
    let sequences: Vec<_> = listed.items.iter().map(sequence).collect();
    assert_eq!(sequences, [2, 1]);
    assert_eq!(listed.items[1].event.id, created.id);
    assert_eq!(proof(&export(&mut tx).await), (2, vec![]));
}

#[tokio::test]
async fn filters_hold_together_and_pages_follow_one_another() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    for second in 0..10 {
        let action = if second % 2 == 0 { "even" } else { "odd" };
        tx.insert_audit_event(&event(action, second)).await.unwrap();
    }
    let at = |second| Some(now() + TimeDelta::seconds(second));
    let filter = AuditFilter {
        action: Some("even".into()),
        actor: Some("auth0|ada".into()),
        from: at(2),
        to: at(8),
        ..AuditFilter::default()
    };
    let mut page = Page::first(2);
    let first = tx.audit_events(&filter, &page).await.unwrap();
    assert!(first.more);
    let last = first.items.last().unwrap();
    page.after = Some((last.event.at, last.event.id));
    assert_eq!(targets(first.items), ["project:6", "project:4"]);
    let second = tx.audit_events(&filter, &page).await.unwrap();
    assert!(!second.more);
    assert_eq!(targets(second.items), ["project:2"]);
}

#[tokio::test]
async fn each_filter_finds_its_own() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut tx = world.tenant(&acme).await;
    for second in 0..4 {
        let mut event = event(&format!("action.{second}"), second);
        event.actor = format!("auth0|{second}");
        tx.insert_audit_event(&event).await.unwrap();
    }
    let one = |action: Option<&str>, actor: Option<&str>, target: Option<&str>| AuditFilter {
        action: action.map(str::to_owned),
        actor: actor.map(str::to_owned),
        target: target.map(str::to_owned),
        ..AuditFilter::default()
    };
    for filter in [
        one(Some("action.2"), None, None),
        one(None, Some("auth0|2"), None),
        one(None, None, Some("project:2")),
        one(Some("action.2"), Some("auth0|2"), Some("project:2")),
    ] {
        let found = tx.audit_events(&filter, &Page::first(9)).await.unwrap();
        assert_eq!(targets(found.items), ["project:2"], "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_has_no_fork_when_many_write_at_once() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let write = |number| {
        let (world, acme) = (&world, &acme);
        async move {
            let mut tx = world.tenant(acme).await;
            tx.insert_audit_event(&event("project.created", number))
                .await
                .unwrap();
            // Some change their mind: their place goes to another.
            if number % 5 != 0 {
                tx.commit().await.unwrap();
            }
        }
    };
    join_all((0..100).map(write)).await;
    let lines = export(&mut world.tenant(&acme).await).await;
    assert_eq!(proof(&lines), (80, vec![]));
}

#[tokio::test]
async fn events_from_before_the_chain_are_covered_by_its_start() {
    const OLD: &str = "insert into app.audit_events (org_id, id, at, actor, action, target, after) \
        select 'org_aaaaaaaaaaaaaaaa', gen_random_uuid(), now(), 'a', 'b', 'c', '{\"n\": 1.50}' \
        from generate_series(1, 7)";
    let world = World::new().await;
    let acme = world.organization('a').await;
    world.database.admin().await.execute(OLD).await.unwrap();
    let mut tx = world.tenant(&acme).await;
    tx.insert_audit_event(&event("project.created", 1))
        .await
        .unwrap();
    let mut lines = export(&mut tx).await;
    assert_eq!(proof(&lines), (8, vec![]));
    lines.remove(3);
    assert_ne!(proof(&lines).1, []);
}

#[tokio::test]
async fn what_is_done_in_the_database_itself_shows() {
    for tampering in [
        "update app.audit_events set actor = 'auth0|eve' where sequence = 2",
        "delete from app.audit_events where sequence = 2",
        "delete from app.audit_events where sequence = 3",
        "update app.audit_events set sequence = 5 - sequence where sequence in (2, 3)",
    ] {
        let world = World::new().await;
        let acme = world.organization('a').await;
        let mut tx = world.tenant(&acme).await;
        for second in 0..3 {
            let event = event("project.created", second);
            tx.insert_audit_event(&event).await.unwrap();
        }
        tx.commit().await.unwrap();
        let sql = format!("drop index app.audit_events_sequence; {tampering}");
        let mut admin = world.database.admin().await;
        admin
            .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
            .await
            .unwrap();
        let lines = export(&mut world.tenant(&acme).await).await;
        assert_ne!(proof(&lines).1, [], "{tampering}");
    }
}
