//! An organization's own user store: made once, offered to nobody else, never a trap, and gone with the organization.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

const SHARED: &str = "Username-Password-Authentication";

fn path(organization: &Organization) -> String {
    format!("/v1/orgs/{}/user-store", organization.id)
}

async fn show(app: &TestApp, organization: &Organization) -> Value {
    let token = Some(organization.token.as_str());
    let shown = app.get(&path(organization), token).await;
    shown.assert_status(200).json()
}

async fn change(app: &TestApp, organization: &Organization, body: &Value) -> Answer {
    app.put(&path(organization), &organization.token, body)
        .await
}

async fn becomes(app: &TestApp, organization: &Organization, kind: &str, state: &str) -> Value {
    eventually("the user store", || async {
        let shown = show(app, organization).await;
        (shown["kind"] == kind && shown["state"] == state).then_some(shown)
    })
    .await
}

/// Changes it and waits until Auth0 has followed; answers the name of the organization's own connection.
async fn changed(app: &TestApp, organization: &Organization, body: &Value) -> String {
    let answer = change(app, organization, body).await;
    answer.assert_status(202);
    let kind = body["kind"].as_str().expect("a kind");
    let shown = becomes(app, organization, kind, "ready").await;
    shown["connection"].as_str().expect("its own").to_owned()
}

/// The names of the connections that Auth0 offers in the organization.
async fn offered(app: &TestApp, organization: &Organization) -> Vec<String> {
    let path = format!("organizations/{}/enabled_connections", organization.id);
    let enabled = app.call_auth0(Method::GET, &path, None).await.json();
    let mut names: Vec<String> = enabled
        .as_array()
        .expect("connections")
        .iter()
        .map(|each| {
            each["connection"]["name"]
                .as_str()
                .expect("a name")
                .to_owned()
        })
        .collect();
    names.sort();
    names
}

async fn connections_named(app: &TestApp, name: &str) -> Vec<Value> {
    let found = app
        .call_auth0(Method::GET, &format!("connections?name={name}"), None)
        .await;
    found.json().as_array().expect("connections").clone()
}

