//! Whoever Auth0 has blocked is refused from the moment we know it, and let in again as soon as they are unblocked.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Organization, Person, TestApp, eventually};

use super::{comparing, management, sync, told};

async fn set_blocked(app: &TestApp, person: &Person, blocked: bool) {
    let path = format!("users/{}", person.user_id);
    management(app, Method::PATCH, &path, &json!({ "blocked": blocked })).await;
}

async fn eventually_answers(app: &TestApp, path: &str, token: &str, status: u16) -> Value {
    eventually(&format!("{status} for {path}"), || async {
        let answer = app.get(path, Some(token)).await;
        (answer.status == status).then(|| answer.json())
    })
    .await
}

async fn shown(app: &TestApp, organization: &Organization, person: &Person) -> Value {
    let id = person.user_id.replace('|', "%7C");
    let path = format!("/v1/orgs/{}/members/{id}", organization.id);
    let shown = app.get(&path, Some(&organization.token)).await;
    shown.assert_status(200).json()
}

async fn actions(app: &TestApp, organization: &Organization) -> Vec<String> {
    let path = format!("/v1/orgs/{}/audit-events?limit=200", organization.id);
    let events = app.get(&path, Some(&organization.token)).await;
    let events = events.assert_status(200).json();
    let events = events["items"].as_array().expect("a list").iter();
    let actions = events.filter_map(|event| event["action"].as_str());
    actions
        .filter(|action| action.ends_with("blocked"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_member_is_refused_everywhere_until_they_are_unblocked() {
    let app = told().await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    let path = format!("/v1/orgs/{}", organization.id);
    app.get(&path, Some(&token)).await.assert_status(200);
    set_blocked(&app, &person, true).await;
    let refused = eventually_answers(&app, &path, &token, 403).await;
    assert_eq!(refused["code"], "account_blocked");
    for (path, token) in [("/v1/me", &person.token), ("/v1/me/projects", &token)] {
        app.get(path, Some(token))
            .await
            .assert_problem(403, "account_blocked");
    }
    eventually("a blocked member", || async {
        let shown = shown(&app, &organization, &person).await;
        (shown["blocked"] == true && actions(&app, &organization).await == ["member.blocked"])
            .then_some(())
    })
    .await;
    set_blocked(&app, &person, false).await;
    eventually_answers(&app, &path, &token, 200).await;
    eventually("an unblocked member", || async {
        let shown = shown(&app, &organization, &person).await;
        let told = actions(&app, &organization).await;
        (shown["blocked"] == false && told == ["member.unblocked", "member.blocked"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_an_organization_is_refused_too() {
    let app = told().await;
    let visitor = app.visitor().await;
    app.get("/v1/me", Some(&visitor.token))
        .await
        .assert_status(200);
    set_blocked(&app, &visitor, true).await;
    let refused = eventually_answers(&app, "/v1/me", &visitor.token, 403).await;
    assert_eq!(refused["code"], "account_blocked");
    set_blocked(&app, &visitor, false).await;
    eventually_answers(&app, "/v1/me", &visitor.token, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_comparison_finds_whom_no_event_called_blocked_or_unblocked_and_counts_it() {
    let app = comparing(false).await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    let visitor = app.visitor().await;
    app.get("/v1/me", Some(&visitor.token))
        .await
        .assert_status(200);
    let path = format!("/v1/orgs/{}", organization.id);
    for (blocked, status) in [(true, 403), (false, 200)] {
        let before = sync(&app, &organization).await["last_drift"]["at"].clone();
        set_blocked(&app, &person, blocked).await;
        set_blocked(&app, &visitor, blocked).await;
        eventually_answers(&app, &path, &token, status).await;
        eventually_answers(&app, "/v1/me", &visitor.token, status).await;
        eventually("a drift that was counted", || async {
            let sync = sync(&app, &organization).await;
            (sync["last_drift"]["at"] != before && sync["last_drift"]["changed"] == 1).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_answer_of_auth0_does_not_undo_a_newer_one() {
    let app = TestApp::start().await;
    let visitor = app.visitor().await;
    app.get("/v1/me", Some(&visitor.token))
        .await
        .assert_status(200);
    let store = app.database.store(store::DatabaseRole::Worker).await;
    let person = domain::Person {
        issuer: app.sandbox.base_url().parse().expect("an issuer"),
        user_id: visitor.user_id.parse().expect("a user id"),
    };
    let now = app.sandbox.clock().now();
    let earlier = now - std::time::Duration::from_secs(1);
    for (blocked, as_of, status) in [(true, now, 403), (false, earlier, 403), (false, now, 200)] {
        let noted = store.note_account(&person, blocked, as_of).await;
        noted.expect("it is noted");
        let answer = app.get("/v1/me", Some(&visitor.token)).await;
        answer.assert_status(status);
    }
}
