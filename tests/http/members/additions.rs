//! Adding somebody who has an account: at Auth0 first, here last.

use domain::Role;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

use super::{auth0_comes_back, auth0_goes_away, member_url, members_url, remove, roles_at_auth0};

async fn add(app: &TestApp, team: &Organization, user_id: &str, token: &str) -> Answer {
    let wanted = json!({ "user_id": user_id, "roles": ["org_member", "org_billing"] });
    app.post(&members_url(team), token, &wanted).await
}

async fn member(app: &TestApp, team: &Organization, user_id: &str) -> Answer {
    app.get(&member_url(team, user_id), Some(&team.token)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_added_is_a_member_once_auth0_has_them() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let ben = app.visitor().await;
    let added = add(&app, &team, &ben.user_id, &team.token).await;
    let location = added
        .assert_status(202)
        .header("location")
        .expect("where")
        .to_owned();
    let member: Value = eventually("a member", || async {
        let answer = app.get(&location, Some(&team.token)).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!(member["joined_by"], "addition");
    assert_eq!(member["email"], ben.email);
    let roles = roles_at_auth0(&app, &team, &ben.user_id).await;
    assert_eq!(roles, Some(vec!["org_billing".into(), "org_member".into()]));
    let login = app.log_in(&ben, Some(&team.id)).await.expect("they may");
    let mine = format!("/v1/orgs/{}/projects", team.id);
    app.get(&mine, Some(&login.token)).await.assert_status(200);
    let again = add(&app, &team, &ben.user_id, &team.token).await;
    again.assert_problem(409, "already_member");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_added_without_an_account() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let nobody = "auth0|aaaaaaaaaaaaaaaaaaaaaaaa";
    add(&app, &team, nobody, &team.token)
        .await
        .assert_status(202);
    app.settled().await;
    member(&app, &team, nobody).await.assert_status(404);
    let rows = app
        .rows_that_mention(&["member.addition_failed".to_owned()])
        .await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains("no_account"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addition_waits_for_auth0_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let ben = app.visitor().await;
    auth0_goes_away(&app).await;
    add(&app, &team, &ben.user_id, &team.token)
        .await
        .assert_status(202);
    member(&app, &team, &ben.user_id).await.assert_status(404);
    remove(&app, &team, &ben.user_id, &team.token)
        .await
        .assert_status(204);
    remove(&app, &team, &ben.user_id, &team.token)
        .await
        .assert_status(404);
    auth0_comes_back(&app).await;
    app.settled().await;
    member(&app, &team, &ben.user_id).await.assert_status(404);
    assert_eq!(roles_at_auth0(&app, &team, &ben.user_id).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addition_fails_when_whoever_asked_is_no_admin_any_more() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (cleo, token) = app.member(&team, Role::OrgAdmin).await;
    let ben = app.visitor().await;
    auth0_goes_away(&app).await;
    add(&app, &team, &ben.user_id, &token)
        .await
        .assert_status(202);
    remove(&app, &team, &cleo.user_id, &team.token)
        .await
        .assert_status(204);
    auth0_comes_back(&app).await;
    app.settled().await;
    member(&app, &team, &ben.user_id).await.assert_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_limit_additions() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for n in 0..4 {
        app.write_member(&team, &format!("auth0|seat{n}"), &[Role::OrgMember])
            .await;
    }
    let ben = app.visitor().await;
    let answer = add(&app, &team, &ben.user_id, &team.token).await;
    answer.assert_problem(409, "no_seats_left");
}
