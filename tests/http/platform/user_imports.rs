//! Users in bulk: Auth0's job makes the accounts, then each is a member or has a reason why not.

use management::NewUser;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, TestApp, eventually, process};
use uuid::Uuid;

/// Of the shape of bcrypt; of no password that anybody knows.
const HASH: &str = "$2b$10$CANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANAR";

async fn begin(app: &TestApp, token: &str, org_id: &str, users: &Value) -> String {
    let path = format!("/v1/platform/organizations/{org_id}/user-imports");
    let begun = app.post(&path, token, &json!({ "users": users })).await;
    let location = begun.assert_status(202).header("location");
    location.expect("where it is").to_owned()
}

async fn done(app: &TestApp, token: &str, path: &str) -> Value {
    eventually("the end of an import", || async {
        let found = app.get(path, Some(token)).await.assert_status(200).json();
        (found["status"] == "done").then_some(found)
    })
    .await
}

async fn outcomes(app: &TestApp, token: &str, path: &str) -> Vec<(Value, Value)> {
    let path = format!("{path}/users?limit=200");
    let page = app.get(&path, Some(token)).await.assert_status(200).json();
    let items = page["items"].as_array().expect("items").iter();
    let outcome = |item: &Value| (item["outcome"].clone(), item["why"].clone());
    items.map(outcome).collect()
}

fn address() -> String {
    format!("{}@bulk.example", Uuid::new_v4().simple())
}

async fn members(app: &TestApp, org_id: &str) -> Vec<(String, Vec<String>)> {
    sqlx::query_as("select email, roles from app.memberships where org_id = $1 order by email")
        .bind(org_id)
        .fetch_all(&mut app.database.admin().await)
        .await
        .expect("memberships")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_says_what_became_of_it_and_no_hash_is_kept() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let org_id = app.bare_organization().await;
    let (new, known, bad) = (address(), address(), address());
    let user = NewUser {
        connection: "Username-Password-Authentication".to_owned(),
        email: known.clone(),
        password: Some("Correct-horse-1".to_owned().into()),
        ..Default::default()
    };
    let theirs = app.auth0().users().create(&user).await.expect("a user");
    let users = json!([
        { "email": new, "name": "Bo", "roles": ["org_admin"], "external_id": "4711", "password_hash": HASH },
        { "email": known },
        { "email": bad, "password_hash": "not a hash" },
    ]);
    let path = begin(&app, &token, &org_id, &users).await;
    let found = done(&app, &token, &path).await;
    assert_eq!(
        found["counts"],
        json!({ "pending": 0, "created": 1, "updated": 1, "failed": 1 })
    );
    let outcomes = outcomes(&app, &token, &path).await;
    assert_eq!(outcomes[2], ("failed".into(), "pattern".into()));
    let here = members(&app, &org_id).await;
    assert_eq!(super::ways_in(&app, &org_id).await, ["user_import"]);
    let mut expected = vec![
        (new.clone(), vec!["org_admin".to_owned()]),
        (known.clone(), vec!["org_member".to_owned()]),
    ];
    expected.sort();
    assert_eq!(here, expected);
    let auth0 = app.auth0();
    let made = auth0.users().by_email(&new).await.expect("Auth0 answers");
    assert_eq!(made[0].app_metadata["external_id"], "4711");
    let roles = auth0
        .organizations()
        .member_roles(&org_id, &theirs.user_id)
        .await;
    assert_eq!(roles.expect("Auth0 answers")[0].name, "org_member");
    let kept = app
        .rows_that_mention(&["CANARY".to_owned(), "not a hash".to_owned()])
        .await;
    assert!(kept.is_empty(), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_finds_no_seat_is_not_added_anywhere() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let team = app.organization().await;
    let users: Vec<Value> = (0..7).map(|_| json!({ "email": address() })).collect();
    let path = begin(&app, &token, &team.id, &json!(users)).await;
    let found = done(&app, &token, &path).await;
    // Five seats, and the buyer has one.
    assert_eq!(found["counts"]["created"], 4, "{found}");
    let outcomes = outcomes(&app, &token, &path).await;
    let full = (Value::from("failed"), Value::from("no_seats_left"));
    assert_eq!(outcomes.iter().filter(|found| **found == full).count(), 3);
    let auth0 = app.auth0();
    let there = auth0.organizations().members_page(&team.id, None).await;
    assert_eq!(there.expect("Auth0 answers").items.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_and_a_limit_of_two_jobs_make_nobody_twice() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let token = app.platform_token().await;
    let mut imports = Vec::new();
    for _ in 0..4 {
        let org_id = app.bare_organization().await;
        let users: Vec<Value> = (0..15).map(|_| json!({ "email": address() })).collect();
        let path = begin(&app, &token, &org_id, &json!(users)).await;
        imports.push((org_id, path));
    }
    for (kind, status) in [("status", 429), ("error_after", 503)] {
        let fault =
            json!({ "path": "/api/v2/", "kind": kind, "status": status, "probability": 0.05 });
        app.plan_fault(&fault).await;
    }
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LONGEST_BACKOFF_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    let mut worker = process::spawn(&["work"], &variables);
    for kill in 0..15 {
        for _ in 0..kill * 4 {
            let request = app.request(Method::GET, &imports[0].1, Some(&token));
            app.send(request).await;
        }
        worker.kill().await.expect("it can be killed");
        worker = process::spawn(&["work"], &variables);
    }
    for (org_id, path) in &imports {
        let found = done(&app, &token, path).await;
        assert_eq!(found["counts"]["failed"], 0, "{found}");
        assert_eq!(members(&app, org_id).await.len(), 15);
    }
    app.clear_faults().await;
    let auth0 = app.auth0();
    for (org_id, _) in &imports {
        for (email, _) in members(&app, org_id).await {
            let accounts = auth0.users().by_email(&email).await.expect("Auth0 answers");
            assert_eq!(accounts.len(), 1, "{email}");
        }
    }
}
