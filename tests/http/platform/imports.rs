//! Organizations that Auth0 had before us: taken over once, with their members, and nothing of theirs lost.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection;
use tests::{Options, TestApp, eventually, process};
use uuid::Uuid;

/// An organization that nobody here has made.
async fn foreign(app: &TestApp, name: &str, metadata: &[(&str, &str)]) -> String {
    let entries = metadata.iter();
    let new = management::NewOrganization {
        name: name.to_owned(),
        display_name: "Theirs".to_owned(),
        metadata: entries
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Default::default()
    };
    let made = app.auth0().organizations().create(&new).await;
    made.expect("Auth0 makes it").id
}

/// People of the tenant who belong to it, with the roles of these names.
async fn members(app: &TestApp, org_id: &str, count: usize, role: Option<&str>) -> Vec<String> {
    let auth0 = app.auth0();
    let mut ids = Vec::new();
    for _ in 0..count {
        let new = management::NewUser {
            connection: "Username-Password-Authentication".to_owned(),
            email: format!("{}@theirs.example", Uuid::new_v4().simple()),
            password: Some("Correct-horse-1".to_owned().into()),
            ..Default::default()
        };
        let user = auth0.users().create(&new).await.expect("a user");
        ids.push(user.user_id);
    }
    let organizations = auth0.organizations();
    let added = organizations.add_members(org_id, &ids).await;
    added.expect("Auth0 takes them");
    if let Some(role) = role {
        let role = auth0.roles().by_name(role).await.expect("Auth0 answers");
        let role = [role.expect("the role exists").id];
        for user in &ids {
            let given = organizations.add_member_roles(org_id, user, &role).await;
            given.expect("Auth0 takes the role");
        }
    }
    ids
}

fn unique(beginning: &str) -> String {
    format!("{beginning}-{}", &Uuid::new_v4().simple().to_string()[..12])
}

async fn import(app: &TestApp, token: &str, which: &Value) -> Value {
    let mut body = json!({ "plan": "enterprise", "comp_until": "2030-01-01T00:00:00Z" });
    for (key, value) in which.as_object().expect("fields") {
        body[key] = value.clone();
    }
    let begun = app.post("/v1/platform/imports", token, &body).await;
    let id = begun.assert_status(202).json()["import_id"].clone();
    let path = format!("/v1/platform/imports/{}", id.as_str().expect("an id"));
    let mut found = eventually("the end of an import", || async {
        let found = app.get(&path, Some(token)).await.assert_status(200).json();
        (found["status"] == "done").then_some(found)
    })
    .await;
    let items = app
        .get(&format!("{path}/organizations"), Some(token))
        .await
        .assert_status(200)
        .json();
    found["items"] = items["items"].clone();
    found
}

fn outcomes(import: &Value) -> BTreeMap<String, (Value, Value)> {
    let items = import["items"].as_array().expect("items");
    let outcome = |item: &Value| {
        let id = item["org_id"].as_str().expect("an id").to_owned();
        (id, (item["outcome"].clone(), item["why"].clone()))
    };
    items.iter().map(outcome).collect()
}

