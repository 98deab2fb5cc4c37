//! An organization's own identity providers: connected by its administrators alone, offered to nobody else.

mod changes;
mod groups;
mod published;
mod saml;
mod test_login;

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

const SECRET: &str = "canary-of-the-client-secret-9f3e";

fn path(organization: &Organization) -> String {
    format!("/v1/orgs/{}/identity-providers", organization.id)
}

fn okta(name: &str) -> Value {
    json!({
        "name": name, "strategy": "okta", "display_name": "Acme's Okta",
        "options": { "domain": "acme.okta.com", "client_id": "0oa1", "client_secret": SECRET },
    })
}

async fn create(app: &TestApp, organization: &Organization, body: &Value) -> Answer {
    app.post(&path(organization), &organization.token, body)
        .await
}

async fn show(app: &TestApp, organization: &Organization, id: &str) -> Answer {
    let path = format!("{}/{id}", path(organization));
    app.get(&path, Some(&organization.token)).await
}

async fn becomes(app: &TestApp, organization: &Organization, name: &str, state: &str) -> Value {
    eventually("the identity provider", || async {
        let shown = show(app, organization, name)
            .await
            .assert_status(200)
            .json();
        (shown["state"] == state).then_some(shown)
    })
    .await
}

async fn connected(app: &TestApp, organization: &Organization, body: &Value) -> Value {
    create(app, organization, body).await.assert_status(202);
    let name = body["name"].as_str().expect("a name");
    becomes(app, organization, name, "ready").await
}

async fn at_auth0(app: &TestApp, path: &str) -> Value {
    app.call_auth0(Method::GET, path, None).await.json()
}

/// How the organization has it enabled at Auth0.
async fn enabled(app: &TestApp, organization: &Organization, id: &str) -> Option<Value> {
    let path = format!("organizations/{}/enabled_connections", organization.id);
    let all = at_auth0(app, &path).await;
    let mut all = all.as_array().expect("connections").iter();
    all.find(|each| each["connection_id"] == id).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_connects_one_and_auth0_offers_it_in_this_organization_alone() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let answer = create(&app, &acme, &okta("okta")).await;
    let at_first = answer.assert_status(202).json();
    assert_eq!(
        (&at_first["id"], &at_first["state"]),
        (&Value::Null, &json!("pending"))
    );
    let shown = becomes(&app, &acme, "okta", "ready").await;
    let id = shown["id"].as_str().expect("an id");
    assert_eq!(show(&app, &acme, id).await.json(), shown);
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    assert_eq!(connection["name"], shown["connection"]);
    assert_eq!(connection["strategy"], "okta");
    assert_eq!(
        connection["metadata"],
        json!({ "org_id": acme.id, "env": "test" })
    );
    assert_eq!(connection["options"]["client_secret"], SECRET);
    assert_eq!(connection["enabled_clients"], json!(["tenantry-console"]));
    let here = enabled(&app, &acme, id).await.expect("it is offered");
    assert_eq!(here["assign_membership_on_login"], false);
    assert_eq!(here["show_as_button"], true);
    assert_eq!(enabled(&app, &other, id).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_nowhere_once_auth0_has_it_and_never_readable_here() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &okta("okta")).await;
    assert_eq!(shown["secrets"], json!({ "client_secret": "9f3e" }));
    assert!(!shown.to_string().contains(SECRET), "{shown}");
    let audit = format!("/v1/orgs/{}/audit-events", acme.id);
    let audit = app.get(&audit, Some(&acme.token)).await.json();
    assert!(
        audit.to_string().contains("identity_provider.created"),
        "{audit}"
    );
    let rows = app.rows_that_mention(&[SECRET.to_owned()]).await;
    assert_eq!(rows, Vec::<String>::new());
    let sealed: i64 = sqlx::query_scalar(
        "select count(*) from app.identity_providers where sealed_secrets is not null",
    )
    .fetch_one(&mut app.database.admin().await)
    .await
    .expect("a count");
    assert_eq!(sealed, 0, "Auth0 has taken it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_nothing_is_made() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let wrong = [
        (json!({ "name": "a_b" }), "name"),
        (json!({ "strategy": "ad" }), "strategy"),
        (json!({ "default_role": "org_admin" }), "default_role"),
        (json!({ "display_name": "<b>" }), "display_name"),
        (
            json!({ "group_roles": [{ "group": "", "role": "org_member" }] }),
            "group_roles",
        ),
        (json!({ "domains": ["victim.example"] }), "domains"),
        (
            json!({ "options": { "domain": "127.0.0.1", "client_id": "i", "client_secret": "s" } }),
            "options.domain",
        ),
        (
            json!({ "options": { "domain": "acme.okta.com", "client_id": "i" } }),
            "options.client_secret",
        ),
        (
            json!({ "options": { "domain": "acme.okta.com", "client_id": "i", "client_secret": "s",
            "domain_aliases": [] } }),
            "options.domain_aliases",
        ),
    ];
    for (change, field) in wrong {
        let mut body = okta("okta");
        for (name, value) in change.as_object().expect("fields") {
            body[name] = value.clone();
        }
        let refused = create(&app, &acme, &body).await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
    let list = app.get(&path(&acme), Some(&acme.token)).await.json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_the_plan_for_it_an_administrator_and_room() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let (_, token) = app.member(&acme, Role::OrgMember).await;
    let refused = app.post(&path(&acme), &token, &okta("okta")).await;
    refused.assert_problem(403, "permission_denied");
    let other = app.organization().await;
    let foreign = app.post(&path(&acme), &other.token, &okta("okta")).await;
    foreign.assert_problem(404, "not_found");
    for number in 1..=9 {
        let made = create(&app, &acme, &okta(&format!("okta-{number}"))).await;
        made.assert_status(202);
    }
    let again = create(&app, &acme, &okta("okta-9")).await;
    again.assert_problem(409, "identity_provider_taken");
    let tenth = create(&app, &acme, &okta("okta-10")).await;
    tenth.assert_problem(409, "too_many_connections");
    let there = create(&app, &other, &okta("okta-1")).await;
    there.assert_status(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_make_one_connection_and_a_strangers_is_never_taken() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.plan_fault(&json!({
        "path": "/api/v2/connections", "method": "POST", "kind": "error_after", "status": 503, "times": 2,
    }))
    .await;
    let shown = connected(&app, &acme, &okta("okta")).await;
    app.clear_faults().await;
    let name = shown["connection"].as_str().expect("a name");
    let found = at_auth0(&app, &format!("connections?name={name}")).await;
    assert_eq!(found.as_array().expect("connections").len(), 1);
    let other = app.organization().await;
    let name = format!("{}-okta", other.id.trim_start_matches("org_"));
    let options = tests::connection_options("okta");
    let foreign = json!({ "name": name, "strategy": "okta", "options": options });
    let planted = app
        .call_auth0(Method::POST, "connections", Some(&foreign))
        .await;
    planted.assert_status(201);
    create(&app, &other, &okta("okta")).await.assert_status(202);
    let failed = becomes(&app, &other, "okta", "failed").await;
    assert!(failed["failure"].is_string(), "{failed}");
    let planted = planted.json();
    let id = planted["id"].as_str().expect("an id");
    assert_eq!(enabled(&app, &other, id).await, None);
}
