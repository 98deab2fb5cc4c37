//! The link that the wrong account has used up: Auth0 burns it, and the invitation goes out once more by itself.

use domain::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Link, Options, Organization, TestApp, eventually, issues, process};

use super::{invited_id, is_let_in, reading};

const BO: &str = "bo@acme.example";

/// Somebody else is signed in where the link is opened.
async fn burn(app: &TestApp, link: &Link) {
    let mut stranger = app.visitor().await;
    let refused = app.open_as(&mut stranger, link).await;
    let refused = refused.err().expect("it is not theirs");
    assert!(refused.contains("access_denied"), "{refused}");
}

/// The link of a later mail than that of `old`.
async fn next_link(app: &TestApp, old: &Link) -> Link {
    eventually("another mail", || async {
        let link = app.mailed_link(BO).await;
        (link.ticket != old.ticket).then_some(link)
    })
    .await
}

async fn shown_when(
    app: &TestApp,
    acme: &Organization,
    id: &str,
    state: &str,
    issue: u32,
) -> Value {
    eventually("the invitation's next state", || async {
        let shown = app.invitation(acme, id).await;
        (shown["state"] == state && shown["issue"] == issue).then_some(shown)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_account_first_then_the_right_one() {
    let app = reading().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgBilling).await;
    let before = app.invitation(&acme, &id).await;
    let old = app.mailed_link(BO).await;
    burn(&app, &old).await;
    let link = next_link(&app, &old).await;
    let shown = shown_when(&app, &acme, &id, "pending", 2).await;
    for kept in ["invitation_id", "roles", "inviter", "expires_at"] {
        assert_eq!(shown[kept], before[kept], "{kept}");
    }
    assert!(app.follow(&old, BO).await.is_err());
    let login = app.follow(&link, BO).await.expect("it is theirs");
    is_let_in(&app, &acme, &login).await;
    assert_eq!(login.access["https://tenantry.dev/roles"][0], "org_billing");
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(shown["accepted_by"], login.access["sub"]);
    assert_eq!(issues(&shown), ["1 created", "2 reissued"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn spoiled_twice_it_has_failed_and_a_hand_can_send_it_again() {
    let app = reading().await;
    let mut acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let mut link = app.mailed_link(BO).await;
    burn(&app, &link).await;
    link = next_link(&app, &link).await;
    burn(&app, &link).await;
    let shown = shown_when(&app, &acme, &id, "failed", 2).await;
    assert_eq!(shown["failure"], "spoiled");
    assert!(app.invitations_at_auth0(&acme, &id).await.is_empty());
    // Two e-mails today are one less than an address gets.
    app.advance("P2D").await;
    acme.token = app.enter(&acme, &acme.admin).await;
    let path = format!("/v1/orgs/{}/invitations/{id}/resend", acme.id);
    app.post(&path, &acme.token, &json!({}))
        .await
        .assert_status(200);
    link = next_link(&app, &link).await;
    burn(&app, &link).await;
    let shown = shown_when(&app, &acme, &id, "pending", 4).await;
    let all = ["1 created", "2 reissued", "3 resent", "4 reissued"];
    assert_eq!(issues(&shown), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_mail_than_an_address_gets_in_a_day() {
    let app = reading().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let path = format!("/v1/orgs/{}/invitations/{id}/resend", acme.id);
    let mut link = app.mailed_link(BO).await;
    for _ in 0..2 {
        app.post(&path, &acme.token, &json!({}))
            .await
            .assert_status(200);
        link = next_link(&app, &link).await;
    }
    burn(&app, &link).await;
    let shown = shown_when(&app, &acme, &id, "failed", 3).await;
    assert_eq!(shown["failure"], "spoiled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_has_the_log_read_early_and_however_many_there_are_one_mail_goes_out() {
    let seldom = vec![("WORKER_LOG_SECONDS", "3600".to_owned())];
    let app = TestApp::with(Options {
        variables: seldom,
        ..Options::default()
    })
    .await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let old = app.mailed_link(BO).await;
    eventually("the first reading of the log", || async {
        (app.calls_of("GET /api/v2/logs").await == 1).then_some(())
    })
    .await;
    let hint = |organization: &str, ticket: &str| {
        let body = json!({ "organization": organization, "invitation": ticket });
        let request = app.request(Method::POST, "/invitation", None);
        app.send(request.json(&body))
    };
    burn(&app, &old).await;
    let unknown = hint(&acme.id, "unknown").await;
    app.settled().await;
    assert_eq!(app.calls_of("GET /api/v2/logs").await, 1);
    let hints = futures::future::join_all((0..8).map(|_| hint(&acme.id, &old.ticket))).await;
    for answer in &hints {
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(answer.body, unknown.body);
    }
    next_link(&app, &old).await;
    app.read_log().await;
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(issues(&shown), ["1 created", "2 reissued"]);
    assert_eq!(app.invitations_at_auth0(&acme, &id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_log_and_the_mail_and_read_twice_it_is_still_one() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LOG_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    let mut worker = process::spawn(&["work"], &variables);
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let old = app.mailed_link(BO).await;
    let mut admin = app.database.admin().await;
    // Whoever decides over an invitation waits for this row.
    sqlx::raw_sql("begin; select from app.subscriptions for update")
        .execute(&mut admin)
        .await
        .expect("it is locked");
    burn(&app, &old).await;
    eventually("the job that the log led to", || async {
        let jobs = "select count(*) from ops.job where kind = 'spoiled_invitation' and lease_until is not null";
        let jobs: i64 = sqlx::query_scalar(jobs)
            .fetch_one(&mut app.database.admin().await)
            .await
            .expect("a count");
        (jobs == 1).then_some(())
    })
    .await;
    worker.kill().await.expect("it can be killed");
    sqlx::raw_sql("rollback; update ops.auth0_log set log_id = null")
        .execute(&mut admin)
        .await
        .expect("the log will be read again");
    let _worker = process::spawn(&["work"], &variables);
    next_link(&app, &old).await;
    for _ in 0..2 {
        app.read_log().await;
    }
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(issues(&shown), ["1 created", "2 reissued"]);
    assert_eq!(app.invitations_at_auth0(&acme, &id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_before_the_log_is_read_it_stays_revoked() {
    let app = TestApp::with(Options {
        variables: vec![("WORKER_LOG_SECONDS", "3600".to_owned())],
        ..Options::default()
    })
    .await;
    let acme = app.organization().await;
    app.read_log().await;
    app.identity_provider(&acme, "samlp", "acme-idp").await;
    let id = invited_id(&app, &acme, BO, Some("acme-idp")).await;
    let link = app.mailed_link(BO).await;
    let upn = "d0042@corp.example";
    let back = app.open_by_provider(&link, "acme-idp", upn, upn).await;
    assert!(back.as_str().contains("access_denied"), "{back}");
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(revoke).await.assert_status(204);
    app.read_log().await;
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(shown["state"], "revoked");
    assert_eq!(issues(&shown), ["1 created"]);
    let user_id = "samlp|acme-idp|d0042@corp.example";
    assert!(app.organizations_at_auth0(user_id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_accepts_is_a_member_before_their_first_call() {
    let app = reading().await;
    let acme = app.organization().await;
    let id = app.invited(&acme, BO, Role::OrgMember).await;
    let login = app.follow(&app.mailed_link(BO).await, BO).await;
    let login = login.expect("it is theirs");
    let shown = shown_when(&app, &acme, &id, "accepted", 1).await;
    assert_eq!(shown["accepted_by"], login.access["sub"]);
    let mine = format!("/v1/orgs/{}", acme.id);
    app.get(&mine, Some(&login.token)).await.assert_status(200);
}
