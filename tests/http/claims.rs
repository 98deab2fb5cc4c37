//! What the tokens say of the subscription: the same as the database after every change, never a reason to allow
//! anything, and written without harm to what else is kept there.

use std::collections::BTreeMap;

use domain::State;
use reqwest::Method;
use serde_json::{Map, Value, json};
use store::DatabaseRole;
use tests::{Organization, TestApp, eventually};

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
    end(&app, &team).await;
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

/// The subscription has ended, and nobody has told Auth0 yet.
async fn end(app: &TestApp, team: &Organization) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: domain::OrganizationId = team.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let record = tx.lock_subscription().await.expect("it is read");
    let mut record = record.expect("a subscription");
    record.subscription.state = State::Expired {
        since: app.sandbox.clock().now(),
    };
    tx.save_subscription(&record).await.expect("it is saved");
    tx.commit().await.expect("it is committed");
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
