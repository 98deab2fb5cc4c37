//! What a directory does to its groups reaches roles, without anybody logging in.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, TestApp, eventually};

use super::{Directory, of_okta, told};

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

    async fn has(&self, user: &str, roles: Value) {
        eventually(&format!("{user} with {roles}"), || async {
            (self.member(user).await?["roles"] == roles).then_some(())
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
