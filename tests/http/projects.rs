//! Projects, the example of a resource that belongs to a tenant: of an organization and of a person alike.

mod preconditions;
pub(crate) mod roles;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, TestApp};

use crate::tenant_isolation::world::Home;

/// Where a tenant's projects are, and a token of somebody who may change them.
struct Projects {
    app: TestApp,
    path: String,
    token: String,
}

impl Projects {
    async fn of_person() -> Self {
        let app = TestApp::start().await;
        let token = app.visitor().await.token;
        let path = "/v1/me/projects".to_owned();
        Self { app, path, token }
    }

    async fn of_organization() -> Self {
        let app = TestApp::start().await;
        let organization = app.organization().await;
        let path = format!("/v1/orgs/{}/projects", organization.id);
        Self {
            app,
            path,
            token: organization.token,
        }
    }

    async fn both() -> [Self; 2] {
        [Self::of_person().await, Self::of_organization().await]
    }

    async fn create(&self, name: &str) -> Answer {
        let body = json!({ "name": name });
        self.app.post(&self.path, &self.token, &body).await
    }

    /// Its path.
    async fn created(&self, name: &str) -> String {
        let created = self.create(name).await;
        let location = created.assert_status(201).header("location");
        location.expect("where it is").to_owned()
    }

    async fn show(&self, path: &str) -> Answer {
        self.app.get(path, Some(&self.token)).await
    }

    async fn list(&self, query: &str) -> Value {
        let answer = self.show(&format!("{}{query}", self.path)).await;
        answer.assert_status(200).json()
    }

    async fn rename(&self, path: &str, tag: Option<&str>, name: &str) -> Answer {
        let request = self.app.request(Method::PATCH, path, Some(&self.token));
        let request = match tag {
            Some(tag) => request.header("if-match", tag),
            None => request,
        };
        self.app.send(request.json(&json!({ "name": name }))).await
    }

    async fn delete(&self, path: &str, tag: Option<&str>) -> Answer {
        let request = self.app.request(Method::DELETE, path, Some(&self.token));
        let request = match tag {
            Some(tag) => request.header("if-match", tag),
            None => request,
        };
        self.app.send(request).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_lives_from_its_creation_to_its_deletion() {
    for projects in Projects::both().await {
        let created = projects.create("  Spring ").await;
        let path = created.header("location").expect("where it is").to_owned();
        assert_eq!(created.header("etag"), Some("\"1\""));
        let shown = projects.show(&path).await;
        assert_eq!(shown.assert_status(200).json(), created.json());
        assert_eq!(shown.json()["name"], "Spring");
        let renamed = projects.rename(&path, Some("\"1\""), "Summer").await;
        assert_eq!(renamed.assert_status(200).header("etag"), Some("\"2\""));
        assert_eq!(projects.show(&path).await.json(), renamed.json());
        assert_eq!(projects.list("").await["items"], json!([renamed.json()]));
        projects.delete(&path, None).await.assert_status(204);
        projects.show(&path).await.assert_problem(404, "not_found");
        projects
            .delete(&path, None)
            .await
            .assert_problem(404, "not_found");
        assert_eq!(projects.list("").await["items"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_page_by_page_oldest_first_each_project_once() {
    for projects in Projects::both().await {
        let mut made = Vec::new();
        for number in 0..7 {
            let created = projects.create(&format!("Project {number}")).await;
            made.push(created.assert_status(201).json()["project_id"].clone());
        }
        let (mut found, mut query) = (Vec::new(), "?limit=3".to_owned());
        loop {
            let page = projects.list(&query).await;
            let items = page["items"].as_array().expect("items");
            assert!((1..=3).contains(&items.len()), "{page}");
            found.extend(items.iter().map(|item| item["project_id"].clone()));
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            query = format!("?limit=3&cursor={cursor}");
        }
        assert_eq!(found, made);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_can_read_is_refused() {
    for projects in Projects::both().await {
        let path = projects.created("Good").await;
        let before = projects.app.row_counts().await;
        for (name, code) in [
            ("", "empty"),
            (" \t ", "empty"),
            (&*"x".repeat(81), "too_long"),
            ("a\nb", "invalid_character"),
            ("a\u{7f}", "invalid_character"),
        ] {
            let created = projects.create(name).await;
            let changed = projects.rename(&path, Some("*"), name).await;
            for answer in [created, changed] {
                answer
                    .assert_problem(422, "invalid_request")
                    .assert_field("name");
                assert_eq!(answer.json()["errors"][0]["code"], code);
            }
        }
        assert_eq!(projects.app.row_counts().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_stored_and_shown_to_the_letter() {
    let projects = Projects::of_person().await;
    for name in [
        "'; drop table app.projects; --",
        "<script>alert(1)</script>",
        "{{7*7}} ${7*7} %s \\u0041",
        "ünïcödé 日本語 👩‍👩‍👧",
        &"é".repeat(80),
    ] {
        let path = projects.created(name).await;
        assert_eq!(projects.show(&path).await.json()["name"], name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_in_the_audit_trail_with_its_request() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let path = format!("/v1/orgs/{}/projects", home.organization.id);
    let body = json!({ "name": "Audited" });
    let created = app.post(&path, &home.organization.token, &body).await;
    let request = created.assert_status(201).header("x-request-id");
    let found: (String, String, String) =
        sqlx::query_as("select actor, action, org_id from app.audit_events where request_id = $1")
            .bind(request)
            .fetch_one(&mut app.database.admin().await)
            .await
            .expect("exactly one event");
    let admin = &home.organization.admin.user_id;
    assert_eq!(
        found,
        (
            admin.clone(),
            "project.created".to_owned(),
            home.organization.id.clone()
        )
    );
}
