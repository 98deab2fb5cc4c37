//! Organizations that let every member invite: as a member only, their own invitations only, while the policy lasts.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, Person, TestApp};

use super::acceptance::roles_of;

fn path(acme: &Organization) -> String {
    format!("/v1/orgs/{}/invitations", acme.id)
}

async fn let_members_invite(app: &TestApp, acme: &Organization, may: bool) {
    let policies = format!("/v1/orgs/{}/policies", acme.id);
    let request = app
        .request(Method::PUT, &policies, Some(&acme.token))
        .header("if-match", "*")
        .json(&json!({ "members_can_invite": may }));
    app.send(request).await.assert_status(200);
}

async fn invite(
    app: &TestApp,
    acme: &Organization,
    token: &str,
    email: &str,
    role: Role,
) -> Answer {
    let body = json!({ "invitees": [{ "email": email, "roles": [role] }] });
    app.post(&path(acme), token, &body).await
}

fn created(answer: &Answer) -> String {
    let answer = answer.assert_status(201).json();
    let id = answer["items"][0]["invitation"]["invitation_id"].as_str();
    id.expect("an id").to_owned()
}

async fn delete(app: &TestApp, path: &str, token: &str) -> Answer {
    app.send(app.request(Method::DELETE, path, Some(token)))
        .await
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().into_iter().flatten();
    items
        .filter_map(|item| item["invitation_id"].as_str())
        .collect()
}

/// An organization of an enterprise, which has seats enough, that lets its members invite.
async fn open_organization(app: &TestApp) -> Organization {
    let acme = app.organization_of("enterprise").await;
    let_members_invite(app, &acme, true).await;
    acme
}

