//! Mail servers that are away, and workers that are killed.

use std::collections::BTreeMap;

use chrono::Timelike;
use tests::{Options, process};
use tokio::process::Child;

use super::*;

async fn smtp_does(app: &TestApp, kind: &str, times: Option<u64>) {
    let fault = json!({ "method": "SMTP", "path": "smtp", "kind": kind, "times": times });
    app.plan_fault(&fault).await;
}

/// A mail that is tried again and again.
async fn is_tried(app: &TestApp) {
    eventually("a mail that is tried again", || async {
        let tried: bool = sqlx::query_scalar(
            "select exists (select from ops.job where kind = 'reminder_mail' and attempts > 1)",
        )
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("an answer");
        tried.then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_was_away_gets_each_mail_once() {
    let app = TestApp::start().await;
    let (person, end) = on_trial(&app, Tz::UTC).await;
    app.settled().await;
    smtp_does(&app, "status", None).await;
    jump(&app, morning(Tz::UTC, end, 3) + TimeDelta::hours(1));
    is_tried(&app).await;
    assert_eq!(letters(&app, &person.email).await, []);
    app.clear_faults().await;
    next_letter(&app, &person.email, 0).await;
    // It is taken, and the answer gets lost: it comes twice and can be told for the same.
    smtp_does(&app, "close", Some(1)).await;
    jump(&app, morning(Tz::UTC, end, 1) + TimeDelta::hours(1));
    eventually("a second try", || async {
        (letters(&app, &person.email).await.len() == 3).then_some(())
    })
    .await;
    app.settled().await;
    let letters = letters(&app, &person.email).await;
    assert_eq!(letters.len(), 3);
    assert_eq!(letters[0], letters[1]);
    assert_ne!(letters[1].id, letters[2].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_while_the_mail_server_was_away_is_not_told_any_more() {
    let app = TestApp::start().await;
    let (person, end) = on_trial(&app, Tz::UTC).await;
    let me = app.get("/v1/me", Some(&person.token)).await.json();
    let id = me["individual_id"].as_str().expect("an id");
    app.settled().await;
    smtp_does(&app, "status", None).await;
    jump(&app, morning(Tz::UTC, end, 3) + TimeDelta::hours(1));
    is_tried(&app).await;
    let token = app.platform_token().await;
    let gift =
        json!({ "plan": "personal", "until": end + TimeDelta::days(300), "reason": "A gift" });
    let path = format!("/v1/platform/individuals/{id}/subscription/comp");
    app.post(&path, &token, &gift).await.assert_status(200);
    app.clear_faults().await;
    app.settled().await;
    assert_eq!(letters(&app, &person.email).await, []);
}

/// Where it is noon now, so that a mail may go out at once.
fn noon(now: DateTime<Utc>) -> Tz {
    let hour = i64::from(now.hour());
    // The names count westward.
    let west = hour - 12;
    let name = format!("Etc/GMT{}{}", if west < 0 { '-' } else { '+' }, west.abs());
    name.parse().expect("a zone")
}

fn work(app: &TestApp) -> Child {
    let mut variables = app.variables.clone();
    variables.insert("LOG".into(), "off".into());
    process::spawn(&["work"], &variables)
}

/// By message id.
async fn copies(app: &TestApp, people: &[Person]) -> Vec<BTreeMap<String, usize>> {
    let mut all = Vec::new();
    for person in people {
        let mut copies = BTreeMap::new();
        for letter in letters(app, &person.email).await {
            *copies.entry(letter.id).or_default() += 1;
        }
        all.push(copies);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_that_are_killed_leave_nobody_out_and_remind_nobody_of_the_same_twice() {
    const PEOPLE: usize = 10;
    const KILLS: usize = 8;
    // Such a trial ends soon from its first moment.
    let app = TestApp::with(Options {
        with_worker: false,
        variables: vec![("TRIAL_DAYS", "2".to_owned())],
        ..Options::default()
    })
    .await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(on_trial(&app, noon(app.sandbox.clock().now())).await.0);
    }
    let mut workers = [work(&app), work(&app)];
    for kill in 0..KILLS {
        eventually("more mails", || async {
            let copies = copies(&app, &people).await;
            let reached = copies.iter().filter(|copies| !copies.is_empty()).count();
            (reached >= (kill + 1).min(PEOPLE)).then_some(())
        })
        .await;
        let victim = kill % workers.len();
        workers[victim].kill().await.expect("it was killed");
        workers[victim] = work(&app);
    }
    app.settled().await;
    let copies = copies(&app, &people).await;
    let mut total = 0;
    for copies in &copies {
        assert_eq!(copies.len(), 1, "{copies:?}");
        total += copies.values().sum::<usize>();
    }
    assert!((PEOPLE..=PEOPLE + KILLS).contains(&total), "{total}");
    let noted: i64 = sqlx::query_scalar("select count(*) from app.reminders")
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("a count");
    assert_eq!(noted, i64::try_from(PEOPLE).expect("a small number"));
}
