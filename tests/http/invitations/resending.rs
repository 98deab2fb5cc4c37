//! Once more, back again, and what Auth0 is left with when calls fail half-way.

use domain::Role;
use reqwest::Method;
use serde_json::json;
use tests::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn resent_it_keeps_its_id_and_the_old_link_ends() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, "bo@acme.example", Role::OrgMember).await;
    let old = app.invitations_at_auth0(&acme, &id).await[0].id.clone();
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    let again = app
        .post(&format!("{path}/resend"), &acme.token, &json!({}))
        .await;
    let again = again.assert_status(200).json();
    assert_eq!(
        (again["issue"].as_u64(), again["state"].as_str()),
        (Some(2), Some("pending"))
    );
    app.settled().await;
    let left = app.invitations_at_auth0(&acme, &id).await;
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].id, old);
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(tests::issues(&shown), ["1 created", "2 resent"]);
    assert_eq!(shown["history"][0]["issued_at"], shown["created_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_it_is_gone_here_at_once_and_soon_at_auth0() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, "bo@acme.example", Role::OrgMember).await;
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    for _ in 0..2 {
        let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
        app.send(revoke).await.assert_status(204);
        assert_eq!(app.invitation(&acme, &id).await["state"], "revoked");
    }
    app.post(&format!("{path}/resend"), &acme.token, &json!({}))
        .await
        .assert_problem(409, "invitation_closed");
    eventually("no invitation at Auth0", || async {
        app.invitations_at_auth0(&acme, &id)
            .await
            .is_empty()
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_one_gives_its_seat_back_and_can_be_sent_again() {
    let app = TestApp::start().await;
    let mut acme = app.organization().await;
    let id = app.invited(&acme, "bo@acme.example", Role::OrgMember).await;
    app.advance("P8D").await;
    acme.token = app.enter(&acme, &acme.admin).await;
    assert_eq!(app.invitation(&acme, &id).await["state"], "expired");
    let path = format!("/v1/orgs/{}/invitations/{id}/resend", acme.id);
    let again = app.post(&path, &acme.token, &json!({})).await;
    assert_eq!(again.assert_status(200).json()["state"], "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_auth0_ends_up_with_exactly_one() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    for kind in ["status", "error_after", "drop", "close"] {
        let fault = json!({
            "method": "POST", "path": "/api/v2/organizations/{}/invitations", "kind": kind, "times": 1,
        });
        let request = app
            .sandbox_request(Method::POST, "sandbox/faults")
            .json(&fault);
        app.send(request).await.assert_status(201);
        let id = app
            .invited(
                &acme,
                &format!("{}@acme.example", kind.replace('_', "-")),
                Role::OrgMember,
            )
            .await;
        app.settled().await;
        assert_eq!(
            app.invitations_at_auth0(&acme, &id).await.len(),
            1,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_auth0_refuses_has_failed_and_says_why() {
    let app = TestApp::start().await;
    let (acme, other) = (app.organization().await, app.organization().await);
    // Another customer's is the same as nobody's.
    let (_, foreign) = crate::provisioning::okta(&app, &other).await;
    for (n, connection) in ["nowhere", &foreign].into_iter().enumerate() {
        let body = json!({
            "invitees": [{ "email": format!("bo{n}@acme.example"), "roles": ["org_member"] }],
            "connection": connection,
        });
        let path = format!("/v1/orgs/{}/invitations", acme.id);
        let created = app.post(&path, &acme.token, &body).await;
        let created = created.assert_status(201).json();
        let id = created["items"][0]["invitation"]["invitation_id"]
            .as_str()
            .expect("an id");
        app.settled().await;
        let shown = app.invitation(&acme, id).await;
        assert_eq!(
            (shown["state"].as_str(), shown["failure"].as_str()),
            (Some("failed"), Some("unknown_connection"))
        );
    }
}
