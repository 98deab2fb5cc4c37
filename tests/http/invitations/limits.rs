//! Seats, and the limits against mail bombing: exact, also when many ask at once.

use domain::Role;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Organization, TestApp};

async fn revoke_all(app: &TestApp, acme: &Organization) {
    let path = format!("/v1/orgs/{}/invitations", acme.id);
    let pending = app
        .get(&format!("{path}?state=pending"), Some(&acme.token))
        .await;
    for invitation in pending.json()["items"].as_array().expect("items") {
        let id = invitation["invitation_id"].as_str().expect("an id");
        let revoke = app.request(Method::DELETE, &format!("{path}/{id}"), Some(&acme.token));
        app.send(revoke).await.assert_status(204);
    }
}

/// Seconds that a refused one has to wait.
fn wait(answer: &Answer) -> u64 {
    answer.assert_problem(429, "too_many_requests");
    let seconds = answer.header("retry-after").expect("it says when");
    seconds.parse().expect("whole seconds")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_sends_twenty_in_an_hour_and_not_one_more() {
    let app = TestApp::start().await;
    let mut acme = app.organization().await;
    for n in 0..20 {
        let email = format!("{n}@acme.example");
        app.invite(&acme, &email, &[Role::OrgMember])
            .await
            .assert_status(201);
        if n % 4 == 3 {
            revoke_all(&app, &acme).await;
        }
    }
    let refused = app
        .invite(&acme, "20@acme.example", &[Role::OrgMember])
        .await;
    let seconds = wait(&refused);
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    app.advance(&format!("PT{}S", seconds + 1)).await;
    acme.token = app.enter(&acme, &acme.admin).await;
    app.invite(&acme, "20@acme.example", &[Role::OrgMember])
        .await
        .assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_three_in_a_day_and_not_one_more() {
    let app = TestApp::start().await;
    let mut acme = app.organization().await;
    let id = app.invited(&acme, "bo@acme.example", Role::OrgMember).await;
    let resend = format!("/v1/orgs/{}/invitations/{id}/resend", acme.id);
    for _ in 0..2 {
        app.post(&resend, &acme.token, &json!({}))
            .await
            .assert_status(200);
    }
    let seconds = wait(&app.post(&resend, &acme.token, &json!({})).await);
    assert!((86_300..=86_400).contains(&seconds), "{seconds}");
    revoke_all(&app, &acme).await;
    wait(
        &app.invite(&acme, "bo@acme.example", &[Role::OrgMember])
            .await,
    );
    app.invite(&acme, "cy@acme.example", &[Role::OrgMember])
        .await
        .assert_status(201);
    app.advance(&format!("PT{}S", seconds + 1)).await;
    acme.token = app.enter(&acme, &acme.admin).await;
    app.invite(&acme, "bo@acme.example", &[Role::OrgMember])
        .await
        .assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_never_take_more_seats_than_there_are() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let emails: Vec<_> = (0..50).map(|n| format!("{n}@acme.example")).collect();
    let asked = emails
        .iter()
        .map(|email| app.invite(&acme, email, &[Role::OrgMember]));
    let answers = join_all(asked).await;
    let (created, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.status.as_u16() == 201);
    for answer in &refused {
        answer.assert_problem(409, "no_seats_left");
    }
    assert_eq!(
        (created.len(), refused.len()),
        (4, 46),
        "five seats, one member"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_that_do_not_fit_are_refused_together() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let invitees: Vec<_> = (0..5)
        .map(|n| json!({ "email": format!("{n}@acme.example"), "roles": ["org_member"] }))
        .collect();
    let path = format!("/v1/orgs/{}/invitations", acme.id);
    app.post(&path, &acme.token, &json!({ "invitees": invitees }))
        .await
        .assert_problem(409, "no_seats_left");
    let list = app.get(&path, Some(&acme.token)).await.json();
    assert_eq!(list["items"], json!([]));
}
