//! Reading asks nobody but Postgres.

use domain::Role;
use reqwest::Method;
use serde_json::json;
use tests::contract::operations;
use tests::{Organization, TestApp, eventually};

use super::told;

/// Every read of the organization and of its administrator, with the token it takes.
fn reads(organization: &Organization) -> Vec<(String, &str)> {
    let all = operations()
        .iter()
        .filter(|operation| operation.method == Method::GET);
    let filled = all.map(|operation| {
        operation
            .path
            .replace("{org_id}", &organization.id)
            .replace("{user_id}", &organization.admin.user_id.replace('|', "%7C"))
    });
    let ours = filled.filter(|path| path.starts_with("/v1/") && !path.contains('{'));
    ours.filter(|path| !path.starts_with("/v1/platform"))
        .map(|path| {
            let is_organizations = path.starts_with("/v1/orgs/");
            let admin = &organization.admin;
            let token = if is_organizations {
                &organization.token
            } else {
                &admin.token
            };
            (path, token.as_str())
        })
        .collect()
}

async fn all_answer(app: &TestApp, organization: &Organization) {
    let reads = reads(organization);
    assert!(reads.len() >= 8, "{reads:?}");
    for (path, token) in reads {
        let answer = app.get(&path, Some(token)).await;
        let is_in_plan = answer.status != 402;
        assert!(
            !is_in_plan || answer.status.is_success(),
            "{path} {answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_calls_the_management_api() {
    let app = told().await;
    let organization = app.organization().await;
    app.member(&organization, Role::OrgMember).await;
    app.settled().await;
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
    let clear = app.sandbox_request(Method::DELETE, "sandbox/requests");
    app.send(clear).await.assert_status(204);
    all_answer(&app, &organization).await;
    let requests = app.sandbox_get("sandbox/requests").await;
    let counts = requests["counts"].as_object().expect("counts");
    let called: Vec<_> = counts
        .keys()
        .filter(|route| route.contains("/api/v2/"))
        .collect();
    assert!(called.is_empty(), "{called:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_answers_while_auth0_is_down() {
    let app = told().await;
    let organization = app.organization().await;
    app.settled().await;
    for path in ["/api/v2/", "/oauth/", "/.well-known/", "/stripe/v1/"] {
        let fault = json!({ "path": path, "kind": "status", "status": 503 });
        app.plan_fault(&fault).await;
    }
    all_answer(&app, &organization).await;
}
