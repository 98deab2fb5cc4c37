//! The deletion of an organization: thirty days in which it can be taken back, and then nothing is left of it.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, Organization, TestApp, eventually};

use super::{
    auth0_is_away, bought, delete, ends_with_its_period, is_erased, nothing_is_lost, restore,
    rows_of, subscription_of,
};

fn path(organization: &Organization, rest: &str) -> String {
    format!("/v1/orgs/{}{rest}", organization.id)
}

async fn shown(app: &TestApp, organization: &Organization, token: &str) -> Value {
    let answer = app.get(&path(organization, ""), Some(token)).await;
    answer.assert_status(200).json()
}

async fn log_in(app: &TestApp, organization: &Organization) -> String {
    let login = app
        .log_in(&organization.admin, Some(&organization.id))
        .await;
    login.expect("the administrator logs in").token
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_the_name_to_the_letter() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for query in ["", "?confirm_name=other", "?confirm_name=", "?name=x"] {
        let request = app.request(
            Method::DELETE,
            &path(&team, query),
            Some(team.token.as_str()),
        );
        let refused = app.send(request).await;
        refused
            .assert_problem(400, "invalid_query")
            .assert_field("confirm_name");
    }
    assert_eq!(
        shown(&app, &team, &team.token).await["deletion"],
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_to_go_it_is_read_and_left_but_not_changed_and_again_is_the_same() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, bens) = app.member(&team, Role::OrgMember).await;
    let invitation = app
        .invited(&team, "eve@acme.example", Role::OrgMember)
        .await;
    let asked = delete(&app, &team, &team.token).await;
    let asked = asked.assert_status(202).json();
    assert_eq!(asked["requested_by"], team.admin.user_id.as_str());
    app.advance("PT5M").await;
    let again = delete(&app, &team, &team.token).await;
    assert_eq!(again.assert_status(202).json(), asked);
    assert_eq!(shown(&app, &team, &bens).await["deletion"], asked);
    assert_eq!(app.invitation(&team, &invitation).await["state"], "revoked");
    let project = json!({ "name": "Too late" });
    let refused = app.post(&path(&team, "/projects"), &bens, &project).await;
    refused.assert_problem(409, "organization_deleting");
    let member = path(
        &team,
        &format!("/members/{}", ben.user_id.replace('|', "%7C")),
    );
    let removed = app.request(Method::DELETE, &member, Some(&team.token));
    let removed = app.send(removed).await;
    removed.assert_problem(409, "organization_deleting");
    for rest in ["/projects", "/members", "/audit-events"] {
        let read = app.get(&path(&team, rest), Some(&team.token)).await;
        read.assert_status(200);
    }
    let left = app.request(Method::DELETE, &member, Some(&bens));
    app.send(left).await.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_organization_is_paid_for_and_changed_as_before() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let stripe_id = bought(&app, &team.id).await;
    delete(&app, &team, &team.token).await.assert_status(202);
    ends_with_its_period(&app, &stripe_id, true).await;
    app.advance("P29DT23H").await;
    let token = log_in(&app, &team).await;
    for _ in 0..2 {
        restore(&app, &team, &token).await.assert_status(204);
    }
    ends_with_its_period(&app, &stripe_id, false).await;
    assert_eq!(shown(&app, &team, &token).await["deletion"], Value::Null);
    let project = json!({ "name": "As before" });
    let created = app.post(&path(&team, "/projects"), &token, &project).await;
    created.assert_status(201);
    app.advance("P2D").await;
    let token = log_in(&app, &team).await;
    app.settled().await;
    shown(&app, &team, &token).await;
    let events = app.get(&path(&team, "/audit-events"), Some(&token)).await;
    let events = events.assert_status(200).json();
    let told = |action: &str| {
        let items = events["items"].as_array().expect("items").iter();
        items.filter(|event| event["action"] == action).count()
    };
    assert_eq!(told("organization.deletion_requested"), 1);
    assert_eq!(told("organization.restored"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_to_end_anyway_is_not_resumed_by_a_restore() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let stripe_id = bought(&app, &team.id).await;
    let form = [("cancel_at_period_end", "true")];
    let path = format!("stripe/v1/subscriptions/{stripe_id}");
    let request = app.sandbox_request(Method::POST, &path).form(&form);
    let request = request.bearer_auth("sk_test_tenantry");
    app.send(request).await.assert_status(200);
    let subscription = format!("/v1/orgs/{}/subscription", team.id);
    eventually("the news here", || async {
        let shown = app.get(&subscription, Some(&team.token)).await.json();
        (shown["cancel_at_period_end"] == true).then_some(())
    })
    .await;
    delete(&app, &team, &team.token).await.assert_status(202);
    restore(&app, &team, &team.token).await.assert_status(204);
    app.settled().await;
    let found = subscription_of(&app, &stripe_id).await;
    assert_eq!(found["cancel_at_period_end"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_of_this_organization_deletes_or_restores_it() {
    let app = TestApp::start().await;
    let (team, other) = (app.organization().await, app.organization().await);
    for role in [Role::OrgMember, Role::OrgBilling, Role::OrgReadonly] {
        let (_, token) = app.member(&team, role).await;
        let refused = delete(&app, &team, &token).await;
        refused.assert_problem(403, "permission_denied");
        let refused = restore(&app, &team, &token).await;
        refused.assert_problem(403, "permission_denied");
    }
    let refused = delete(&app, &team, &other.token).await;
    refused.assert_problem(404, "not_found");
    let refused = restore(&app, &team, &other.token).await;
    refused.assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_nothing_is_left_anywhere_and_nobody_else_notices() {
    let app = TestApp::with(Options {
        events: true,
        ..Options::default()
    })
    .await;
    let (team, other) = (app.organization().await, app.organization().await);
    app.member(&team, Role::OrgMember).await;
    app.invited(&team, "eve@acme.example", Role::OrgMember)
        .await;
    let project = json!({ "name": "A secret" });
    let created = app
        .post(&path(&team, "/projects"), &team.token, &project)
        .await;
    created.assert_status(201);
    let stripe_id = bought(&app, &team.id).await;
    delete(&app, &team, &team.token).await.assert_status(202);
    ends_with_its_period(&app, &stripe_id, true).await;
    app.settled().await;
    let others = rows_of(&app, &other.id).await;
    app.advance("P29DT23H55M").await;
    let token = log_in(&app, &team).await;
    assert!(rows_of(&app, &team.id).await.len() > 15);
    app.advance("PT6M").await;
    is_erased(&app, &team.id).await;
    let refused = app.get(&path(&team, "/projects"), Some(&token)).await;
    refused.assert_problem(401, "invalid_token");
    app.settled().await;
    assert_eq!(rows_of(&app, &team.id).await, Vec::<String>::new());
    nothing_is_lost(&others, &rows_of(&app, &other.id).await);
    let at_auth0 = app.auth0().organizations().show(&team.id).await;
    assert_eq!(at_auth0.expect("Auth0 answers"), None);
    let found = subscription_of(&app, &stripe_id).await;
    assert_eq!(found["status"], "canceled");
    let mine = app
        .log_in(&team.admin, None)
        .await
        .expect("they live on")
        .token;
    let listed = app
        .get("/v1/me", Some(&mine))
        .await
        .assert_status(200)
        .json();
    assert_eq!(listed["organizations"], json!([]));
    name_is_free(&app, &team, &mine).await;
}

async fn name_is_free(app: &TestApp, team: &Organization, token: &str) {
    let order = json!({
        "plan": "team", "interval": "month", "seats": 2,
        "organization": { "name": team.name, "display_name": "The next" },
    });
    let ordered = app.post("/v1/me/checkout", token, &order).await;
    ordered.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_auth0_and_stripe_delays_what_is_theirs_and_nothing_here() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let stripe_id = bought(&app, &team.id).await;
    delete(&app, &team, &team.token).await.assert_status(202);
    ends_with_its_period(&app, &stripe_id, true).await;
    app.advance("P29DT23H55M").await;
    let token = log_in(&app, &team).await;
    auth0_is_away(&app).await;
    app.plan_fault(&json!({ "path": "/stripe/v1/", "kind": "status" }))
        .await;
    app.advance("PT6M").await;
    eventually("the end of its rows", || async {
        rows_of(&app, &team.id).await.is_empty().then_some(())
    })
    .await;
    let refused = app.get(&path(&team, ""), Some(&token)).await;
    refused.assert_problem(401, "invalid_token");
    app.advance("PT1H").await;
    assert_eq!(super::finished_at(&app, &team.id).await, None);
    app.clear_faults().await;
    app.advance("PT10M").await;
    is_erased(&app, &team.id).await;
    let at_auth0 = app.auth0().organizations().show(&team.id).await;
    assert_eq!(at_auth0.expect("Auth0 answers"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_with_another_environments_marker_is_left_alone() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let marker = [("env".to_owned(), Some("production".to_owned()))].into();
    let organizations = app.auth0();
    let marked = organizations
        .organizations()
        .merge_metadata(&team.id, marker);
    marked.await.expect("Auth0 takes it");
    delete(&app, &team, &team.token).await.assert_status(202);
    app.advance("P31D").await;
    eventually("a job that a person has to look at", || async {
        let parked = "select true from ops.job where kind = 'erasure' and parked_at is not null";
        let parked: Option<bool> = sqlx::query_scalar(parked)
            .fetch_optional(&mut app.database.admin().await)
            .await
            .expect("jobs");
        parked
    })
    .await;
    assert_eq!(rows_of(&app, &team.id).await, Vec::<String>::new());
    let at_auth0 = app.auth0().organizations().show(&team.id).await;
    assert!(at_auth0.expect("Auth0 answers").is_some());
}
