//! People whom the organization's own identity provider sends in with another address than the invited one.

use domain::Role;
use serde_json::json;
use tests::{Organization, TestApp, eventually, issues};

use super::{invited_id, reading};

const BO: &str = "bo.long@acme.example";
const UPN: &str = "d0042@corp.acme.example";

async fn roles_at_auth0(app: &TestApp, acme: &Organization, user_id: &str) -> Vec<String> {
    let auth0 = app.auth0();
    let roles = auth0.organizations().member_roles(&acme.id, user_id).await;
    let roles = roles.expect("Auth0 answers").into_iter();
    roles.map(|role| role.name).collect()
}

async fn ended(app: &TestApp, acme: &Organization, id: &str) -> serde_json::Value {
    eventually("the end of the invitation, or another issue", || async {
        let shown = app.invitation(acme, id).await;
        (shown["state"] != "pending" || shown["issue"] != 1).then_some(shown)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_upn_through_the_bound_provider_is_whom_it_is_for() {
    let app = reading().await;
    let acme = app.organization().await;
    app.identity_provider(&acme, "waad", "acme-entra").await;
    let id = invited_id(&app, &acme, BO, Some("acme-entra")).await;
    let link = app.mailed_link(BO).await;
    let back = app.open_by_provider(&link, "acme-entra", UPN, "").await;
    assert!(back.as_str().contains("access_denied"), "{back}");
    let shown = ended(&app, &acme, &id).await;
    let user_id = format!("waad|acme-entra|{UPN}");
    assert_eq!(
        (shown["state"].as_str(), shown["accepted_by"].as_str()),
        (Some("accepted"), Some(user_id.as_str()))
    );
    assert_eq!(issues(&shown), ["1 created"]);
    assert_eq!(roles_at_auth0(&app, &acme, &user_id).await, ["org_billing"]);
    let user = app.auth0().users().show(&user_id).await;
    let user = user.expect("Auth0 answers").expect("the user");
    assert_eq!(user.app_metadata[&format!("invitation:{}", acme.id)], id);
    let path = format!(
        "/v1/orgs/{}/audit-events?action=invitation.accepted",
        acme.id
    );
    let events = app.get(&path, Some(&acme.token)).await.json();
    assert_eq!(events["items"][0]["after"]["how"], "identity_provider");
    let member = format!(
        "/v1/orgs/{}/members/{}",
        acme.id,
        user_id.replace('|', "%7C")
    );
    let member = app.get(&member, Some(&acme.token)).await.json();
    assert_eq!(member["roles"], json!(["org_billing"]));
    assert_eq!(member["email"], UPN);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bound_provider_nobody_is_joined() {
    let app = reading().await;
    let acme = app.organization().await;
    app.identity_provider(&acme, "samlp", "acme-idp").await;
    let id = invited_id(&app, &acme, BO, None).await;
    let link = app.mailed_link(BO).await;
    app.open_by_provider(&link, "acme-idp", "d0042", UPN).await;
    let shown = ended(&app, &acme, &id).await;
    assert_eq!(issues(&shown), ["1 created", "2 reissued"]);
    let user_id = "samlp|acme-idp|d0042";
    assert!(app.organizations_at_auth0(user_id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_social_network_vouches_for_nobody() {
    let app = reading().await;
    let acme = app.organization().await;
    let auth0 = app.auth0();
    let google = auth0.connections().by_name("google-oauth2").await;
    let google = google.expect("Auth0 answers").expect("the connection");
    app.enable_connection(&acme, &google.id).await;
    let id = invited_id(&app, &acme, BO, Some("google-oauth2")).await;
    let link = app.mailed_link(BO).await;
    let mallory = "mallory@example.com";
    let back = app
        .open_by_provider(&link, "google-oauth2", "", mallory)
        .await;
    assert!(back.as_str().contains("access_denied"), "{back}");
    let shown = ended(&app, &acme, &id).await;
    assert_eq!(issues(&shown), ["1 created", "2 reissued"]);
    assert_eq!(members(&app, &acme).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_opens_a_colleagues_link_is_not_joined_twice() {
    let app = reading().await;
    let acme = app.organization().await;
    app.identity_provider(&acme, "samlp", "acme-idp").await;
    let first = invited_id(&app, &acme, "ann@acme.example", Some("acme-idp")).await;
    let link = app.mailed_link("ann@acme.example").await;
    app.open_by_provider(&link, "acme-idp", "ann", "ann@corp.example")
        .await;
    assert_eq!(ended(&app, &acme, &first).await["state"], "accepted");
    let second = invited_id(&app, &acme, BO, Some("acme-idp")).await;
    let link = app.mailed_link(BO).await;
    app.open_by_provider(&link, "acme-idp", "ann", "ann@corp.example")
        .await;
    let shown = ended(&app, &acme, &second).await;
    assert_eq!(issues(&shown), ["1 created", "2 reissued"]);
    assert_eq!(members(&app, &acme).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inviter_who_may_no_longer_invite_brings_nobody_in_this_way_either() {
    let app = reading().await;
    let acme = app.organization().await;
    app.identity_provider(&acme, "samlp", "acme-idp").await;
    let (second, second_token) = app.member(&acme, Role::OrgAdmin).await;
    let as_second = Organization {
        id: acme.id.clone(),
        name: acme.name.clone(),
        admin: app.visitor().await,
        token: second_token,
    };
    let id = invited_id(&app, &as_second, BO, Some("acme-idp")).await;
    app.write_member(&acme, &second.user_id, &[Role::OrgMember])
        .await;
    let link = app.mailed_link(BO).await;
    app.open_by_provider(&link, "acme-idp", "d0042", UPN).await;
    let shown = ended(&app, &acme, &id).await;
    assert_eq!(shown["failure"], "inviter_not_allowed");
    let user_id = "samlp|acme-idp|d0042";
    assert!(app.organizations_at_auth0(user_id).await.is_empty());
}

async fn members(app: &TestApp, acme: &Organization) -> usize {
    let path = format!("/v1/orgs/{}/members", acme.id);
    let list = app.get(&path, Some(&acme.token)).await.json();
    list["items"].as_array().expect("members").len()
}
