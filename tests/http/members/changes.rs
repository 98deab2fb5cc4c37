//! Removing, leaving and changing roles: what counts at once, and what is refused.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::TestApp;

use super::{change_roles, member_url, members_url, remove};

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_is_refused_a_thousand_times_with_the_old_token() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, token) = app.member(&team, Role::OrgMember).await;
    let projects = format!("/v1/orgs/{}/projects", team.id);
    app.get(&projects, Some(&token)).await.assert_status(200);
    remove(&app, &team, &ben.user_id, &team.token)
        .await
        .assert_status(204);
    for _ in 0..1_000 {
        let answer = app.get(&projects, Some(&token)).await;
        answer.assert_problem(403, "membership_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demoted_admin_is_refused_a_thousand_times_with_the_old_token() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, token) = app.member(&team, Role::OrgAdmin).await;
    change_roles(&app, &team, &ben.user_id, &team.token, &["org_readonly"])
        .await
        .assert_status(200);
    let projects = format!("/v1/orgs/{}/projects", team.id);
    for _ in 0..1_000 {
        let answer = app.post(&projects, &token, &json!({ "name": "No" })).await;
        answer.assert_problem(403, "permission_denied");
    }
    app.get(&projects, Some(&token)).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_raises_themselves_or_touches_others_without_being_an_admin() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for role in [Role::OrgMember, Role::OrgBilling, Role::OrgReadonly] {
        let (person, token) = app.member(&team, role).await;
        for target in [&person.user_id, &team.admin.user_id] {
            let answer = change_roles(&app, &team, target, &token, &["org_admin"]).await;
            answer.assert_problem(403, "permission_denied");
        }
        let others = [team.admin.user_id.as_str(), "auth0|nobody"];
        for target in others {
            let answer = remove(&app, &team, target, &token).await;
            answer.assert_problem(403, "permission_denied");
        }
        remove(&app, &team, &person.user_id, &token)
            .await
            .assert_status(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_neither_leaves_nor_steps_down() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let admin = &team.admin.user_id;
    let leaves = remove(&app, &team, admin, &team.token).await;
    leaves.assert_problem(409, "last_admin");
    let steps_down = change_roles(&app, &team, admin, &team.token, &["org_member"]).await;
    steps_down.assert_problem(409, "last_admin");
    let more = ["org_admin", "org_billing"];
    let answer = change_roles(&app, &team, admin, &team.token, &more).await;
    assert_eq!(answer.assert_status(200).json()["roles"], json!(more));
}

/// Whoever is blocked can administer nothing, so the other one is the last who can.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_administrator_is_nobody_to_leave_the_organization_to() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let blocked = "auth0|blocked";
    app.write_member(&team, blocked, &[Role::OrgAdmin]).await;
    app.write_blocked(blocked).await;
    let admin = &team.admin.user_id;
    let leaves = remove(&app, &team, admin, &team.token).await;
    leaves.assert_problem(409, "last_admin");
    let steps_down = change_roles(&app, &team, admin, &team.token, &["org_member"]).await;
    steps_down.assert_problem(409, "last_admin");
    let account = app.request(Method::DELETE, "/v1/me", Some(&team.admin.token));
    let account = app.send(account).await;
    account.assert_problem(409, "last_admin");
    let heir = format!("{}/ownership", member_url(&team, blocked));
    let given = app.post(&heir, &team.token, &json!({})).await;
    given.assert_problem(409, "last_admin");
    // They are no administrator whom the organization would miss.
    let demoted = change_roles(&app, &team, blocked, &team.token, &["org_member"]).await;
    demoted.assert_status(200);
    app.write_member(&team, blocked, &[Role::OrgAdmin]).await;
    let removed = remove(&app, &team, blocked, &team.token).await;
    removed.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn ownership_is_handed_over_in_two_steps() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, token) = app.member(&team, Role::OrgMember).await;
    let admin = &team.admin.user_id;
    change_roles(&app, &team, &ben.user_id, &team.token, &["org_admin"])
        .await
        .assert_status(200);
    change_roles(&app, &team, admin, &team.token, &["org_member"])
        .await
        .assert_status(200);
    let back = change_roles(&app, &team, admin, &team.token, &["org_admin"]).await;
    back.assert_problem(403, "permission_denied");
    let own = remove(&app, &team, &ben.user_id, &token).await;
    own.assert_problem(409, "last_admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_roles_is_never_empty_or_unknown() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let admin = &team.admin.user_id;
    change_roles(&app, &team, admin, &team.token, &[])
        .await
        .assert_problem(422, "invalid_request")
        .assert_field("roles");
    change_roles(&app, &team, admin, &team.token, &["org_admin", "owner"])
        .await
        .assert_problem(422, "invalid_request")
        .assert_field("roles[1]");
    let nobody = change_roles(&app, &team, "auth0|nobody", &team.token, &["org_admin"]).await;
    nobody.assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_members_is_in_the_audit_trail() {
    let app = TestApp::start().await;
    let team = app.organization_of("enterprise").await;
    let (ben, token) = app.member(&team, Role::OrgMember).await;
    change_roles(&app, &team, &ben.user_id, &team.token, &["org_billing"])
        .await
        .assert_status(200);
    remove(&app, &team, &ben.user_id, &token)
        .await
        .assert_status(204);
    let target = format!("member%3A{}", ben.user_id.replace('|', "%7C"));
    let url = format!("/v1/orgs/{}/audit-events?target={target}", team.id);
    let events = app
        .get(&url, Some(&team.token))
        .await
        .assert_status(200)
        .json();
    let actions: Vec<&Value> = events["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|event| &event["action"])
        .collect();
    assert!(
        actions.contains(&&json!("member.roles_changed")),
        "{events}"
    );
    assert!(actions.contains(&&json!("member.left")), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_are_listed_with_what_they_allow() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let url = format!("/v1/orgs/{}/roles", team.id);
    let roles = app
        .get(&url, Some(&team.token))
        .await
        .assert_status(200)
        .json();
    let items = roles["items"].as_array().expect("items");
    let names: Vec<&Value> = items.iter().map(|role| &role["role"]).collect();
    assert_eq!(
        names,
        ["org_admin", "org_member", "org_billing", "org_readonly"]
    );
    for role in items {
        let can_write = role["permissions"].to_string().contains("members:write");
        assert_eq!(can_write, role["role"] == "org_admin", "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_shows_how_they_came_and_what_they_log_in_with() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let url = member_url(&team, &team.admin.user_id);
    let mut buyer = app
        .get(&url, Some(&team.token))
        .await
        .assert_status(200)
        .json();
    assert_eq!(buyer["joined_by"], "purchase");
    assert_eq!(buyer["connection"], "Username-Password-Authentication");
    let listed = app.get(&members_url(&team), Some(&team.token)).await;
    let mut listed = listed.assert_status(200).json()["items"].take();
    // The first of these calls was the first visit, which is noted beside it.
    for shown in [&mut buyer, &mut listed[0]] {
        shown["last_seen_at"].take();
    }
    assert_eq!(listed, json!([buyer]));
}
