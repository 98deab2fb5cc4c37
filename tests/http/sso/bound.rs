//! Who was to come by another way when single sign-on is enforced.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use store::DatabaseRole;
use tests::{TestApp, eventually};

use super::lock_out::invite;
use super::{Acme, read};

/// Has the worker ask Auth0 whether they are a member, as their first request would.
async fn pull(app: &TestApp, acme: &Acme, user_id: &str) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: domain::OrganizationId = acme.organization.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let payload = json!({ "issuer": app.sandbox.base_url(), "user_id": user_id });
    let now = app.sandbox.clock().now();
    tx.enqueue("membership_pull", user_id, &payload, now)
        .await
        .expect("it is queued");
    tx.commit().await.expect("it is committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_is_good_for_the_identity_provider_only() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let bo = app.visitor().await;
    let invited = invite(&app, &acme, &acme.organization.token, &bo.email).await;
    let path = |invitation: &Value| {
        let id = invitation["invitation_id"].as_str().expect("an id");
        acme.path(&format!("/invitations/{id}"))
    };
    let first = app.mailed_link(&bo.email).await;
    acme.enforces(&app).await;
    let token = acme.administrator(&app).await;
    let bound = app.get(&path(&invited), Some(&token)).await.json();
    assert_eq!(
        (&bound["state"], &bound["issue"], &bound["connection"]),
        (&json!("pending"), &json!(2), &json!(acme.connection))
    );
    let second = eventually("the second link", || async {
        let link = app.mailed_link(&bo.email).await;
        (link.ticket != first.ticket).then_some(link)
    })
    .await;
    for link in [&first, &second] {
        let refused = app.follow(link, &bo.email).await;
        assert!(refused.is_err(), "by password");
    }
    // Whoever had opened the first link by then is let go again.
    let id = invited["invitation_id"].as_str().expect("an id");
    app.accept_at_auth0(&acme.organization, id, &bo, Role::OrgMember)
        .await;
    pull(&app, &acme, &bo.user_id).await;
    eventually("the end of a membership at Auth0", || async {
        let path = format!("users/{}/organizations", bo.user_id);
        let joined = app.call_auth0(Method::GET, &path, None).await;
        (joined.json() == json!([])).then_some(())
    })
    .await;
    let link = &second;
    let login = app.follow_through(link, &bo.email, &acme.connection).await;
    let theirs = login.expect("the identity provider lets them in").token;
    let accepted = eventually("the acceptance", || async {
        read(&app, &acme.organization, &theirs).await;
        let shown = app.get(&path(&invited), Some(&token)).await.json();
        (shown["state"] == "accepted").then_some(shown)
    });
    assert_ne!(accepted.await["accepted_by"], json!(bo.user_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_by_no_identity_provider_is_added_to_break_the_glass_only() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let cleo = app.visitor().await;
    acme.enforces(&app).await;
    let token = acme.administrator(&app).await;
    let add = |role: Role| json!({ "user_id": cleo.user_id, "roles": [role] });
    let members = acme.path("/members");
    app.post(&members, &token, &add(Role::OrgMember))
        .await
        .assert_problem(409, "sso_enforced");
    app.post(&members, &token, &add(Role::OrgAdmin))
        .await
        .assert_status(202);
}
