//! The link in the e-mail, followed through the pages as a browser would.

use domain::Role;
use reqwest::Method;
use tests::{Link, Organization, TestApp};

use super::is_let_in;

const BO: &str = "bo@acme.example";

async fn members(app: &TestApp, acme: &Organization) -> usize {
    let path = format!("/v1/orgs/{}/members", acme.id);
    let list = app.get(&path, Some(&acme.token)).await;
    list.json()["items"].as_array().expect("members").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_chosen_and_the_member_works_at_once() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let login = app.follow(&app.mailed_link(BO).await, BO).await;
    let login = login.expect("the invitation is accepted");
    assert_eq!(login.access["https://tenantry.dev/roles"][0], "org_member");
    is_let_in(&app, &acme, &login).await;
    let project = serde_json::json!({ "name": "First" });
    app.post(
        &format!("/v1/orgs/{}/projects", acme.id),
        &login.token,
        &project,
    )
    .await
    .assert_status(201);
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(shown["state"], "accepted");
    assert_eq!(shown["accepted_by"], login.access["sub"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_used_again_makes_no_second_member() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.invited(&acme, BO, Role::OrgMember).await;
    let link = app.mailed_link(BO).await;
    let (one, other) = tokio::join!(app.follow(&link, BO), app.follow(&link, BO));
    let accepted: Vec<_> = [one, other].into_iter().flatten().collect();
    assert_eq!(
        accepted.len(),
        1,
        "one of the two browsers is told that it is used"
    );
    is_let_in(&app, &acme, &accepted[0]).await;
    assert!(app.follow(&link, BO).await.is_err());
    app.settled().await;
    assert_eq!(members(&app, &acme).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_leads_nowhere() {
    let app = TestApp::start().await;
    let mut acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let link = app.mailed_link(BO).await;
    app.advance("P7D").await;
    assert!(app.follow(&link, BO).await.is_err());
    acme.token = app.enter(&acme, &acme.admin).await;
    assert_eq!(app.invitation(&acme, &id).await["state"], "expired");
    assert_eq!(members(&app, &acme).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_link_leads_nowhere() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let link = app.mailed_link(BO).await;
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(revoke).await.assert_status(204);
    app.settled().await;
    assert!(app.follow(&link, BO).await.is_err());
    assert_eq!(members(&app, &acme).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_one_organization_does_not_open_another() {
    let app = TestApp::start().await;
    let (acme, other) = (app.organization().await, app.organization().await);
    let id = app.invited(&acme, BO, Role::OrgAdmin).await;
    let link = Link {
        organization: other.id.clone(),
        ..app.mailed_link(BO).await
    };
    assert!(app.follow(&link, BO).await.is_err());
    assert_eq!(members(&app, &other).await, 1);
    assert_eq!(app.invitation(&acme, &id).await["state"], "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_of_two_links_works() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let old = app.mailed_link(BO).await;
    let path = format!("/v1/orgs/{}/invitations/{id}/resend", acme.id);
    app.post(&path, &acme.token, &serde_json::json!({}))
        .await
        .assert_status(200);
    app.settled().await;
    assert!(app.follow(&old, BO).await.is_err());
    let login = app.follow(&app.mailed_link(BO).await, BO).await;
    is_let_in(&app, &acme, &login.expect("the new link works")).await;
}
