//! When a member was last there.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Role;
use tests::{Organization, TestApp, eventually};

use super::member_url;

async fn last_seen(app: &TestApp, team: &Organization, user_id: &str) -> Option<DateTime<Utc>> {
    let shown = app.get(&member_url(team, user_id), Some(&team.token)).await;
    let shown = shown.assert_status(200).json();
    shown["last_seen_at"].as_str()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_was_last_there_when_they_last_called_to_the_hour() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, token) = app.member(&team, Role::OrgMember).await;
    assert_eq!(last_seen(&app, &team, &ben.user_id).await, None);
    let projects = format!("/v1/orgs/{}/projects", team.id);
    app.get(&projects, Some(&token)).await.assert_status(200);
    let first = eventually("a first time", || last_seen(&app, &team, &ben.user_id)).await;
    assert!(app.sandbox.clock().now() - first < TimeDelta::minutes(1));

    app.advance("PT2H").await;
    let admin = app.log_in(&team.admin, Some(&team.id)).await;
    let team = Organization {
        token: admin.expect("they are a member").token,
        ..team
    };
    assert_eq!(last_seen(&app, &team, &ben.user_id).await, Some(first));
    let token = app.enter(&team, &ben).await;
    app.get(&projects, Some(&token)).await.assert_status(200);
    eventually("a second time", || async {
        let seen = last_seen(&app, &team, &ben.user_id).await?;
        (seen - first >= TimeDelta::hours(2)).then_some(())
    })
    .await;
}
