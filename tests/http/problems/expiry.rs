//! When the trial or the plan is over: everything can be read, nothing can be written, on the server.

use reqwest::Method;
use serde_json::json;
use tests::contract::operations;
use tests::{TestApp, eventually};

use crate::tenant_isolation::fixtures::{Whose, fixture};
use crate::tenant_isolation::world::{Home, call};

/// Paying is how it ends, access can be taken away or handed over at any time, everybody may go and keep their way in.
const STILL_ALLOWED: [&str; 31] = [
    "delete_me",
    "delete_organization",
    "restore_organization",
    "create_checkout",
    "create_subscription_checkout",
    "change_subscription",
    "preview_subscription_change",
    "cancel_subscription",
    "resume_subscription",
    "open_billing_portal",
    "change_my_subscription",
    "preview_my_subscription_change",
    "cancel_my_subscription",
    "resume_my_subscription",
    "open_my_billing_portal",
    "name_organization",
    "change_member_roles",
    "transfer_ownership",
    "remove_member",
    "revoke_invitation",
    "link_identity",
    "unlink_identity",
    "break_glass",
    "delete_domain",
    "delete_identity_provider",
    "delete_identity_provider_domain",
    "detach_identity_provider",
    "delete_provisioning",
    "revoke_scim_token",
    "revoke_sso_ticket",
    "preview_group_roles",
];

/// Sold with a plan, so it ends with the plan although it only reads; the list of the same events stays.
const SOLD_READS: [&str; 1] = ["export_audit_events"];

async fn assert_reads_only(app: &TestApp, home: &Home, whose: Whose, token: &str) {
    let ids = home.own_ids(whose);
    let mut other = Vec::new();
    for operation in operations() {
        let is_meant = fixture(&operation.id).whose == whose;
        if !is_meant || STILL_ALLOWED.contains(&operation.id.as_str()) {
            continue;
        }
        let answer = call(app, operation, (ids, ids), Some(token)).await;
        let is_sold = SOLD_READS.contains(&operation.id.as_str());
        let is_as_meant = if operation.method == Method::GET && !is_sold {
            // A fixture may be about what was never made.
            answer.status == 200 || fixture(&operation.id).is_missing()
        } else {
            answer.status == 402 && answer.json()["code"] == "subscription_expired"
        };
        if !is_as_meant {
            other.push((&operation.id, answer.status, answer.body));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_trial_a_person_can_read_everything_and_write_nothing() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.advance("P15D").await;
    let login = app.log_in(&home.person, None).await.expect("a login");
    let mine = app.get("/v1/me/subscription", Some(&login.token)).await;
    assert_eq!(mine.assert_status(200).json()["status"], "expired");
    app.settled().await;
    let before = home.rows(&app).await;
    assert_reads_only(&app, &home, Whose::Persons, &login.token).await;
    assert_eq!(home.rows(&app).await, before);
    let order = json!({ "plan": "personal", "interval": "month" });
    let order = app.post("/v1/me/checkout", &login.token, &order).await;
    order.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trial_lasts_to_its_last_second_and_no_longer() {
    let app = TestApp::start().await;
    let person = app.visitor().await;
    let name = json!({ "name": "In time" });
    let post = |token: String| {
        let (app, name) = (&app, &name);
        async move { app.post("/v1/me/projects", &token, name).await }
    };
    post(person.token.clone()).await.assert_status(201);
    app.advance("P13DT23H59M").await;
    let login = app.log_in(&person, None).await.expect("a login");
    post(login.token.clone()).await.assert_status(201);
    app.advance("PT1M").await;
    post(login.token)
        .await
        .assert_problem(402, "subscription_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_cancelled_plan_has_run_out_members_can_read_everything_and_write_nothing() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let organization = &home.organization;
    let path = format!("/v1/orgs/{}/subscription", organization.id);
    let status = |token: String| {
        let (app, path) = (&app, &path);
        async move { app.get(path, Some(&token)).await.json() }
    };
    cancel_at_stripe(&app, &organization.id).await;
    eventually("the cancellation", || async {
        let shown = status(organization.token.clone()).await;
        (shown["cancel_at_period_end"] == true).then_some(())
    })
    .await;
    app.advance("P33D").await;
    let login = app
        .log_in(&organization.admin, Some(&organization.id))
        .await;
    let token = login.expect("a login").token;
    assert_eq!(status(token.clone()).await["status"], "canceled");
    app.settled().await;
    let before = home.rows(&app).await;
    assert_reads_only(&app, &home, Whose::Organizations, &token).await;
    assert_eq!(home.rows(&app).await, before);
}

async fn cancel_at_stripe(app: &TestApp, organization: &str) {
    let bought = "select stripe_subscription_id from app.subscriptions where org_id = $1";
    let bought: String = sqlx::query_scalar(bought)
        .bind(organization)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("what was bought");
    let path = format!("stripe/v1/subscriptions/{bought}");
    let request = app.sandbox_request(Method::DELETE, &path);
    let answer = app.send(request.bearer_auth("sk_test_tenantry")).await;
    answer.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_paid_for_an_organization_keeps_no_plan_of_their_own() {
    let app = TestApp::start().await;
    for _ in 0..6 {
        let buyer = app.buyer().await;
        app.converted(&buyer).await;
        app.settled().await;
        let path = "/v1/me/subscription";
        let mine = app.get(path, Some(&buyer.person.token)).await.json();
        let shown = (mine["plan"].as_str(), mine["status"].as_str());
        assert_eq!(shown, (Some("trial"), Some("expired")));
    }
}
