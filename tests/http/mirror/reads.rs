//! Reading asks nobody but Postgres.

use std::collections::BTreeMap;

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::contract::operations;
use tests::{Organization, TestApp, eventually};

use super::told;

/// Calls of Auth0's Management API by route.
async fn management_calls(app: &TestApp) -> BTreeMap<String, Value> {
    let requests = app.sandbox_get("sandbox/requests").await;
    let counts = requests["counts"].as_object().expect("counts").iter();
    let management = counts.filter(|(route, _)| route.contains("/api/v2/"));
    management
        .map(|(route, count)| (route.clone(), count.clone()))
        .collect()
}

/// One of everything that can be read, by the parameter that names it.
struct Things {
    organization: Organization,
    of_organization: BTreeMap<&'static str, String>,
    of_person: BTreeMap<&'static str, String>,
}

impl Things {
    async fn create(app: &TestApp) -> Self {
        let organization = app.organization().await;
        let admin = &organization.admin;
        let (person, _) = app.member(&organization, Role::OrgMember).await;
        let invitation = app
            .invited(&organization, "dora@example.com", Role::OrgMember)
            .await;
        let projects = format!("/v1/orgs/{}/projects", organization.id);
        let conversions = app.get("/v1/me/conversions", Some(&admin.token)).await;
        let conversions = conversions.assert_status(200).json();
        let conversion = &conversions["items"][0];
        let conversion = conversion["conversion_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let of_organization = BTreeMap::from([
            ("org_id", organization.id.clone()),
            ("name", organization.name.clone()),
            ("user_id", person.user_id.replace('|', "%7C")),
            (
                "project_id",
                project(app, &projects, &organization.token).await,
            ),
            ("invitation_id", invitation),
        ]);
        let of_person = BTreeMap::from([("conversion_id", conversion)]);
        app.settled().await;
        Self {
            organization,
            of_organization,
            of_person,
        }
    }

    /// Every read of the document, with the token it takes, and whether what it asks for exists.
    fn reads(&self) -> Vec<(String, &str, bool)> {
        let all = operations()
            .iter()
            .filter(|operation| operation.method == Method::GET);
        let read = all.map(|operation| {
            let is_mine = operation.path.starts_with("/v1/me");
            let (things, token) = match is_mine {
                true => (&self.of_person, &self.organization.admin.token),
                false => (&self.of_organization, &self.organization.token),
            };
            let names = operation.parameters();
            let exists = names.iter().all(|name| things.contains_key(name));
            let value = |name: &str| things.get(name).map_or(NOTHING, String::as_str);
            (operation.path_with(value), token.as_str(), exists)
        });
        read.collect()
    }
}

/// An id of which nothing is here.
const NOTHING: &str = "01a1fc3d-dd48-77d2-9d3f-64c4526f9604";

async fn project(app: &TestApp, path: &str, token: &str) -> String {
    let made = app.post(path, token, &json!({ "name": "A project" })).await;
    let made = made.assert_status(201).json();
    made["project_id"].as_str().expect("an id").to_owned()
}

async fn all_answer(app: &TestApp, things: &Things) {
    let reads = things.reads();
    assert!(reads.len() >= 25, "{reads:?}");
    for (path, token, exists) in reads {
        let answer = app.get(&path, Some(token)).await;
        let status = answer.status;
        let is_platforms = path.starts_with("/v1/platform");
        let answers = status.is_success() || status.is_redirection() || status == 402;
        assert!(
            answers || (!exists && status == 404) || (is_platforms && status == 403),
            "{path} {answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_calls_the_management_api() {
    let app = told().await;
    let things = Things::create(&app).await;
    eventually("a worker without work", || async {
        let mut admin = app.database.admin().await;
        let open = "select count(*) from ops.job where done_at is null and parked_at is null and lease_until is not null";
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(&mut admin)
            .await
            .expect("a count");
        let waiting = app.sandbox_get("sandbox/event-stream").await;
        (open == 0 && waiting["waiting"] == json!([])).then_some(())
    })
    .await;
    let before = management_calls(&app).await;
    all_answer(&app, &things).await;
    assert_eq!(management_calls(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_answers_while_auth0_is_down() {
    let app = told().await;
    let things = Things::create(&app).await;
    for path in ["/api/v2/", "/oauth/", "/.well-known/", "/stripe/v1/"] {
        let fault = json!({ "path": path, "kind": "status", "status": 503 });
        app.plan_fault(&fault).await;
    }
    all_answer(&app, &things).await;
}
