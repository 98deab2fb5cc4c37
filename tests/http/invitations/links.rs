//! The link in the e-mail, followed through the pages as a browser would.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
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

async fn told(app: &TestApp, acme: &Organization, id: &str, key: &str) -> Value {
    let path = format!("/v1/orgs/{}/invitations/{id}/link", acme.id);
    let ask = app.request(Method::POST, &path, Some(&acme.token));
    let answer = app.send(ask.header("idempotency-key", key)).await;
    answer.assert_status(200).json()
}

/// Who sends their own e-mail is told the link, and nobody else and nothing else has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_nobody_mails_is_told_once_and_lets_the_invitee_in() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let (_, member) = app.member(&acme, Role::OrgMember).await;
    let invitee = json!({ "email": BO, "roles": ["org_billing"] });
    let body = json!({ "invitees": [invitee], "send_email": false });
    let invitations = format!("/v1/orgs/{}/invitations", acme.id);
    let created = app.post(&invitations, &acme.token, &body).await;
    let created = created.assert_status(201).json();
    let id = created["items"][0]["invitation"]["invitation_id"].as_str();
    let id = id.expect("an id").to_owned();
    let path = format!("{invitations}/{id}/link");
    app.post(&path, &member, &json!({}))
        .await
        .assert_problem(403, "permission_denied");
    app.settled().await;
    assert_eq!(app.invitation(&acme, &id).await["link_waits"], true);
    // Sealed, until somebody has asked.
    let [theirs] = &app.invitations_at_auth0(&acme, &id).await[..] else {
        panic!("Auth0 has not exactly one");
    };
    let ticket = secrecy::ExposeSecret::expose_secret(&theirs.ticket_id).to_owned();
    let first = told(&app, &acme, &id, "one").await;
    let link = Link::of(first["url"].as_str().expect("a link"));
    assert_eq!((&link.ticket, &first["issue"]), (&ticket, &json!(1)));
    assert_eq!(told(&app, &acme, &id, "one").await["url"], Value::Null);
    app.post(&path, &acme.token, &json!({}))
        .await
        .assert_problem(409, "conflict");
    assert_eq!(app.invitation(&acme, &id).await["link_waits"], false);
    let resend = format!("{invitations}/{id}/resend");
    app.post(&resend, &acme.token, &json!({}))
        .await
        .assert_status(200);
    let second = told(&app, &acme, &id, "two").await;
    let link = Link::of(second["url"].as_str().expect("a link"));
    assert_eq!(second["issue"], 2);
    let rows = app.rows_that_mention(&[ticket, link.ticket.clone()]).await;
    assert_eq!(rows, Vec::<String>::new(), "a ticket is stored");
    let mails = app.sandbox_get("sandbox/mailbox").await;
    assert!(!mails.to_string().contains(BO), "{mails}");
    let login = app.follow(&link, BO).await.expect("it is accepted");
    is_let_in(&app, &acme, &login).await;
    let trail = format!(
        "/v1/orgs/{}/audit-events?action=invitation.link_told",
        acme.id
    );
    let trail = app.get(&trail, Some(&acme.token)).await.json();
    assert_eq!(trail["items"].as_array().map(Vec::len), Some(2), "{trail}");
    app.post(&path, &acme.token, &json!({}))
        .await
        .assert_problem(409, "invitation_closed");
    let mailed = app
        .invited(&acme, "cleo@acme.example", Role::OrgMember)
        .await;
    app.post(
        &format!("{invitations}/{mailed}/link"),
        &acme.token,
        &json!({}),
    )
    .await
    .assert_problem(409, "conflict");
}
