//! The copy of Auth0's members: events bring it up to date, the comparison finds what events did not tell, and reading
//! never asks Auth0.

mod blocked;
mod events;
mod lag;
mod pull;
mod reads;
mod reconciliation;
mod shuffles;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::Role;
use futures::TryStreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use store::DatabaseRole;
use tests::{Options, Organization, Person, TestApp, eventually};

/// By user id.
type Members = BTreeMap<String, Shown>;

/// All that our copy has of a member.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    roles: BTreeSet<String>,
    email: Option<String>,
    name: Option<String>,
    picture: Option<String>,
    blocked: bool,
}

/// A product that Auth0 tells what happens, and that never compares by itself.
async fn told() -> TestApp {
    TestApp::with(Options {
        events: true,
        ..Options::default()
    })
    .await
}

/// A product that compares every second, as fast as it can.
async fn comparing(events: bool) -> TestApp {
    let fast = [
        ("WORKER_RECONCILE_SECONDS", "1".to_owned()),
        ("WORKER_RECONCILE_READS_PER_MINUTE", "60000".to_owned()),
    ];
    TestApp::with(Options {
        events,
        variables: fast.to_vec(),
        ..Options::default()
    })
    .await
}

async fn auth0_members(app: &TestApp, organization: &Organization) -> Members {
    let auth0 = app.auth0();
    let listed = auth0.organizations().members_with_roles(&organization.id);
    let listed: Vec<_> = listed.try_collect().await.expect("Auth0 lists them");
    let blocked = auth0.users().blocked();
    let blocked: BTreeSet<String> = blocked.try_collect().await.expect("Auth0 finds them");
    let members = listed.into_iter().map(|member| {
        let shown = Shown {
            roles: member.roles.into_iter().map(|role| role.name).collect(),
            email: member.email,
            name: member.name,
            picture: member.picture,
            blocked: blocked.contains(&member.user_id),
        };
        (member.user_id, shown)
    });
    members.collect()
}

async fn our_members(app: &TestApp, organization: &Organization) -> Members {
    let path = format!("/v1/orgs/{}/members?limit=200", organization.id);
    let listed = app.get(&path, Some(&organization.token)).await;
    let listed = listed.assert_status(200).json();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let items = listed["items"].as_array().expect("a list").iter();
    let members = items.map(|member| {
        let roles = member["roles"].as_array().into_iter().flatten();
        let shown = Shown {
            roles: roles.filter_map(text).collect(),
            email: text(&member["email"]),
            name: text(&member["name"]),
            picture: text(&member["picture"]),
            blocked: member["blocked"].as_bool().expect("a flag"),
        };
        (text(&member["user_id"]).expect("an id"), shown)
    });
    members.collect()
}

async fn until_the_same(app: &TestApp, organization: &Organization) {
    eventually("the same members here as in Auth0", || async {
        let (theirs, ours) = (
            auth0_members(app, organization).await,
            our_members(app, organization).await,
        );
        (theirs == ours).then_some(())
    })
    .await;
}

/// What a comparison that began after this call says.
async fn after_a_comparison(app: &TestApp, organization: &Organization) -> Value {
    let now = app.sandbox.clock().now();
    eventually("a comparison", || async {
        let sync = sync(app, organization).await;
        let at: DateTime<Utc> = sync["last_reconciled_at"].as_str()?.parse().ok()?;
        (now < at).then_some(sync)
    })
    .await
}

/// Has the worker compare once, and waits until it has.
async fn compared_once(app: &TestApp, organization: &Organization) {
    app.is_compared().await;
    let store = app.database.store(DatabaseRole::Worker).await;
    let (now, payload) = (app.sandbox.clock().now(), json!({}));
    let queued = store.enqueue_system("reconcile", "reconcile", &payload, now);
    queued.await.expect("it is queued");
    eventually("a comparison", || async {
        let sync = sync(app, organization).await;
        let at: DateTime<Utc> = sync["last_reconciled_at"].as_str()?.parse().ok()?;
        (now <= at).then_some(())
    })
    .await;
}

/// Members that comparisons have ever found missing, left over and changed.
async fn drift_ever(app: &TestApp, organization: &Organization) -> (i64, i64, i64) {
    let drift = "select added_ever, removed_ever, changed_ever from ops.mirror where org_id = $1";
    let found = sqlx::query_as(drift)
        .bind(&organization.id)
        .fetch_optional(&mut app.database.admin().await)
        .await;
    found.expect("an answer").unwrap_or_default()
}

async fn sync(app: &TestApp, organization: &Organization) -> Value {
    let path = format!("/v1/orgs/{}/sync", organization.id);
    let sync = app.get(&path, Some(&organization.token)).await;
    sync.assert_status(200).json()
}

async fn remove_in_auth0(app: &TestApp, organization: &Organization, person: &Person) {
    let gone = [person.user_id.clone()];
    let auth0 = app.auth0();
    let removed = auth0
        .organizations()
        .remove_members(&organization.id, &gone);
    removed.await.expect("Auth0 removes them");
}

async fn swap_role_in_auth0(
    app: &TestApp,
    organization: &Organization,
    person: &Person,
    [from, to]: [Role; 2],
) {
    let auth0 = app.auth0();
    let id = |role: Role| {
        let auth0 = auth0.clone();
        async move { auth0.roles().by_name(role.as_str()).await }
    };
    let [from, to] = [id(from).await, id(to).await].map(|role| {
        let role = role.expect("Auth0 answers").expect("the role exists");
        [role.id]
    });
    let organizations = auth0.organizations();
    organizations
        .add_member_roles(&organization.id, &person.user_id, &to)
        .await
        .expect("Auth0 gives it");
    organizations
        .remove_member_roles(&organization.id, &person.user_id, &from)
        .await
        .expect("Auth0 takes it");
}

/// A call of the Management API that the client has no name for.
async fn management(app: &TestApp, method: Method, path: &str, body: &Value) {
    let base = app.sandbox.base_url();
    let asked = json!({
        "grant_type": "client_credentials", "audience": format!("{base}api/v2/"),
        "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
    });
    let token = app
        .sandbox_request(Method::POST, "oauth/token")
        .json(&asked);
    let token = app.send(token).await.assert_status(200).json();
    let token = token["access_token"].as_str().expect("a token").to_owned();
    let path = format!("api/v2/{}", path.replace('|', "%7C"));
    let call = app.sandbox_request(method, &path).bearer_auth(token);
    let answer = app.send(call.json(body)).await;
    assert!(answer.status.is_success(), "{path} {answer:?}");
}
