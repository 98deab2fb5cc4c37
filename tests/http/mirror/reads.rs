//! Reading asks nobody but Postgres.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tests::contract::operations;
use tests::{TestApp, eventually};

use super::told;
use crate::tenant_isolation::fixtures::{Whose, fixture};
use crate::tenant_isolation::world::{Home, call};

/// Calls of Auth0's Management API by route.
async fn management_calls(app: &TestApp) -> BTreeMap<String, Value> {
    let requests = app.sandbox_get("sandbox/requests").await;
    let counts = requests["counts"].as_object().expect("counts").iter();
    let management = counts.filter(|(route, _)| route.contains("/api/v2/"));
    management
        .map(|(route, count)| (route.clone(), count.clone()))
        .collect()
}

/// Every read of the document, for whoever may read it, about something that is there.
async fn all_answer(app: &TestApp, home: &Home) {
    let reads = operations()
        .iter()
        .filter(|operation| operation.method == Method::GET);
    let mut answered = 0;
    for operation in reads {
        let fixture = fixture(&operation.id);
        let ids = home.own_ids(fixture.whose);
        let token = Some(home.token(fixture.whose));
        let answer = call(app, operation, (ids, ids), token).await;
        let status = answer.status;
        let answers = match fixture.whose {
            // Pages and files, of which some are asked for by a name that is none.
            Whose::Nobodys => status.is_success() || status.is_redirection() || status == 404,
            Whose::Persons | Whose::Organizations | Whose::Platform => fixture.is_answer(&answer),
        };
        assert!(answers, "{} {answer:?}", operation.id);
        answered += usize::from(status.is_success());
    }
    assert!(answered >= 40, "only {answered} reads are 200");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_calls_the_management_api() {
    let app = told().await;
    let home = Home::create(&app).await;
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
    let before = management_calls(&app).await;
    all_answer(&app, &home).await;
    assert_eq!(management_calls(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_answers_while_auth0_is_down() {
    let app = told().await;
    let home = Home::create(&app).await;
    app.settled().await;
    for path in ["/api/v2/", "/oauth/", "/.well-known/", "/stripe/v1/"] {
        let fault = json!({ "path": path, "kind": "status", "status": 503 });
        app.plan_fault(&fault).await;
    }
    all_answer(&app, &home).await;
}
