//! More than Auth0 takes at once: ten members in a call, fifty roles of a member.

use domain::Role;
use futures::TryStreamExt;
use futures::stream::{self, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tests::TestApp;

use super::{change_roles, remove, roles_at_auth0};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_and_thirty_seven_members_who_are_removed_none_is_left_at_auth0() {
    let app = TestApp::start().await;
    // As many members as these take the first comparison longer than anybody waits for it.
    app.is_compared().await;
    let team = app.organization_of("enterprise").await;
    let created = stream::iter(0..137).map(|n| {
        let body = json!({
            "connection": "Username-Password-Authentication",
            "email": format!("member-{n}@example.com"),
            "password": tests::PASSWORD,
        });
        let app = &app;
        async move {
            let user = app.as_auth0_admin(Method::POST, "users", Some(&body)).await;
            let user: Value = user.json();
            user["user_id"].as_str().expect("an id").to_owned()
        }
    });
    let users: Vec<String> = created.buffered(8).collect().await;
    let auth0 = app.auth0();
    let organizations = auth0.organizations();
    organizations
        .add_members(&team.id, &users)
        .await
        .expect("ten at a time");
    for user in &users {
        app.write_member(&team, user, &[Role::OrgMember]).await;
    }
    for user in &users {
        remove(&app, &team, user, &team.token)
            .await
            .assert_status(204);
    }
    app.settled().await;
    let left: Vec<_> = organizations
        .members(&team.id)
        .try_collect()
        .await
        .expect("Auth0 answers");
    let left: Vec<_> = left.into_iter().map(|member| member.user_id).collect();
    assert_eq!(left, std::slice::from_ref(&team.admin.user_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_full_of_foreign_roles_keeps_them_and_changes_ours() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    let mut foreign = Vec::new();
    for n in 0..49 {
        let role = json!({ "name": format!("theirs-{n:02}") });
        let role = app.as_auth0_admin(Method::POST, "roles", Some(&role)).await;
        foreign.push(role.json()["id"].as_str().expect("an id").to_owned());
    }
    let auth0 = app.auth0();
    auth0
        .organizations()
        .add_member_roles(&team.id, &ben.user_id, &foreign)
        .await
        .expect("fifty with ours");
    change_roles(&app, &team, &ben.user_id, &team.token, &["org_billing"])
        .await
        .assert_status(200);
    app.settled().await;
    let roles = roles_at_auth0(&app, &team, &ben.user_id).await;
    let roles = roles.expect("a member");
    assert_eq!(roles.len(), 50, "{roles:?}");
    assert_eq!(
        roles
            .iter()
            .filter(|role| role.starts_with("theirs-"))
            .count(),
        49
    );
    assert!(roles.contains(&"org_billing".to_owned()), "{roles:?}");
}
