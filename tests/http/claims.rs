//! What the tokens say of the subscription: the same as the database after every change, never a reason to allow
//! anything, and written without harm to what else is kept there.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tests::{Organization, Person, TestApp, eventually};

const NAMESPACED: &str = "https://tenantry.dev/subscription";

/// The claim of a new ID token, which is the access token's and the database's as well.
async fn claim(app: &TestApp, team: &mut Organization) -> String {
    let login = app.log_in(&team.admin, Some(&team.id)).await;
    let login = login.expect("they are a member");
    let path = format!("/v1/orgs/{}/subscription", team.id);
    let stored = app.get(&path, Some(&login.token)).await;
    let stored = stored.assert_status(200).json()["claim"].clone();
    assert_eq!(login.id_token["subscription"], stored);
    assert_eq!(login.access[NAMESPACED], stored);
    team.token = login.token;
    stored.as_str().expect("a text").to_owned()
}

async fn stripe_does(app: &TestApp, action: &str) {
    let bearer = "sk_test_tenantry";
    let listed = app.sandbox_request(Method::GET, "stripe/v1/subscriptions");
    let listed = app.send(listed.bearer_auth(bearer)).await.json();
    let id = listed["data"][0]["id"].as_str().expect("a subscription");
    let path = format!("stripe/sandbox/subscriptions/{id}/{action}");
    let request = app.sandbox_request(Method::POST, &path).json(&json!({}));
    app.send(request).await.assert_status(200);
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_change_the_claims_say_what_the_database_says() {
    let app = TestApp::start().await;
    let mut team = app.organization().await;
    app.settled().await;
    let new = claim(&app, &mut team).await;
    assert!(
        new.starts_with("team;") && new.ends_with(";active"),
        "{new}"
    );
    stripe_does(&app, "fail_payment").await;
    let late = claim(&app, &mut team).await;
    assert!(late.ends_with(";past_due"), "{late}");
    stripe_does(&app, "cancel").await;
    let cancelled = claim(&app, &mut team).await;
    assert_ne!(cancelled, late);
}

/// What everybody says of a subscription: the API, Auth0's metadata and both tokens of a new login. Waits until they say
/// the same, and that it is of this plan and in this status.
async fn all_say(app: &TestApp, person: &Person, team: Option<&str>, plan: &str, status: &str) {
    let (plan, status) = (format!("{plan};"), format!(";{status}"));
    let path = team.map_or("/v1/me/subscription".to_owned(), |id| {
        format!("/v1/orgs/{id}/subscription")
    });
    let auth0 = app.auth0();
    eventually(&format!("{plan}…{status} everywhere"), || async {
        let login = app.log_in(person, team).await.expect("they can log in");
        let shown = app.get(&path, Some(&login.token)).await;
        let shown = text(&shown.assert_status(200).json()["claim"]);
        let kept = match team {
            Some(id) => {
                let found = auth0.organizations().show(id).await;
                let metadata = found.expect("Auth0 answers").expect("it is there").metadata;
                metadata.get("subscription").cloned().unwrap_or_default()
            }
            None => {
                let found = auth0.users().show(&person.user_id).await;
                let user = found.expect("Auth0 answers").expect("they are there");
                text(&user.app_metadata["subscription"])
            }
        };
        let told = [&login.id_token["subscription"], &login.access[NAMESPACED]];
        let is_so = shown.starts_with(&plan) && shown.ends_with(&status);
        (is_so && kept == shown && told.iter().all(|told| **told == shown)).then_some(())
    })
    .await;
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// With a token of before: what it says of the subscription counts for nothing.
async fn may_write(app: &TestApp, path: &str, token: &str, may: bool) {
    let project = json!({ "name": "By an old token" });
    let answer = app.post(path, token, &project).await;
    match may {
        true => answer.assert_status(201),
        false => answer.assert_problem(402, "subscription_expired"),
    };
}

async fn subscription_at_stripe(app: &TestApp, newest: usize) -> Value {
    let listed = app.sandbox_request(Method::GET, "stripe/v1/subscriptions?status=all");
    let listed = app.send(listed.bearer_auth("sk_test_tenantry")).await;
    listed.json()["data"][newest].clone()
}

async fn act(app: &TestApp, action: &str) {
    let id = text(&subscription_at_stripe(app, 0).await["id"]);
    let path = format!("stripe/sandbox/subscriptions/{id}/{action}");
    let request = app.sandbox_request(Method::POST, &path).json(&json!({}));
    app.send(request).await.assert_status(200);
}

/// All that the newest subscription's customer has paid.
async fn give_back(app: &TestApp) {
    let customer = text(&subscription_at_stripe(app, 0).await["customer"]);
    let path = format!("stripe/v1/charges?customer={customer}");
    let charges = app.sandbox_request(Method::GET, &path);
    let charges = app.send(charges.bearer_auth("sk_test_tenantry")).await;
    for charge in charges.json()["data"].as_array().expect("a list") {
        let refund = app.sandbox_request(Method::POST, "stripe/v1/refunds");
        let refund = refund.form(&[("charge", text(&charge["id"]))]);
        app.send(refund.bearer_auth("sk_test_tenantry")).await;
    }
}

async fn buy(app: &TestApp, person: &mut Person, order: &Value) -> String {
    let checkout = app.post("/v1/me/checkout", &person.token, order).await;
    let checkout = checkout.assert_status(201).json();
    person.pay(app, &text(&checkout["checkout_url"])).await;
    text(&checkout["conversion_id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_plan_is_the_same_everywhere_after_each_change() {
    let app = TestApp::start().await;
    let (mut ada, projects) = (app.visitor().await, "/v1/me/projects");
    all_say(&app, &ada, None, "trial", "active").await;
    app.advance("P15D").await;
    all_say(&app, &ada, None, "trial", "expired").await;
    ada.token = app.log_in(&ada, None).await.expect("a login").token;
    let personal = json!({ "plan": "personal", "interval": "month" });
    let expired = ada.token.clone();
    buy(&app, &mut ada, &personal).await;
    all_say(&app, &ada, None, "personal", "active").await;
    may_write(&app, projects, &expired, true).await;
    for verb in ["cancel", "resume"] {
        let path = format!("/v1/me/subscription/{verb}");
        let asked = app.request(Method::POST, &path, Some(&ada.token));
        app.send(asked).await.assert_status(200);
        all_say(&app, &ada, None, "personal", "active").await;
    }
    act(&app, "fail_payment").await;
    all_say(&app, &ada, None, "personal", "past_due").await;
    act(&app, "renew").await;
    all_say(&app, &ada, None, "personal", "active").await;
    let active = app.log_in(&ada, None).await.expect("a login").token;
    act(&app, "cancel").await;
    let paid = app
        .get("/v1/me/subscription", Some(&ada.token))
        .await
        .json();
    let end: DateTime<Utc> = text(&paid["ends_at"]).parse().expect("a time");
    let clock = app.sandbox.clock();
    may_write(&app, projects, &active, true).await;
    clock.advance(end - clock.now() - TimeDelta::minutes(5));
    let last = app.log_in(&ada, None).await.expect("a login").token;
    may_write(&app, projects, &last, true).await;
    clock.advance(TimeDelta::minutes(6));
    may_write(&app, projects, &last, false).await;
    all_say(&app, &ada, None, "personal", "canceled").await;
    ada.token = app.log_in(&ada, None).await.expect("a login").token;
    let conversion = buy(
        &app,
        &mut ada,
        &json!({ "plan": "team", "interval": "month" }),
    )
    .await;
    all_say(&app, &ada, None, "team", "activation").await;
    let name = json!({ "name": "everywhere", "display_name": "Everywhere" });
    let path = format!("/v1/me/conversions/{conversion}/organization");
    app.put(&path, &ada.token, &name).await.assert_status(200);
    all_say(&app, &ada, None, "trial", "expired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_plan_is_the_same_everywhere_after_each_change() {
    let app = TestApp::start().await;
    let mut team = app.organization().await;
    let url = |path: &str| format!("/v1/orgs/{}/{path}", team.id);
    let (projects, change) = (url("projects"), url("subscription/change"));
    let says = async |plan: &str, status: &str| {
        all_say(&app, &team.admin, Some(&team.id), plan, status).await;
    };
    let enter = async || {
        app.log_in(&team.admin, Some(&team.id))
            .await
            .expect("a login")
            .token
    };
    says("team", "active").await;
    let enterprise = json!({ "plan": "enterprise", "interval": "month", "seats": 5 });
    app.post(&change, &team.token, &enterprise)
        .await
        .assert_status(200);
    says("enterprise", "active").await;
    let less = json!({ "plan": "team", "interval": "month", "seats": 5 });
    app.post(&change, &team.token, &less)
        .await
        .assert_status(200);
    says("enterprise", "active").await;
    act(&app, "renew").await;
    says("team", "active").await;
    act(&app, "fail_payment").await;
    says("team", "past_due").await;
    act(&app, "renew").await;
    says("team", "active").await;
    let yearly = json!({ "plan": "team", "interval": "year", "seats": 5 });
    app.post(&change, &team.token, &yearly)
        .await
        .assert_status(200);
    app.settled().await;
    says("team", "active").await;
    let active = enter().await;
    act(&app, "cancel").await;
    let paid = app.get(&url("subscription"), Some(&active)).await.json();
    let end: DateTime<Utc> = text(&paid["ends_at"]).parse().expect("a time");
    let clock = app.sandbox.clock();
    clock.advance(end - clock.now() - TimeDelta::minutes(5));
    let last = enter().await;
    clock.advance(TimeDelta::minutes(6));
    may_write(&app, &projects, &last, false).await;
    says("team", "canceled").await;
    let ended = enter().await;
    let again = app.post(&url("subscription/checkout"), &ended, &less).await;
    let page = text(&again.assert_status(201).json()["checkout_url"]);
    let id = team.id.clone();
    team.admin.pay(&app, &page).await;
    all_say(&app, &team.admin, Some(&id), "team", "active").await;
    may_write(&app, &projects, &ended, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_ends_what_an_old_token_still_calls_active() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let projects = format!("/v1/orgs/{}/projects", team.id);
    all_say(&app, &team.admin, Some(&team.id), "team", "active").await;
    let active = app.log_in(&team.admin, Some(&team.id)).await;
    let active = active.expect("a login");
    assert!(text(&active.access[NAMESPACED]).ends_with(";active"));
    may_write(&app, &projects, &active.token, true).await;
    give_back(&app).await;
    all_say(&app, &team.admin, Some(&team.id), "team", "canceled").await;
    may_write(&app, &projects, &active.token, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_or_forged_claim_allows_nothing() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    app.settled().await;
    let forged = "enterprise;2099-01-01T00:00:00.000Z;active";
    let metadata = BTreeMap::from([("subscription".to_owned(), Some(forged.to_owned()))]);
    let auth0 = app.auth0();
    let written = auth0.organizations().merge_metadata(&team.id, metadata);
    written.await.expect("Auth0 takes it");
    let login = app.log_in(&team.admin, Some(&team.id)).await;
    let login = login.expect("they are a member");
    assert_eq!(login.access[NAMESPACED], forged);
    let url = |path: &str| format!("/v1/orgs/{}/{path}", team.id);
    let export = app
        .get(&url("audit-events/export"), Some(&login.token))
        .await;
    export.assert_problem(402, "not_in_plan");
    assert_eq!(export.json()["because"], "plan");
    assert_eq!(export.json()["lifted_by"], "enterprise");
    let project = json!({ "name": "Spring" });
    let path = url("projects");
    app.post(&path, &login.token, &project)
        .await
        .assert_status(201);
    app.end_plan(&team).await;
    let refused = app.post(&path, &login.token, &project).await;
    refused.assert_problem(402, "subscription_expired");
    assert_eq!(refused.json()["because"], "expired");
    assert_eq!(refused.json()["lifted_by"], "payment");
    let invited = json!({ "invitees": [{ "email": "bo@acme.example", "roles": ["org_member"] }] });
    let refused = app.post(&url("invitations"), &login.token, &invited).await;
    refused.assert_problem(402, "subscription_expired");
    let entitlements = app.get(&url("entitlements"), Some(&login.token)).await;
    let entitlements = entitlements.assert_status(200).json();
    for entitlement in entitlements["entitlements"].as_array().expect("a list") {
        assert_eq!(entitlement["allowed"], false, "{entitlement}");
        assert_eq!(entitlement["because"], "expired", "{entitlement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_keep_at_auth0_is_not_lost() {
    let app = TestApp::start().await;
    let mut team = app.organization().await;
    app.settled().await;
    let theirs = BTreeMap::from([("crm".to_owned(), Some("42".to_owned()))]);
    let auth0 = app.auth0();
    let written = auth0.organizations().merge_metadata(&team.id, theirs).await;
    written.expect("Auth0 takes it");
    stripe_does(&app, "fail_payment").await;
    let claim = claim(&app, &mut team).await;
    let found = auth0.organizations().show(&team.id).await;
    let metadata = found.expect("Auth0 answers").expect("it is there").metadata;
    assert_eq!(
        (&metadata["crm"], &metadata["subscription"]),
        (&"42".to_owned(), &claim)
    );

    let mut bo = app.visitor().await;
    let theirs = Map::from_iter([("crm".to_owned(), json!({ "id": 42, "tags": ["a"] }))]);
    let merged = auth0.users().merge_app_metadata(&bo.user_id, theirs).await;
    merged.expect("Auth0 merges it");
    let order = json!({ "plan": "personal", "interval": "month" });
    let checkout = app.post("/v1/me/checkout", &bo.token, &order).await;
    let checkout = checkout.assert_status(201).json();
    let page = checkout["checkout_url"]
        .as_str()
        .expect("a page")
        .to_owned();
    bo.pay(&app, &page).await;
    let metadata: Map<String, Value> = eventually("the claim", || async {
        let found = auth0.users().show(&bo.user_id).await;
        let metadata = found
            .expect("Auth0 answers")
            .expect("it is there")
            .app_metadata;
        let claim = metadata["subscription"].as_str().unwrap_or_default();
        claim.starts_with("personal;").then_some(metadata)
    })
    .await;
    assert_eq!(metadata["crm"], json!({ "id": 42, "tags": ["a"] }));
}
