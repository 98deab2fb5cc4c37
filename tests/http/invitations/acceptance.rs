//! From an acceptance at Auth0 to a membership here: by the invitation's id, and only what may still be given.

use domain::Role;
use reqwest::Method;
use store::DatabaseRole;
use tests::{Organization, Person, TestApp, eventually};

/// Calls until the worker has asked Auth0, then answers the roles; None when they stay out.
pub(super) async fn roles_of(
    app: &TestApp,
    acme: &Organization,
    person: &Person,
    token: &str,
) -> Option<Vec<String>> {
    let mine = format!("/v1/orgs/{}", acme.id);
    app.get(&mine, Some(token)).await;
    app.settled().await;
    let user_id = person.user_id.replace('|', "%7C");
    let member = app
        .get(&format!("{mine}/members/{user_id}"), Some(&acme.token))
        .await;
    (member.status.as_u16() == 200)
        .then(|| serde_json::from_value(member.json()["roles"].clone()).expect("roles"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepts_is_a_member_by_their_second_call() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let bo = app.visitor().await;
    // Another address than the account's: as with a UPN, nothing hangs on it.
    let id = app
        .invited(&acme, "bo.long@acme.example", Role::OrgBilling)
        .await;
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgBilling).await;
    let token = app.enter(&acme, &bo).await;
    let mine = format!("/v1/orgs/{}", acme.id);
    app.get(&mine, Some(&token))
        .await
        .assert_problem(403, "membership_required");
    eventually("the membership", || async {
        app.get(&mine, Some(&token))
            .await
            .status
            .is_success()
            .then_some(())
    })
    .await;
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(
        (shown["state"].as_str(), shown["accepted_by"].as_str()),
        (Some("accepted"), Some(bo.user_id.as_str()))
    );
    assert_eq!(
        roles_of(&app, &acme, &bo, &token).await,
        Some(vec!["org_billing".into()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inviter_who_may_no_longer_invite_lets_nobody_in() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let (second, second_token) = app.member(&acme, Role::OrgAdmin).await;
    let bo = app.visitor().await;
    let as_second = Organization {
        id: acme.id.clone(),
        name: acme.name.clone(),
        admin: app.visitor().await,
        token: second_token,
    };
    let id = app.invited(&as_second, &bo.email, Role::OrgAdmin).await;
    set_roles(&app, &acme, &second, vec![Role::OrgMember]).await;
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgAdmin).await;
    let token = app.enter(&acme, &bo).await;
    assert_eq!(roles_of(&app, &acme, &bo, &token).await, None);
    let shown = app.invitation(&acme, &id).await;
    assert_eq!(
        (shown["state"].as_str(), shown["failure"].as_str()),
        (Some("failed"), Some("inviter_not_allowed"))
    );
    app.log_in(&bo, Some(&acme.id))
        .await
        .err()
        .expect("Auth0 let them go");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_while_it_is_accepted_nobody_comes_in() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let bo = app.visitor().await;
    let id = app.invited(&acme, &bo.email, Role::OrgMember).await;
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgMember).await;
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(revoke).await.assert_status(204);
    let token = app.enter(&acme, &bo).await;
    assert_eq!(roles_of(&app, &acme, &bo, &token).await, None);
    assert_eq!(app.invitation(&acme, &id).await["state"], "revoked");
}

/// Their account goes on naming the invitation, which must not bar them from every other way in.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_turned_away_comes_in_another_way_later() {
    let app = TestApp::start().await;
    let mut acme = app.organization().await;
    let bo = app.visitor().await;
    let id = app.invited(&acme, &bo.email, Role::OrgMember).await;
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgMember).await;
    let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(revoke).await.assert_status(204);
    // Whoever is there again at once may be what is left of the acceptance.
    for pause in ["PT0S", "PT15S"] {
        app.advance(pause).await;
        app.add_in_auth0(&acme, &bo, Role::OrgMember).await;
        let token = app.enter(&acme, &bo).await;
        assert_eq!(roles_of(&app, &acme, &bo, &token).await, None);
        let out = app.log_in(&bo, Some(&acme.id)).await;
        assert!(out.is_err(), "they were let go");
    }
    app.advance("PT2M").await;
    app.add_in_auth0(&acme, &bo, Role::OrgBilling).await;
    let token = app.enter(&acme, &bo).await;
    acme.token = app.enter(&acme, &acme.admin).await;
    let roles = roles_of(&app, &acme, &bo, &token).await;
    assert_eq!(roles, Some(vec!["org_billing".into()]));
    assert_eq!(app.invitation(&acme, &id).await["state"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_invitation_opens_nothing() {
    let app = TestApp::start().await;
    let (acme, other) = (app.organization().await, app.organization().await);
    let bo = app.visitor().await;
    let id = app.invited(&other, &bo.email, Role::OrgAdmin).await;
    // Added by the tenant's own administration, with the mark of the other organization on the account.
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgReadonly)
        .await;
    let token = app.enter(&acme, &bo).await;
    let roles = roles_of(&app, &acme, &bo, &token).await;
    assert_eq!(roles, Some(vec!["org_readonly".into()]));
    assert_eq!(app.invitation(&other, &id).await["state"], "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_leads_to_one_member_whoever_else_carries_its_id() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let (bo, cy) = (app.visitor().await, app.visitor().await);
    let id = app.invited(&acme, &bo.email, Role::OrgAdmin).await;
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgAdmin).await;
    app.accept_at_auth0(&acme, &id, &cy, Role::OrgReadonly)
        .await;
    for (person, role) in [(&bo, "org_admin"), (&cy, "org_readonly")] {
        let token = app.enter(&acme, person).await;
        let roles = roles_of(&app, &acme, person, &token).await;
        assert_eq!(roles, Some(vec![role.to_owned()]));
    }
    assert_eq!(
        app.invitation(&acme, &id).await["accepted_by"],
        bo.user_id.as_str()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_asks_auth0_once_in_ten_seconds_and_reads_never_do() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let bo = app.visitor().await;
    let id = app.invited(&acme, &bo.email, Role::OrgMember).await;
    app.accept_at_auth0(&acme, &id, &bo, Role::OrgMember).await;
    let token = app.enter(&acme, &bo).await;
    let path = format!("/v1/orgs/{}/invitations/{id}", acme.id);
    let revoke = app.request(Method::DELETE, &path, Some(&acme.token));
    app.send(revoke).await.assert_status(204);
    for _ in 0..30 {
        app.get(&format!("/v1/orgs/{}", acme.id), Some(&token))
            .await
            .assert_problem(403, "membership_required");
    }
    app.settled().await;
    let asked = app.sandbox_get("sandbox/requests").await.to_string();
    let times = asked.matches("/api/v2/users/{}/organizations").count();
    assert!(times <= 1, "{asked}");
}

async fn set_roles(app: &TestApp, acme: &Organization, person: &Person, roles: Vec<Role>) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: domain::OrganizationId = acme.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let user_id = person.user_id.parse().expect("a user id");
    let mut member = tx
        .membership(&user_id)
        .await
        .expect("it is read")
        .expect("a member");
    member.roles = roles;
    tx.save_membership(&member).await.expect("it is saved");
    tx.commit().await.expect("it is committed");
}
