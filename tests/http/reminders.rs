//! Reminders by mail: once each, in somebody's own morning, and never to whoever has paid.

mod outages;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Organization, Person, TestApp, eventually};

/// A mail that came by SMTP.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Letter {
    subject: String,
    text: String,
    id: String,
}

/// Newest first.
async fn letters(app: &TestApp, to: &str) -> Vec<Letter> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").iter();
    let theirs = mails.filter(|mail| mail["to"] == to && mail["template"] == "smtp");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    theirs
        .map(|mail| Letter {
            subject: text(&mail["subject"]),
            text: text(&mail["text"]),
            id: text(&mail["message_id"]),
        })
        .collect()
}

/// Waits for the next one and answers it; there is no other.
async fn next_letter(app: &TestApp, to: &str, before: usize) -> Letter {
    eventually("a mail", || async {
        (letters(app, to).await.len() > before).then_some(())
    })
    .await;
    app.settled().await;
    let letters = letters(app, to).await;
    assert_eq!(letters.len(), before + 1, "{letters:#?}");
    letters[0].clone()
}

/// Somebody on trial who has said where they live, and when the trial ends.
async fn on_trial(app: &TestApp, zone: Tz) -> (Person, DateTime<Utc>) {
    let person = app.visitor().await;
    lives_in(app, &person, zone).await;
    let me = app.get("/v1/me", Some(&person.token)).await;
    let me = me.assert_status(200).json();
    let end = me["subscription"]["ends_at"].as_str().expect("an end");
    (person, end.parse().expect("a time"))
}

async fn lives_in(app: &TestApp, person: &Person, zone: Tz) {
    let user = person.user_id.replace('|', "%7C");
    let profile = json!({ "user_metadata": { "zoneinfo": zone.name() } });
    app.as_auth0_admin(Method::PATCH, &format!("users/{user}"), Some(&profile))
        .await;
}

/// Nine o'clock there, so many days before.
fn morning(zone: Tz, end: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    let day = end.with_timezone(&zone).date_naive() - Days::new(days);
    let nine = NaiveTime::from_hms_opt(9, 0, 0).expect("a time");
    let local = day.and_time(nine).and_local_timezone(zone);
    local.earliest().expect("it exists").to_utc()
}