/// Somebody new who was invited into the organization's own store, and their token.
async fn invited(
    app: &TestApp,
    organization: &Organization,
    role: Role,
    own: &str,
) -> (String, String) {
    let email = format!("{role}-{}@acme.example", organization.name);
    let body = json!({ "invitees": [{ "email": email, "roles": [role] }], "connection": own });
    let invitations = format!("/v1/orgs/{}/invitations", organization.id);
    let answer = app.post(&invitations, &organization.token, &body).await;
    answer.assert_status(201);
    let link = app.mailed_link(&email).await;
    let login = app.follow(&link, &email).await.expect("they accept");
    let mine = format!("/v1/orgs/{}", organization.id);
    eventually("the membership", || async {
        let answer = app.get(&mine, Some(&login.token)).await;
        answer.status.is_success().then_some(())
    })
    .await;
    (email, login.token)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_moves_to_a_store_of_its_own_and_takes_its_people_along() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let at_first = show(&app, &acme).await;
    assert_eq!(
        (
            &at_first["kind"],
            &at_first["connection"],
            &at_first["members_in_shared"]
        ),
        (&json!("shared"), &Value::Null, &json!(1))
    );
    let alone = change(&app, &acme, &json!({ "kind": "own", "force": true })).await;
    alone.assert_problem(409, "last_admin");
    let own = changed(&app, &acme, &json!({ "kind": "both" })).await;
    assert_eq!(offered(&app, &acme).await, [SHARED, own.as_str()]);
    app.write_member(&acme, "auth0|blocked", &[Role::OrgAdmin])
        .await;
    app.write_blocked("auth0|blocked").await;
    sqlx::query("update app.memberships set connection = $1 where user_id = 'auth0|blocked'")
        .bind(&own)
        .execute(&mut app.database.admin().await)
        .await
        .expect("they are of the own store");
    let nobody_acts = change(&app, &acme, &json!({ "kind": "own", "force": true })).await;
    nobody_acts.assert_problem(409, "last_admin");
    sqlx::query("delete from app.memberships where user_id = 'auth0|blocked'")
        .execute(&mut app.database.admin().await)
        .await
        .expect("they are gone");
    let (email, token) = invited(&app, &acme, Role::OrgAdmin, &own).await;
    let used = show(&app, &acme).await;
    assert_eq!(used["members_in_own"], 1, "{used}");
    let early = change(&app, &acme, &json!({ "kind": "own" })).await;
    early.assert_problem(409, "user_store_in_use");
    changed(&app, &acme, &json!({ "kind": "own", "force": true })).await;
    assert_eq!(offered(&app, &acme).await, [own.as_str()]);
    let shut_out = app
        .log_in_through(&acme.admin.email, &acme.id, SHARED)
        .await;
    assert!(shut_out.is_err(), "the shared store is closed here");
    let inside = app.log_in_through(&email, &acme.id, &own).await;
    inside.expect("they log in through their own store");
    let shown = app.get(&path(&acme), Some(&token)).await;
    assert_eq!(shown.assert_status(200).json()["members_in_shared"], 1);
    let back = change(&app, &acme, &json!({ "kind": "shared" })).await;
    back.assert_problem(409, "user_store_in_use");
    changed(&app, &acme, &json!({ "kind": "shared", "force": true })).await;
    assert_eq!(offered(&app, &acme).await, [SHARED]);
    assert_eq!(connections_named(&app, &own).await.len(), 1, "it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_neither_sign_up_there_nor_does_another_organization_offer_it() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let other = app.organization_of("enterprise").await;
    let own = changed(&app, &acme, &json!({ "kind": "both" })).await;
    let found = connections_named(&app, &own).await;
    let marker = json!({ "org_id": acme.id, "env": "test" });
    assert_eq!(found[0]["metadata"], marker);
    assert_eq!(offered(&app, &other).await, [SHARED]);
    let path = format!("organizations/{}/enabled_connections", acme.id);
    let enabled = app.call_auth0(Method::GET, &path, None).await.json();
    for each in enabled.as_array().expect("connections") {
        assert_eq!(each["assign_membership_on_login"], false, "{each}");
        assert_eq!(each["is_signup_enabled"], false, "{each}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_the_plan_for_it_and_an_administrator() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let both = json!({ "kind": "both" });
    let refused = change(&app, &team, &both).await;
    refused.assert_problem(402, "not_in_plan");
    let (_, token) = app.member(&team, Role::OrgMember).await;
    let refused = app.put(&path(&team), &token, &both).await;
    refused.assert_problem(403, "permission_denied");
    let other = app.organization().await;
    let refused = app.put(&path(&team), &other.token, &both).await;
    refused.assert_problem(404, "not_found");
    let refused = change(&app, &team, &json!({ "kind": "mine" })).await;
    refused
        .assert_problem(422, "invalid_request")
        .assert_field("kind");
    let nothing = change(&app, &team, &json!({ "kind": "shared" })).await;
    nothing.assert_status(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_make_one_connection_and_a_strangers_is_never_taken() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    app.plan_fault(&json!({
        "path": "/api/v2/connections", "method": "POST", "kind": "error_after", "status": 503, "times": 3,
    }))
    .await;
    let own = changed(&app, &acme, &json!({ "kind": "both" })).await;
    assert_eq!(connections_named(&app, &own).await.len(), 1);
    app.clear_faults().await;
    let other = app.organization_of("enterprise").await;
    let name = format!("{}-{}", other.name, other.id.trim_start_matches("org_"));
    let foreign = json!({ "name": name, "strategy": "auth0" });
    let planted = app
        .call_auth0(Method::POST, "connections", Some(&foreign))
        .await;
    planted.assert_status(201);
    change(&app, &other, &json!({ "kind": "both" }))
        .await
        .assert_status(202);
    let failed = becomes(&app, &other, "both", "failed").await;
    assert!(failed["failure"].is_string(), "{failed}");
    assert_eq!(offered(&app, &other).await, [SHARED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_with_the_organization_and_so_do_its_users() {
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let own = changed(&app, &acme, &json!({ "kind": "both" })).await;
    let (email, _) = invited(&app, &acme, Role::OrgMember, &own).await;
    let request = app.request(
        Method::DELETE,
        &format!("/v1/orgs/{}?confirm_name={}", acme.id, acme.name),
        Some(&acme.token),
    );
    app.send(request).await.assert_status(202);
    app.advance("P31D").await;
    eventually("the end of the connection", || async {
        connections_named(&app, &own).await.is_empty().then_some(())
    })
    .await;
    let left = app.auth0().users().by_email(&email).await;
    assert_eq!(left.expect("Auth0 answers"), []);
    assert_eq!(connections_named(&app, SHARED).await.len(), 1);
}
