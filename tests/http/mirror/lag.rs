//! Auth0's lists of members lag; the comparison never takes an old list for the truth.

use domain::Role;
use reqwest::Method;
use serde_json::json;
use tests::{Organization, Person, TestApp, eventually};

use super::{after_a_comparison, comparing, our_members, remove_in_auth0, sync};

async fn lagging(events: bool, minutes: u32) -> TestApp {
    let app = comparing(events).await;
    let lag = app.sandbox_request(Method::POST, "sandbox/consistency");
    let lag = lag.json(&json!({ "list_lag_ms": minutes * 60_000 }));
    app.send(lag).await.assert_status(200);
    app
}

async fn is_member(app: &TestApp, organization: &Organization, person: &Person) -> bool {
    let ours = our_members(app, organization).await;
    ours.contains_key(&person.user_id)
}

async fn is_listed_there(app: &TestApp, organization: &Organization, person: &Person) -> bool {
    let listed = super::auth0_members(app, organization).await;
    listed.contains_key(&person.user_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_list_brings_nobody_back_who_was_removed_here() {
    let app = lagging(false, 2).await;
    let organization = app.organization().await;
    let (person, token) = app.member(&organization, Role::OrgMember).await;
    app.advance("PT3M").await;
    assert!(is_listed_there(&app, &organization, &person).await);
    let id = person.user_id.replace('|', "%7C");
    let path = format!("/v1/orgs/{}/members/{id}", organization.id);
    let removal = app.request(Method::DELETE, &path, Some(&organization.token));
    app.send(removal).await.assert_status(204);
    app.settled().await;
    for _ in 0..3 {
        after_a_comparison(&app, &organization).await;
        assert!(
            is_listed_there(&app, &organization, &person).await,
            "the list is old"
        );
        assert!(!is_member(&app, &organization, &person).await);
    }
    let path = format!("/v1/orgs/{}", organization.id);
    app.get(&path, Some(&token))
        .await
        .assert_problem(403, "membership_required");
    app.advance("PT3M").await;
    after_a_comparison(&app, &organization).await;
    assert!(!is_member(&app, &organization, &person).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_list_neither_brings_back_nor_drops_whom_an_event_told_of() {
    let app = lagging(true, 5).await;
    let organization = app.organization().await;
    let (removed, _) = app.member(&organization, Role::OrgMember).await;
    app.advance("PT6M").await;
    remove_in_auth0(&app, &organization, &removed).await;
    let added = app.visitor().await;
    let auth0 = app.auth0();
    let members = [added.user_id.clone()];
    let adding = auth0
        .organizations()
        .add_members(&organization.id, &members);
    adding.await.expect("Auth0 adds them");
    eventually("what the events told", || async {
        let removed = !is_member(&app, &organization, &removed).await;
        (removed && is_member(&app, &organization, &added).await).then_some(())
    })
    .await;
    // Nobody has joined or left just now, so that nothing but the direct reads can tell.
    app.advance("PT2M").await;
    let drift = sync(&app, &organization).await["drift_total"].clone();
    for _ in 0..3 {
        let after = after_a_comparison(&app, &organization).await;
        assert!(
            is_listed_there(&app, &organization, &removed).await,
            "the list is old"
        );
        assert!(
            !is_listed_there(&app, &organization, &added).await,
            "the list is old"
        );
        assert!(!is_member(&app, &organization, &removed).await);
        assert!(is_member(&app, &organization, &added).await);
        assert_eq!(after["drift_total"], drift, "an old list is no drift");
    }
}
