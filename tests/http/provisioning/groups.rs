//! What a directory does to its groups reaches roles, without anybody logging in.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, TestApp, eventually};

use super::{Directory, of_okta, told};

/// Events in a storm.
const RENAMED: u64 = 25;

/// Groups give roles.
fn mapped(mut new: Value) -> Value {
    new["assign_membership_on_login"] = json!(true);
    new["default_role"] = json!("org_readonly");
    new["group_roles"] = json!([
        { "group": "Finance", "role": "org_billing" },
        { "group": "Books", "role": "org_billing" },
        { "group": "IT", "role": "org_admin" },
    ]);
    new
}

impl Directory {
    /// Answers its path.
    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let new = json!({ "displayName": name, "members": members });
        let made = self.send(Method::POST, "Groups", &new).await;
        let id = made.assert_status(201).json()["id"].clone();
        format!("Groups/{}", id.as_str().expect("an id"))
    }

    async fn change_group(&self, group: &str, operation: Value) {
        let body = json!({ "Operations": [operation] });
        let changed = self.send(Method::PATCH, group, &body).await;
        assert!(changed.status.is_success(), "{changed:?}");
    }

    /// A login, and a request that tells us of them.
    async fn comes_in(&self, email: &str, user: &str) {
        let token = self.log_in(email).await;
        eventually("a new member", || async {
            self.app.get(&self.organization(), Some(&token)).await;
            self.member(user).await
        })
        .await;
    }

    async fn has(&self, user: &str, roles: Value) {
        eventually(&format!("{user} with {roles}"), || async {
            (self.member(user).await?["roles"] == roles).then_some(())
        })
        .await;
    }

    /// Nothing that Auth0 told of groups as a whole waits any more, nor what came of it.
    async fn has_heard_all(&self) {
        let open = "select (select count(*) from ops.webhook_inbox where kind = 'group.updated' and state = 'received') \
             + (select count(*) from ops.job where kind = 'directory_groups' and done_at is null)";
        eventually("all events of groups", || async {
            let mut admin = self.app.database.admin().await;
            let open = sqlx::query_scalar::<_, i64>(open).fetch_one(&mut admin);
            (open.await.expect("a count") == 0).then_some(())
        })
        .await;
    }

    /// Changes of ours are on their way no more, and are old enough for Auth0's lists.
    async fn settles(&self) {
        self.app.settled().await;
        let mut admin = self.app.database.admin().await;
        let aged =
            "update ops.job set done_at = done_at - interval '1 minute' where done_at is not null";
        sqlx::query(aged)
            .execute(&mut admin)
            .await
            .expect("time has passed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_in_the_directory_moves_the_roles() {
    let directory = Directory::through(told().await, &mapped(of_okta())).await;
    let mut users = Vec::new();
    for name in ["ada", "bo", "cleo", "dora", "eve"] {
        users.push(directory.assign(&format!("{name}@acme.example")).await);
    }
    for user in &users {
        directory.has(user, json!(["org_readonly"])).await;
    }
    let [ada, bo, cleo, dora, eve] = [0, 1, 2, 3, 4].map(|at| users[at].as_str());
    let finance = directory.group("Finance", &[ada, bo, cleo]).await;
    let books = directory.group("Books", &[dora]).await;
    let it = directory.group("IT", &[eve]).await;
    for user in [ada, bo, cleo, dora] {
        directory.has(user, json!(["org_billing"])).await;
    }
    directory.has(eve, json!(["org_admin"])).await;
    directory.settles().await;
    // As identity providers say it: one is taken out, all are told anew, one is put in, a group is renamed, one is gone.
    let out = json!({ "op": "Remove", "path": format!("members[value eq \"{ada}\"]") });
    directory.change_group(&finance, out).await;
    let anew = json!({ "displayName": "Finance", "members": [{ "value": cleo }] });
    let replaced = directory.send(Method::PUT, &finance, &anew).await;
    replaced.assert_status(200);
    let into = json!({ "op": "add", "path": "members", "value": [{ "value": cleo }] });
    let it_for_two = directory.group("IT", &[]).await;
    directory.change_group(&it_for_two, into).await;
    let renamed = json!({ "op": "replace", "path": "displayName", "value": "Library" });
    directory.change_group(&books, renamed).await;
    let gone = directory.send(Method::DELETE, &it, &Value::Null).await;
    gone.assert_status(204);
    for user in [ada, bo, dora, eve] {
        directory.has(user, json!(["org_readonly"])).await;
    }
    directory
        .has(cleo, json!(["org_admin", "org_billing"]))
        .await;
    let audit = format!("{}/audit-events?limit=200", directory.organization());
    let app = &directory.app;
    let audit = app.get(&audit, Some(&directory.acme.token)).await.json();
    let events = audit["items"].as_array().expect("events").iter();
    let moves = events.filter(|event| event["after"]["by"] == "groups");
    assert_eq!(moves.count(), 10, "five came in, five moved: {audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_events_the_comparison_finds_it_and_the_directory_outweighs_the_last_login() {
    let fast = [
        ("WORKER_RECONCILE_SECONDS", "1".to_owned()),
        ("WORKER_RECONCILE_READS_PER_MINUTE", "60000".to_owned()),
    ];
    let app = TestApp::with(Options {
        variables: fast.to_vec(),
        ..Options::default()
    })
    .await;
    let new = mapped(app.oidc_provider("corp"));
    let directory = Directory::through(app, &new).await;
    let (app, acme) = (&directory.app, &directory.acme);
    let bo = [
        ("username", "bo"),
        ("email", "bo@acme.example"),
        ("groups", "IT"),
    ];
    let user = format!("oidc|{0}|bo", directory.connection);
    for roles in [json!(["org_admin"]), json!(["org_billing"])] {
        let token = app.log_in_by_provider(acme, &directory.connection, &bo);
        let token = token.await.expect("they come in");
        eventually("the roles after a login", || async {
            app.get(&directory.organization(), Some(&token)).await;
            (directory.member(&user).await?["roles"] == roles).then_some(())
        })
        .await;
        if roles == json!(["org_admin"]) {
            directory.group("Finance", &[&user]).await;
            directory.has(&user, json!(["org_billing"])).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_group_events_is_one_comparison_or_two() {
    let directory = Directory::through(told().await, &mapped(of_okta())).await;
    let ada = directory.assign("ada@acme.example").await;
    let finance = directory.group("Finance", &[&ada]).await;
    directory.has(&ada, json!(["org_billing"])).await;
    let comparisons = || directory.app.calls_of("GET /api/v2/groups");
    let before = comparisons().await;
    for storm in 0..RENAMED {
        let named =
            json!({ "op": "replace", "path": "displayName", "value": format!("No {storm}") });
        directory.change_group(&finance, named).await;
    }
    directory.has(&ada, json!(["org_readonly"])).await;
    directory.has_heard_all().await;
    let made = comparisons().await - before;
    assert!(
        (1..=RENAMED / 5).contains(&made),
        "{RENAMED} events, {made} comparisons"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_while_auth0_tells_no_groups_gets_the_default_role_until_it_does() {
    let directory = Directory::through(TestApp::start().await, &mapped(of_okta())).await;
    let ada = directory.assign("ada@acme.example").await;
    directory.group("Finance", &[&ada]).await;
    directory.comes_in("ada@acme.example", &ada).await;
    directory.has(&ada, json!(["org_billing"])).await;
    for (status, newcomer) in [(403, "bo@acme.example"), (503, "cleo@acme.example")] {
        let user = directory.assign(newcomer).await;
        directory.group("Books", &[&user]).await;
        let silent =
            json!({ "path": "/api/v2/users/{id}/groups", "kind": "status", "status": status });
        directory.app.plan_fault(&silent).await;
        directory.comes_in(newcomer, &user).await;
        directory.has(&user, json!(["org_readonly"])).await;
        directory.app.clear_faults().await;
        // Auth0 tells nothing here, and the next comparison of everything is far away.
        directory.app.advance("PT2M").await;
        directory.has(&user, json!(["org_billing"])).await;
    }
}
