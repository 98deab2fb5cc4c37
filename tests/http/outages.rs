//! Every writing operation while Auth0 is down.

use reqwest::Method;
use serde_json::json;
use tests::contract::{Operation, operations};
use tests::{Answer, TestApp};

use crate::tenant_isolation::fixtures::{Whose, fixture};
use crate::tenant_isolation::world::{Home, call};

/// Auth0 may have made a link or a token although its answer was lost: a row that says so is kept, and a job settles it.
/// They have tests of their own.
const SETTLED_LATER: [&str; 3] = [
    "create_sso_ticket",
    "create_platform_sso_ticket",
    "create_scim_token",
];

/// These would be in the way of those that follow.
const UNDONE: [&str; 3] = [
    "delete_organization",
    "cancel_subscription",
    "unlink_identity",
];

/// Whether it uses up what it is about.
fn needs_its_own(operation: &Operation) -> bool {
    let whose = fixture(&operation.id).whose;
    let has_inner = operation.parameters().iter().any(|name| *name != "org_id");
    whose == Whose::Platform || (whose != Whose::Nobodys && has_inner)
}

/// What it answers with Auth0 down, and that a refusal for that reason has left nothing.
async fn is_whole_or_nothing(app: &TestApp, operation: &Operation, home: &Home) -> Answer {
    let fixture = fixture(&operation.id);
    let ids = match needs_its_own(operation) {
        true => home.fresh_ids(app, fixture.whose).await,
        false => home.own_ids(fixture.whose).clone(),
    };
    let leaver;
    let token = match operation.id.as_str() {
        // Whoever does this does nothing else.
        "delete_me" => {
            leaver = app.visitor().await.token;
            &leaver
        }
        _ => home.token(fixture.whose),
    };
    app.settled().await;
    for path in ["/api/v2/", "/oauth/"] {
        let fault = json!({ "path": path, "kind": "status", "status": 503 });
        app.plan_fault(&fault).await;
    }
    let before = app.row_counts().await;
    let answer = call(app, operation, (&ids, &ids), Some(token)).await;
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        assert_eq!(
            app.row_counts().await,
            before,
            "{} {answer:?}",
            operation.id
        );
    }
    app.clear_faults().await;
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn with_auth0_down_a_write_is_done_later_or_leaves_nothing() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let mut refused = Vec::new();
    let writes = operations()
        .iter()
        .filter(|operation| operation.method != Method::GET)
        .filter(|operation| !SETTLED_LATER.contains(&operation.id.as_str()));
    for operation in writes {
        let answer = is_whole_or_nothing(&app, operation, &home).await;
        let fixture = fixture(&operation.id);
        if UNDONE.contains(&operation.id.as_str()) {
            home.fresh_ids(&app, fixture.whose).await;
        }
        if answer.status == 503 {
            refused.push(operation.id.as_str());
        } else if fixture.whose == Whose::Nobodys {
            assert!(!answer.status.is_server_error(), "{answer:?}");
        } else {
            assert!(fixture.is_answer(&answer), "{} {answer:?}", operation.id);
        }
    }
    assert_eq!(refused, ["update_provisioning_attributes"]);
}
