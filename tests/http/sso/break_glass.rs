use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, eventually};

use super::{Acme, read, set};

fn reason() -> serde_json::Value {
    json!({ "reason": "Okta has been down since nine." })
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_provider_dead_an_administrator_comes_in_for_an_hour_and_turns_it_off() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    acme.enforces(&app).await;
    let gone = format!("connections/{}", acme.connection_id);
    let killed = app.call_auth0(Method::DELETE, &gone, None).await;
    assert!(killed.status.is_success(), "{killed:?}");
    let admin = &acme.organization.admin;
    let login = app.log_in(admin, Some(&acme.organization.id)).await;
    let token = login.expect("the password lets an administrator in").token;
    let before = read(&app, &acme.organization, &token).await;
    before.assert_problem(403, "sso_required");
    let broken = acme.break_glass(&app, &token, &reason()).await;
    let until = broken.assert_status(201).json()["until"].clone();
    assert!(until.is_string());
    read(&app, &acme.organization, &token)
        .await
        .assert_status(200);
    let path = format!("/v1/orgs/{}/audit-events", acme.organization.id);
    let trail = app.get(&path, Some(&token)).await.json().to_string();
    for told in [
        "organization.glass_broken",
        "Okta has been down since nine.",
    ] {
        assert!(trail.contains(told), "{told}");
    }
    acme.organization.token = token;
    set(&app, &acme.organization, "off")
        .await
        .assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hour_ends_and_only_a_fresh_login_breaks_the_glass_again() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    acme.enforces(&app).await;
    let token = acme.administrator(&app).await;
    app.advance("PT9M").await;
    read(&app, &acme.organization, &token)
        .await
        .assert_status(200);
    let stale = acme.break_glass(&app, &token, &reason()).await;
    stale.assert_problem(403, "recent_login_required");
    app.advance("PT52M").await;
    let admin = &acme.organization.admin;
    let login = app.log_in(admin, Some(&acme.organization.id)).await;
    let token = login.expect("an administrator logs in").token;
    let over = read(&app, &acme.organization, &token).await;
    over.assert_problem(403, "sso_required");
    let again = acme.break_glass(&app, &token, &reason()).await;
    again.assert_status(201);
    read(&app, &acme.organization, &token)
        .await
        .assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_administrators_for_themselves_and_with_a_reason() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let (_, token) = app.member(&acme.organization, Role::OrgMember).await;
    let unneeded = acme
        .break_glass(&app, &acme.organization.token, &reason())
        .await;
    unneeded.assert_problem(409, "sso_not_enforced");
    acme.enforces(&app).await;
    let member = acme.break_glass(&app, &token, &reason()).await;
    member.assert_problem(403, "permission_denied");
    let admin = app.log_in(&acme.organization.admin, Some(&acme.organization.id));
    let admin = admin.await.expect("an administrator logs in").token;
    for bad in ["", " ", "two\nlines"] {
        let refused = acme
            .break_glass(&app, &admin, &json!({ "reason": bad }))
            .await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field("reason");
    }
    acme.break_glass(&app, &admin, &reason())
        .await
        .assert_status(201);
    let member = read(&app, &acme.organization, &token).await;
    member.assert_problem(403, "sso_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_office_breaks_it_for_an_administrator() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let (person, _) = app.member(&acme.organization, Role::OrgMember).await;
    let platform = app.platform_token().await;
    let id = &acme.organization.id;
    let path = format!("/v1/platform/organizations/{id}/break-glass");
    let admin = &acme.organization.admin;
    let body = |user: &str| json!({ "user_id": user, "reason": "They called us." });
    let unneeded = app.post(&path, &platform, &body(&admin.user_id)).await;
    unneeded.assert_problem(409, "sso_not_enforced");
    acme.enforces(&app).await;
    let login = app.log_in(admin, Some(id)).await;
    let token = login.expect("an administrator logs in").token;
    let member = app.post(&path, &platform, &body(&person.user_id)).await;
    member
        .assert_problem(422, "invalid_request")
        .assert_field("user_id");
    read(&app, &acme.organization, &token)
        .await
        .assert_problem(403, "sso_required");
    let broken = app.post(&path, &platform, &body(&admin.user_id)).await;
    broken.assert_status(201);
    read(&app, &acme.organization, &token)
        .await
        .assert_status(200);
    let path = format!("/v1/orgs/{id}/audit-events");
    let trail = app.get(&path, Some(&token)).await.json().to_string();
    assert!(trail.contains("client:tenantry-platform"), "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_closes_with_the_next_request_of_whoever_is_no_administrator_any_more() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let (second, _) = app.member(&acme.organization, Role::OrgAdmin).await;
    acme.enforces(&app).await;
    let login = app.log_in(&second, Some(&acme.organization.id)).await;
    let token = login.expect("an administrator logs in").token;
    acme.break_glass(&app, &token, &reason())
        .await
        .assert_status(201);
    read(&app, &acme.organization, &token)
        .await
        .assert_status(200);
    let admin = acme.administrator(&app).await;
    let report = format!("/v1/orgs/{}/policies/sso-report", acme.organization.id);
    let open = || async {
        let shown = app.get(&report, Some(&admin)).await;
        let shown = shown.assert_status(200).json();
        let mut items = shown["items"].as_array().expect("items").iter();
        let theirs = items.find(|item| item["user_id"] == second.user_id.as_str());
        !theirs.expect("an outsider")["glass_until"].is_null()
    };
    assert!(open().await);
    let demoted = acme.give(&app, &admin, &second.user_id, Role::OrgMember);
    demoted.await.assert_status(200);
    read(&app, &acme.organization, &token)
        .await
        .assert_problem(403, "sso_required");
    assert!(!open().await, "the report says the same");
    let path = format!(
        "/v1/orgs/{}/members/{}",
        acme.organization.id,
        second.user_id.replace('|', "%7C")
    );
    let removed = app
        .send(app.request(Method::DELETE, &path, Some(&admin)))
        .await;
    removed.assert_status(204);
    read(&app, &acme.organization, &token)
        .await
        .assert_problem(403, "membership_required");
    // Their hour is no way back for whoever comes again as an employee.
    app.write_member(&acme.organization, &second.user_id, &[Role::OrgMember])
        .await;
    read(&app, &acme.organization, &token)
        .await
        .assert_problem(403, "sso_required");
}

/// What came by SMTP of it.
async fn warnings(app: &TestApp, to: &str) -> Vec<Value> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").iter();
    let theirs = mails.filter(|mail| mail["to"] == to && mail["template"] == "smtp");
    let is_warning = |mail: &&Value| {
        let subject = mail["subject"].as_str().unwrap_or_default();
        subject.contains("past single sign-on")
    };
    theirs.filter(is_warning).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_administrator_hears_of_it_by_mail_once() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let (second, _) = app.member(&acme.organization, Role::OrgAdmin).await;
    let (member, _) = app.member(&acme.organization, Role::OrgMember).await;
    acme.enforces(&app).await;
    let admin = &acme.organization.admin;
    let login = app.log_in(admin, Some(&acme.organization.id)).await;
    let token = login.expect("an administrator logs in").token;
    let path = format!("/v1/orgs/{}/policies/break-glass", acme.organization.id);
    // The answer got lost, and the application asks again.
    for _ in 0..2 {
        let request = app.request(Method::POST, &path, Some(&token));
        let request = request.header("idempotency-key", "the-same");
        app.send(request.json(&reason())).await.assert_status(201);
    }
    for to in [&admin.email, &second.email] {
        eventually("the mail", || async {
            (!warnings(&app, to).await.is_empty()).then_some(())
        })
        .await;
    }
    app.settled().await;
    for to in [&admin.email, &second.email] {
        let told = warnings(&app, to).await;
        assert_eq!(told.len(), 1, "{told:#?}");
        let text = told[0]["text"].as_str().expect("a text");
        assert!(text.contains("Okta has been down since nine."), "{text}");
        assert!(text.contains(&admin.email), "{text}");
    }
    assert_eq!(warnings(&app, &member.email).await, Vec::<Value>::new());
    // Once more is another event.
    acme.break_glass(&app, &token, &reason())
        .await
        .assert_status(201);
    eventually("the second mail", || async {
        let told = warnings(&app, &second.email).await;
        let ids = |mail: &Value| mail["message_id"].clone();
        (told.len() == 2 && ids(&told[0]) != ids(&told[1])).then_some(())
    })
    .await;
}
