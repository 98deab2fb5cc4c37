//! The four roles at Auth0: whether they are there and what they should be, when the worker starts and later on.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;
use tests::{Options, Organization, TestApp, eventually};

async fn role_id(app: &TestApp, role: Role) -> String {
    let role = app.auth0().roles().by_name(role.as_str()).await;
    role.expect("Auth0 answers").expect("it is there").id
}

/// What the worker would log, sentence by sentence.
async fn defects(app: &TestApp) -> Vec<String> {
    let context = app.worker_context().await;
    let defects = context.directory.check_roles(&context).await;
    let defects = defects.expect("Auth0 answers");
    defects.iter().map(ToString::to_string).collect()
}

async fn change_roles(app: &TestApp, team: &Organization, user_id: &str, role: Role) {
    let user = user_id.replace('|', "%7C");
    let path = format!("/v1/orgs/{}/members/{user}/roles", team.id);
    app.put(&path, &team.token, &json!({ "roles": [role] }))
        .await
        .assert_status(200);
}

/// Why the job that makes Auth0 follow a member has given up.
async fn parked(app: &TestApp) -> String {
    eventually("a parked job", || async {
        let query =
            "select last_error from ops.job where kind = 'membership' and parked_at is not null";
        let found = sqlx::query(query)
            .fetch_optional(&mut app.database.admin().await)
            .await
            .expect("jobs");
        found.map(|job| job.get(0))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_was_set_up_has_nothing_to_mend() {
    let app = TestApp::start().await;
    assert_eq!(defects(&app).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_role_is_one_sentence_that_names_it_and_what_makes_it() {
    let app = TestApp::start().await;
    let id = role_id(&app, Role::OrgBilling).await;
    let path = format!("roles/{id}");
    app.as_auth0_admin(Method::DELETE, &path, None).await;
    let says = "the Auth0 tenant has no role org_billing; `tenantry tenant apply` makes it";
    assert_eq!(defects(&app).await, [says]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_allows_something_else_is_named_with_the_difference() {
    let app = TestApp::start().await;
    let id = role_id(&app, Role::OrgReadonly).await;
    let audience = "https://api.tenantry.dev";
    let permission = |name: &str| {
        json!({ "permissions": [
            { "resource_server_identifier": audience, "permission_name": name },
        ] })
    };
    let path = format!("roles/{id}/permissions");
    for (method, name) in [
        (Method::POST, "members:write"),
        (Method::DELETE, "billing:read"),
    ] {
        app.as_auth0_admin(method, &path, Some(&permission(name)))
            .await;
    }
    let says = "the role org_readonly of the Auth0 tenant differs; it lacks billing:read; \
        it should not have members:write; `tenantry tenant apply` mends it";
    assert_eq!(defects(&app).await, [says]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_renamed_while_the_worker_runs_is_noticed_and_parks_what_needs_it() {
    let app = TestApp::with(Options {
        variables: vec![("WORKER_SWEEP_SECONDS", "1".into())],
        ..Options::default()
    })
    .await;
    let team = app.organization().await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    // The worker knows the id by now.
    change_roles(&app, &team, &ben.user_id, Role::OrgBilling).await;
    app.settled().await;
    let path = format!("roles/{}", role_id(&app, Role::OrgReadonly).await);
    let name: Value = json!({ "name": "readers" });
    app.as_auth0_admin(Method::PATCH, &path, Some(&name)).await;
    let asked = app.calls_of("GET /api/v2/roles").await;
    eventually("two more looks", || async {
        (app.calls_of("GET /api/v2/roles").await >= asked + 2).then_some(())
    })
    .await;
    change_roles(&app, &team, &ben.user_id, Role::OrgReadonly).await;
    let why = parked(&app).await;
    assert!(
        why.starts_with("the Auth0 tenant has no role org_readonly;"),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_starts_while_auth0_is_away_and_checks_when_it_is_back() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    app.plan_fault(&json!({ "path": "/api/v2/", "kind": "status" }))
        .await;
    let context = app.worker_context().await;
    let refused = context.directory.check_roles(&context).await;
    assert!(
        matches!(refused, Err(api::workflows::Failure::Wait { .. })),
        "{refused:?}"
    );
    app.clear_faults().await;
    assert_eq!(
        context.directory.check_roles(&context).await.ok(),
        Some(Vec::new())
    );
}