/// Moves every clock to this instant.
fn jump(app: &TestApp, to: DateTime<Utc>) {
    let clock = app.sandbox.clock();
    clock.advance(to - clock.now());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_mails_before_a_trial_ends_each_in_the_morning_of_auckland_and_of_los_angeles() {
    let app = TestApp::start().await;
    let mut people = Vec::new();
    for zone in [Tz::Pacific__Auckland, Tz::America__Los_Angeles] {
        let (person, end) = on_trial(&app, zone).await;
        for days in [3, 1] {
            people.push((morning(zone, end, days), person.email.clone(), end, zone));
        }
    }
    app.settled().await;
    people.sort_by_key(|found| found.0);
    let mut ids = BTreeSet::new();
    for (at, email, end, zone) in people {
        let before = letters(&app, &email).await;
        jump(&app, at - TimeDelta::minutes(2));
        app.settled().await;
        assert_eq!(letters(&app, &email).await, before, "before {at}");
        jump(&app, at + TimeDelta::seconds(1));
        let letter = next_letter(&app, &email, before.len()).await;
        let there = end.with_timezone(&zone);
        assert_eq!(
            letter.subject,
            format!("Tenantry: Your trial ends on {}", there.format("%-d %B"))
        );
        assert!(letter.text.contains(&there.format("%H:%M").to_string()));
        assert!(letter.text.contains(zone.name()), "{}", letter.text);
        assert!(ids.insert(letter.id));
    }
    assert_eq!(ids.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_lasts_longer_is_told_of_its_new_end_alone() {
    let app = TestApp::start().await;
    let (person, end) = on_trial(&app, Tz::UTC).await;
    let me = app.get("/v1/me", Some(&person.token)).await.json();
    let id = me["individual_id"].as_str().expect("an id");
    let token = app.platform_token().await;
    let until = end + TimeDelta::days(30);
    let path = format!("/v1/platform/individuals/{id}/subscription/extend");
    let body = json!({ "until": until, "reason": "They were ill." });
    app.post(&path, &token, &body).await.assert_status(200);
    for days in [3, 1] {
        jump(&app, morning(Tz::UTC, end, days) + TimeDelta::hours(1));
        app.settled().await;
        assert_eq!(letters(&app, &person.email).await, []);
    }
    jump(&app, morning(Tz::UTC, until, 3) + TimeDelta::hours(1));
    let letter = next_letter(&app, &person.email, 0).await;
    let day = until.format("%-d %B").to_string();
    assert!(letter.subject.ends_with(&day), "{}", letter.subject);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_or_came_to_a_team_hears_of_no_trial() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (member, _) = app.member(&team, Role::OrgMember).await;
    let (alone, end) = on_trial(&app, Tz::UTC).await;
    for token in [&member.token, &team.admin.token] {
        app.get("/v1/me", Some(token)).await.assert_status(200);
    }
    app.settled().await;
    jump(&app, morning(Tz::UTC, end, 3) + TimeDelta::hours(1));
    next_letter(&app, &alone.email, 0).await;
    app.settled().await;
    for person in [&member, &team.admin] {
        assert_eq!(letters(&app, &person.email).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_cancelled_plan_is_told_to_those_who_pay_unless_it_goes_on() {
    let app = TestApp::start().await;
    app.is_compared().await;
    let (leaving, staying) = (app.organization().await, app.organization().await);
    let (billing, _) = app.member(&leaving, Role::OrgBilling).await;
    let (member, _) = app.member(&leaving, Role::OrgMember).await;
    app.settled().await;
    let path = |org: &str, verb: &str| format!("/v1/orgs/{org}/subscription/{verb}");
    let mut end = app.sandbox.clock().now();
    for team in [&leaving, &staying] {
        let cancel = app.request(Method::POST, &path(&team.id, "cancel"), Some(&team.token));
        let cancelled = app.send(cancel).await.assert_status(200).json();
        end = end_of(&cancelled);
    }
    let resume = app.request(
        Method::POST,
        &path(&staying.id, "resume"),
        Some(&staying.token),
    );
    app.send(resume).await.assert_status(200);
    app.settled().await;
    jump(&app, morning(Tz::UTC, end, 3) + TimeDelta::hours(1));
    for person in [&leaving.admin, &billing] {
        let letter = next_letter(&app, &person.email, 0).await;
        let expected = format!(
            "Tenantry: The plan of A team ends on {}",
            end.format("%-d %B")
        );
        assert_eq!(letter.subject, expected);
    }
    for person in [&member, &staying.admin] {
        assert_eq!(letters(&app, &person.email).await, []);
    }
}

/// What Stripe's dashboard could do.
async fn stripe_does(app: &TestApp, action: &str) {
    let listed = app
        .sandbox_request(Method::GET, "stripe/v1/subscriptions?limit=1")
        .bearer_auth("sk_test_tenantry");
    let listed = app.send(listed).await.assert_status(200).json();
    let id = listed["data"][0]["id"].as_str().expect("an id");
    let path = format!("stripe/sandbox/subscriptions/{id}/{action}");
    let request = app.sandbox_request(Method::POST, &path).json(&json!({}));
    app.send(request).await.assert_status(200);
}

fn end_of(subscription: &Value) -> DateTime<Utc> {
    let end = subscription["ends_at"].as_str().expect("an end");
    end.parse().expect("a time")
}

async fn shown(app: &TestApp, team: &Organization) -> Value {
    let token = app.platform_token().await;
    let path = format!("/v1/platform/organizations/{}/subscription", team.id);
    app.get(&path, Some(&token)).await.assert_status(200).json()
}

/// A team whose renewal has failed and has been told of; the end of its grace.
async fn late(app: &TestApp) -> (Organization, DateTime<Utc>) {
    let team = app.organization().await;
    app.settled().await;
    let paid_until = end_of(&shown(app, &team).await);
    jump(app, paid_until + TimeDelta::minutes(5));
    app.settled().await;
    stripe_does(app, "fail_payment").await;
    let failed = next_letter(app, &team.admin.email, 0).await;
    let expected = "Tenantry: The payment for the plan of A team failed";
    assert_eq!(failed.subject, expected);
    let late = shown(app, &team).await;
    assert_eq!(late["status"], "past_due");
    (team, end_of(&late))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_payment_is_told_at_once_and_again_before_the_grace_ends() {
    let app = TestApp::start().await;
    // Else it is given up before the grace is over.
    let keep = json!({ "after_retries": "past_due" });
    let keep = app
        .sandbox_request(Method::POST, "stripe/sandbox/renewals")
        .json(&keep);
    app.send(keep).await.assert_status(200);
    let (team, grace) = late(&app).await;
    jump(&app, morning(Tz::UTC, grace, 3) + TimeDelta::hours(1));
    let last = next_letter(&app, &team.admin.email, 1).await;
    let expected = format!(
        "Tenantry: The time to pay for the plan of A team ends on {}",
        grace.format("%-d %B")
    );
    assert_eq!(last.subject, expected);
    jump(&app, grace + TimeDelta::days(1));
    app.settled().await;
    assert_eq!(letters(&app, &team.admin.email).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_what_was_outstanding_hears_no_more_of_it() {
    let app = TestApp::start().await;
    let (team, grace) = late(&app).await;
    stripe_does(&app, "renew").await;
    eventually("the recovery", || async {
        (shown(&app, &team).await["status"] == "active").then_some(())
    })
    .await;
    jump(&app, morning(Tz::UTC, grace, 3) + TimeDelta::hours(1));
    app.settled().await;
    assert_eq!(letters(&app, &team.admin.email).await.len(), 1);
}