async fn memberships(app: &TestApp, org_id: &str) -> Vec<(String, Vec<String>)> {
    sqlx::query_as("select user_id, roles from app.memberships where org_id = $1 order by user_id")
        .bind(org_id)
        .fetch_all(&mut app.database.admin().await)
        .await
        .expect("memberships")
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_with_their_roles_and_what_was_there_stays() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let id = foreign(&app, "x", &[("crm", "4711"), ("env", "a word of theirs")]).await;
    let admins = members(&app, &id, 1, Some("org_admin")).await;
    let plain = members(&app, &id, 2, None).await;
    let found = import(&app, &token, &json!({ "org_ids": [id] })).await;
    assert_eq!(found["counts"]["imported"], 1, "{found}");
    app.settled().await;
    let here: BTreeMap<_, _> = memberships(&app, &id).await.into_iter().collect();
    assert_eq!(here[&admins[0]], ["org_admin"]);
    assert_eq!(super::ways_in(&app, &id).await, ["organization_import"]);
    for user in &plain {
        assert_eq!(here[user], ["org_member"]);
        let auth0 = app.auth0();
        let held = auth0.organizations().member_roles(&id, user).await;
        let held = held.expect("Auth0 answers");
        assert_eq!(held[0].name, "org_member", "Auth0 follows");
    }
    let auth0 = app.auth0();
    let theirs = auth0.organizations().show(&id).await.expect("an answer");
    let metadata = theirs.expect("it is there").metadata;
    assert_eq!(
        (&*metadata["crm"], &*metadata["env"], &*metadata["v"]),
        ("4711", "test", "1")
    );
    let shown = super::shown(&app, &token, &id).await;
    assert_eq!(
        (&shown["name"], &shown["seats_used"]),
        (&"x".into(), &3.into())
    );
    assert_eq!(shown["needs_admin"], false);
    let again = import(&app, &token, &json!({ "org_ids": [id] })).await;
    assert_eq!(again["counts"]["already_ours"], 1, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_over_says_why_and_a_dry_run_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let full: Vec<String> = (0..25).map(|number| format!("key{number}")).collect();
    let full: Vec<(&str, &str)> = full.iter().map(|key| (key.as_str(), "v")).collect();
    let full = foreign(&app, &unique("full"), &full).await;
    let elsewhere = [("v", "1"), ("env", "staging")];
    let elsewhere = foreign(&app, &unique("elsewhere"), &elsewhere).await;
    let crowded = foreign(&app, &unique("crowded"), &[]).await;
    members(&app, &crowded, 2, None).await;
    let nobody = tests::nobodys_organization();
    let ids = json!([full, elsewhere, crowded, nobody]);
    let before = app.row_counts().await;
    let narrow = json!({ "org_ids": ids, "seats": 1, "plan": "team", "dry_run": true });
    let dry = import(&app, &token, &narrow).await;
    let refused = |why: &str| (Value::from("refused"), Value::from(why));
    let expected = BTreeMap::from([
        (full.clone(), refused("metadata_full")),
        (elsewhere.clone(), refused("other_environment")),
        (crowded.clone(), refused("too_few_seats")),
        (nobody.clone(), refused("not_found")),
    ]);
    assert_eq!(outcomes(&dry), expected);
    let wide = json!({ "org_ids": ids, "seats": 1, "plan": "team", "may_exceed_seats": true, "dry_run": true });
    let wide = import(&app, &token, &wide).await;
    assert_eq!(
        outcomes(&wide)[&crowded],
        ("importable".into(), Value::Null)
    );
    let after = app.row_counts().await;
    for table in ["app.memberships", "ops.organization"] {
        assert_eq!(after[table], before[table], "{table}");
    }
    let wet = json!({ "org_ids": ids, "seats": 1, "plan": "team", "may_exceed_seats": true });
    let wet = import(&app, &token, &wet).await;
    assert_eq!(wet["counts"]["imported"], 1);
    let item = &wet["items"];
    let mut item = item.as_array().expect("items").iter();
    let item = item.find(|item| item["org_id"] == json!(crowded));
    assert_eq!(item.expect("it is there")["needs_admin"], true);
    let theirs = app.auth0().organizations().show(&full).await;
    let theirs = theirs.expect("an answer").expect("it is there");
    assert_eq!(theirs.metadata.len(), 25, "nothing was pushed out");
}

/// More than Auth0 shows on any page but checkpoints, and a last page that is empty.
const MANY: usize = 1050;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_tenant_is_taken_over_once_although_workers_are_killed() {
    let app = TestApp::with(Options {
        with_worker: false,
        variables: vec![("WORKER_RECONCILE_READS_PER_MINUTE", "6000".to_owned())],
        ..Options::default()
    })
    .await;
    let token = app.platform_token().await;
    let big = foreign(&app, &unique("big"), &[]).await;
    let people = members(&app, &big, MANY, None).await;
    let mut small = Vec::new();
    for _ in 0..12 {
        let id = foreign(&app, &unique("small"), &[]).await;
        members(&app, &id, 2, Some("org_admin")).await;
        small.push(id);
    }
    let fault = json!({ "path": "/api/v2/", "kind": "status", "status": 429, "retry_after": 1, "probability": 0.05 });
    app.plan_fault(&fault).await;
    let body = json!({ "all": true, "plan": "enterprise", "comp_until": "2030-01-01T00:00:00Z" });
    let begun = app.post("/v1/platform/imports", &token, &body).await;
    let id = begun.assert_status(202).json()["import_id"].clone();
    let path = format!("/v1/platform/imports/{}", id.as_str().expect("an id"));
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LONGEST_BACKOFF_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    let mut worker = process::spawn(&["work"], &variables);
    for kill in 0..20 {
        for _ in 0..kill * 3 {
            app.get(&path, Some(&token)).await;
        }
        worker.kill().await.expect("it can be killed");
        worker = process::spawn(&["work"], &variables);
    }
    let found = eventually("the end of the import", || async {
        let request = app.request(Method::GET, &path, Some(&token));
        let found = app.send(request).await.assert_status(200).json();
        (found["status"] == "done").then_some(found)
    })
    .await;
    assert_eq!(found["counts"]["imported"], 13, "{found}");
    let here = memberships(&app, &big).await;
    assert_eq!(here.len(), people.len());
    for id in small {
        assert_eq!(memberships(&app, &id).await.len(), 2);
        let told: i64 = sqlx::query_scalar(
            "select count(*) from app.audit_events where org_id = $1 and action = 'organization.imported'",
        )
        .bind(&id)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("a count");
        assert_eq!(told, 1);
    }
}

/// Holds an import up between what it commits first, the customer and its seats, and the members.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_in_during_an_import_keeps_their_seat_and_their_roles() {
    let app = TestApp::start().await;
    app.is_compared().await;
    let token = app.platform_token().await;
    let id = foreign(&app, &unique("busy"), &[]).await;
    let plain = members(&app, &id, 2, None).await;
    let admins = members(&app, &id, 1, Some("org_admin")).await;
    let mut admin = app.database.admin().await;
    let mut held = admin.begin().await.expect("a transaction");
    sqlx::query("lock table app.memberships in access exclusive mode")
        .execute(&mut *held)
        .await
        .expect("a lock");
    let wanted = json!({ "org_ids": [id], "plan": "team", "seats": 3 });
    let meanwhile = async {
        eventually("the customer", || async {
            let is_there: bool = sqlx::query_scalar(
                "select exists (select from app.subscriptions where org_id = $1)",
            )
            .bind(&id)
            .fetch_one(&mut app.database.admin().await)
            .await
            .expect("an answer");
            is_there.then_some(())
        })
        .await;
        for (user, role) in [
            (plain[0].as_str(), "org_billing"),
            ("auth0|late", "org_member"),
        ] {
            sqlx::query(
                "insert into app.memberships (org_id, issuer, user_id, roles, joined_at) \
                 values ($1, $2, $3, array[$4], now())",
            )
            .bind(&id)
            .bind(app.sandbox.base_url())
            .bind(user)
            .bind(role)
            .execute(&mut *held)
            .await
            .expect("a member");
        }
        held.commit().await.expect("it is committed");
    };
    let (found, ()) = tokio::join!(import(&app, &token, &wanted), meanwhile);
    assert_eq!(found["counts"]["imported"], 1, "{found}");
    let here: BTreeMap<_, _> = memberships(&app, &id).await.into_iter().collect();
    let expected = [
        (admins[0].as_str(), "org_admin"),
        (plain[0].as_str(), "org_billing"),
        ("auth0|late", "org_member"),
    ];
    let expected = expected.map(|(user, role)| (user.to_owned(), vec![role.to_owned()]));
    assert_eq!(here, BTreeMap::from(expected));
}