#[tokio::test(flavor = "multi_thread")]
async fn members_invite_with_the_member_role_only() {
    let app = TestApp::start().await;
    let acme = open_organization(&app).await;
    for role in [Role::OrgMember, Role::OrgBilling] {
        let (_, token) = app.member(&acme, role).await;
        for wanted in [Role::OrgAdmin, Role::OrgBilling, Role::OrgReadonly] {
            invite(&app, &acme, &token, "no@acme.example", wanted)
                .await
                .assert_problem(403, "permission_denied");
        }
        let both = json!({ "invitees": [{ "email": "no@acme.example", "roles": ["org_member", "org_admin"] }] });
        app.post(&path(&acme), &token, &both)
            .await
            .assert_problem(403, "permission_denied");
        let email = format!("{role}@acme.example");
        created(&invite(&app, &acme, &token, &email, Role::OrgMember).await);
    }
    let (_, reader) = app.member(&acme, Role::OrgReadonly).await;
    invite(&app, &acme, &reader, "no@acme.example", Role::OrgMember)
        .await
        .assert_problem(403, "permission_denied");
    app.get(&path(&acme), Some(&reader))
        .await
        .assert_problem(403, "permission_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_resend_and_revoke_their_own_and_no_others() {
    let app = TestApp::start().await;
    let acme = open_organization(&app).await;
    let (_, ben) = app.member(&acme, Role::OrgMember).await;
    let (_, cleo) = app.member(&acme, Role::OrgMember).await;
    let of_ben = created(&invite(&app, &acme, &ben, "b@acme.example", Role::OrgMember).await);
    let of_cleo = created(&invite(&app, &acme, &cleo, "c@acme.example", Role::OrgMember).await);
    let of_admin = created(
        &app.invite(&acme, "a@acme.example", &[Role::OrgMember])
            .await,
    );
    let list = app
        .get(&path(&acme), Some(&ben))
        .await
        .assert_status(200)
        .json();
    assert_eq!(ids(&list), [of_ben.as_str()]);
    let all = app.get(&path(&acme), Some(&acme.token)).await.json();
    assert_eq!(ids(&all).len(), 3);
    for foreign in [&of_cleo, &of_admin] {
        let one = format!("{}/{foreign}", path(&acme));
        for answer in [
            app.get(&one, Some(&ben)).await,
            app.post(&format!("{one}/resend"), &ben, &json!({})).await,
            delete(&app, &one, &ben).await,
        ] {
            answer.assert_problem(404, "not_found");
        }
    }
    let again = invite(&app, &acme, &ben, "c@acme.example", Role::OrgMember).await;
    let again = again.assert_status(200).json();
    assert_eq!(again["items"][0]["outcome"], "already_pending");
    assert_eq!(
        again["items"][0]["invitation"],
        Value::Null,
        "it is not Ben's"
    );
    let own = format!("{}/{of_ben}", path(&acme));
    app.get(&own, Some(&ben)).await.assert_status(200);
    app.post(&format!("{own}/resend"), &ben, &json!({}))
        .await
        .assert_status(200);
    delete(&app, &own, &ben).await.assert_status(204);
    assert_eq!(app.invitation(&acme, &of_ben).await["state"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_policy_the_very_next_request_is_refused() {
    let app = TestApp::start().await;
    let acme = open_organization(&app).await;
    let (_, ben) = app.member(&acme, Role::OrgMember).await;
    let id = created(&invite(&app, &acme, &ben, "b@acme.example", Role::OrgMember).await);
    let_members_invite(&app, &acme, false).await;
    let one = format!("{}/{id}", path(&acme));
    for answer in [
        invite(&app, &acme, &ben, "d@acme.example", Role::OrgMember).await,
        app.get(&path(&acme), Some(&ben)).await,
        app.get(&one, Some(&ben)).await,
        app.post(&format!("{one}/resend"), &ben, &json!({})).await,
        delete(&app, &one, &ben).await,
    ] {
        answer.assert_problem(403, "permission_denied");
    }
}

/// What became of an invitation that somebody accepted at Auth0, and what they are here.
async fn accepted(
    app: &TestApp,
    acme: &Organization,
    id: &str,
    invitee: &Person,
) -> (Value, Value, Option<Vec<String>>) {
    app.accept_at_auth0(acme, id, invitee, Role::OrgMember)
        .await;
    let token = app.enter(acme, invitee).await;
    let roles = roles_of(app, acme, invitee, &token).await;
    let shown = app.invitation(acme, id).await;
    (shown["state"].clone(), shown["failure"].clone(), roles)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_sent_lets_somebody_in_while_members_may_invite() {
    let app = TestApp::start().await;
    let acme = open_organization(&app).await;
    let (_, ben) = app.member(&acme, Role::OrgBilling).await;
    let friend = app.visitor().await;
    let id = created(&invite(&app, &acme, &ben, &friend.email, Role::OrgMember).await);
    let outcome = accepted(&app, &acme, &id, &friend).await;
    let member = Some(vec!["org_member".to_owned()]);
    assert_eq!(outcome, (json!("accepted"), Value::Null, member));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_sent_is_void_without_the_policy_or_the_member() {
    let app = TestApp::start().await;
    let acme = open_organization(&app).await;
    let (person, ben) = app.member(&acme, Role::OrgMember).await;
    let (first, second) = (app.visitor().await, app.visitor().await);
    let of_first = created(&invite(&app, &acme, &ben, &first.email, Role::OrgMember).await);
    let of_second = created(&invite(&app, &acme, &ben, &second.email, Role::OrgMember).await);
    let void = (json!("failed"), json!("inviter_not_allowed"), None);
    let_members_invite(&app, &acme, false).await;
    assert_eq!(accepted(&app, &acme, &of_first, &first).await, void);
    let_members_invite(&app, &acme, true).await;
    let member = format!(
        "/v1/orgs/{}/members/{}",
        acme.id,
        person.user_id.replace('|', "%7C")
    );
    delete(&app, &member, &acme.token).await.assert_status(204);
    assert_eq!(accepted(&app, &acme, &of_second, &second).await, void);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_share_the_limits_of_the_organization() {
    let app = TestApp::start().await;
    let acme = open_organization(&app).await;
    let (_, ben) = app.member(&acme, Role::OrgMember).await;
    let (_, cleo) = app.member(&acme, Role::OrgMember).await;
    for n in 0..20 {
        let token = if n % 2 == 0 { &ben } else { &cleo };
        let email = format!("{n}@acme.example");
        created(&invite(&app, &acme, token, &email, Role::OrgMember).await);
    }
    for token in [&ben, &cleo, &acme.token] {
        invite(&app, &acme, token, "20@acme.example", Role::OrgMember)
            .await
            .assert_problem(429, "too_many_requests");
    }
}
