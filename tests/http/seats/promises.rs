//! What is promised counts on every way in, and is not counted twice when it is kept.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

async fn add(app: &TestApp, team: &Organization, user_id: &str) -> Answer {
    let wanted = json!({ "user_id": user_id, "roles": ["org_member"] });
    let path = format!("/v1/orgs/{}/members", team.id);
    app.post(&path, &team.token, &wanted).await
}

fn assert_full(answer: &Answer, taken: &str) {
    answer.assert_problem(409, "no_seats_left");
    let problem = answer.json();
    assert_eq!(
        (&problem["because"], &problem["lifted_by"]),
        (&json!("seats"), &json!("more_seats"))
    );
    let detail = problem["detail"].as_str().expect("numbers");
    assert_eq!(detail, format!("The plan has 5 seats; {taken} take them."));
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_and_additions_take_seats_from_each_other() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    app.plan_fault(&json!({ "path": "/api/v2/", "kind": "status" }))
        .await;
    for n in 0..2 {
        let email = format!("{n}@acme.example");
        app.invite(&team, &email, &[Role::OrgMember])
            .await
            .assert_status(201);
        add(&app, &team, &format!("auth0|added{n}"))
            .await
            .assert_status(202);
    }
    let taken = "1 members, 2 pending invitations and 2 pending additions";
    assert_full(&add(&app, &team, "auth0|added2").await, taken);
    assert_full(
        &app.invite(&team, "2@acme.example", &[Role::OrgMember])
            .await,
        taken,
    );
    // Whoever is being added has their seat already.
    add(&app, &team, "auth0|added0").await.assert_status(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_seat_is_kept_for_whom_it_was_promised() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for n in 0..3 {
        app.write_member(&team, &format!("auth0|seat{n}"), &[Role::OrgMember])
            .await;
    }
    let (bo, cy) = (app.visitor().await, app.visitor().await);
    let id = app.invited(&team, &bo.email, Role::OrgMember).await;
    // Added at Auth0 by hand, or just in time by an identity provider: no seat is free.
    app.add_in_auth0(&team, &cy, Role::OrgMember).await;
    let cys = app.enter(&team, &cy).await;
    let path = format!("/v1/orgs/{}", team.id);
    app.get(&path, Some(&cys)).await;
    app.settled().await;
    let refused = app.get(&path, Some(&cys)).await;
    refused.assert_problem(403, "membership_required");
    let refused = refused.json();
    let why = refused["detail"].as_str().expect("a detail");
    assert!(why.contains("seats"), "{why}");
    app.accept_at_auth0(&team, &id, &bo, Role::OrgMember).await;
    let bos = app.enter(&team, &bo).await;
    eventually("a member", || async {
        let answer = app.get(&path, Some(&bos)).await;
        answer.status.is_success().then_some(())
    })
    .await;
    let shown: Value = app.invitation(&team, &id).await;
    assert_eq!(shown["state"], "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invitation_is_sent_again_only_if_there_is_a_seat() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let expired = app.expired_invitation(&team).await;
    let resend = format!("/v1/orgs/{}/invitations/{expired}/resend", team.id);
    for n in 0..4 {
        app.write_member(&team, &format!("auth0|seat{n}"), &[Role::OrgMember])
            .await;
    }
    let refused = app.post(&resend, &team.token, &json!({})).await;
    assert_full(
        &refused,
        "5 members, 0 pending invitations and 0 pending additions",
    );
    let path = format!("/v1/orgs/{}/members/auth0%7Cseat0", team.id);
    let removed = app.request(Method::DELETE, &path, Some(&team.token));
    app.send(removed).await.assert_status(204);
    app.post(&resend, &team.token, &json!({}))
        .await
        .assert_status(200);
}
