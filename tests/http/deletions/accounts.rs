//! A person deletes their account: out of every organization at once, and then out of everything.

use domain::Role;
use management::NewUser;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, Person, TestApp, eventually};

use super::{auth0_is_away, bought, delete, delete_me, is_erased, rows_of, subscription_of};

/// Their own tenant, which their first call makes.
async fn individual(app: &TestApp, person: &Person) -> String {
    app.get("/v1/me", Some(&person.token))
        .await
        .assert_status(200);
    let found = app.individuals(&[&person.user_id]).await;
    found.into_iter().next().expect("their own tenant")
}

async fn at_auth0(app: &TestApp, user_id: &str) -> bool {
    let found = app.auth0().users().show(user_id).await;
    found.expect("Auth0 answers").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_deletes_their_account_is_out_of_everything_and_their_tokens_are_refused() {
    let app = TestApp::start().await;
    let (one, other) = (app.organization().await, app.organization().await);
    let (ben, in_one) = app.member(&one, Role::OrgMember).await;
    app.add_to(&other, &ben, Role::OrgAdmin).await;
    let tenant = individual(&app, &ben).await;
    let project = json!({ "name": "Mine alone" });
    let created = app.post("/v1/me/projects", &ben.token, &project).await;
    created.assert_status(201);
    app.settled().await;
    delete_me(&app, &ben.token).await.assert_status(204);
    let projects = format!("/v1/orgs/{}/projects", one.id);
    for (path, token) in [("/v1/me", &ben.token), (projects.as_str(), &in_one)] {
        let refused = app.get(path, Some(token)).await;
        refused.assert_problem(401, "invalid_token");
    }
    delete_me(&app, &ben.token)
        .await
        .assert_problem(401, "invalid_token");
    is_erased(&app, &tenant).await;
    assert_eq!(rows_of(&app, &tenant).await, Vec::<String>::new());
    assert_eq!(app.individuals(&[&ben.user_id]).await, Vec::<String>::new());
    assert!(!at_auth0(&app, &ben.user_id).await);
    for (path, token) in [("/v1/me", &ben.token), (projects.as_str(), &in_one)] {
        let refused = app.get(path, Some(token)).await;
        refused.assert_problem(401, "invalid_token");
    }
    for organization in [&one, &other] {
        let path = format!("/v1/orgs/{}/audit-events", organization.id);
        let events = app.get(&path, Some(&organization.token)).await.json();
        let items = events["items"].as_array().expect("items").clone();
        let left = |event: &&Value| {
            event["action"] == "member.left" && event["after"] == json!({ "account": "deleted" })
        };
        assert_eq!(items.iter().filter(left).count(), 1, "{items:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_is_told_of_which_organizations_and_stays_in_all() {
    let app = TestApp::start().await;
    let (team, other) = (app.organization().await, app.organization().await);
    app.add_to(&other, &team.admin, Role::OrgMember).await;
    let refused = delete_me(&app, &team.admin.token).await;
    refused
        .assert_problem(409, "last_admin")
        .assert_field(&team.id);
    let named = refused.json()["errors"].as_array().map(Vec::len);
    assert_eq!(named, Some(1), "{refused:?}");
    let mine = app.get("/v1/me", Some(&team.admin.token)).await.json();
    assert_eq!(mine["organizations"].as_array().map(Vec::len), Some(2));
    delete(&app, &team, &team.token).await.assert_status(202);
    delete_me(&app, &team.admin.token).await.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn their_plan_ends_at_stripe_and_an_open_payment_page_is_closed() {
    let app = TestApp::start().await;
    let mut ada = app.visitor().await;
    let tenant = individual(&app, &ada).await;
    let order = json!({ "plan": "personal", "interval": "month" });
    let ordered = app.post("/v1/me/checkout", &ada.token, &order).await;
    let page = ordered.assert_status(201).json();
    ada.pay(&app, page["checkout_url"].as_str().expect("a page"))
        .await;
    eventually("the personal plan", || async {
        let mine = app.get("/v1/me/subscription", Some(&ada.token)).await;
        (mine.json()["plan"] == "personal").then_some(())
    })
    .await;
    let stripe_id = bought(&app, &tenant).await;
    let order = json!({ "plan": "team", "interval": "month", "seats": 3 });
    let ordered = app.post("/v1/me/checkout", &ada.token, &order).await;
    ordered.assert_status(201);
    app.settled().await;
    let session: String = sqlx::query_scalar(
        "select checkout_session_id from app.conversions where org_id = $1 and step = 'requested'",
    )
    .bind(&tenant)
    .fetch_one(&mut app.database.admin().await)
    .await
    .expect("an open page");
    delete_me(&app, &ada.token).await.assert_status(204);
    is_erased(&app, &tenant).await;
    assert_eq!(
        subscription_of(&app, &stripe_id).await["status"],
        "canceled"
    );
    let path = format!("stripe/v1/checkout/sessions/{session}");
    let request = app.sandbox_request(Method::GET, &path);
    let found = app.send(request.bearer_auth("sk_test_tenantry")).await;
    assert_eq!(found.assert_status(200).json()["status"], "expired");
    app.settled().await;
    assert_eq!(rows_of(&app, &tenant).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_auth0_does_not_let_them_back_in() {
    let app = TestApp::start().await;
    let ada = app.visitor().await;
    let tenant = individual(&app, &ada).await;
    app.settled().await;
    auth0_is_away(&app).await;
    delete_me(&app, &ada.token).await.assert_status(204);
    eventually("the end of their rows", || async {
        rows_of(&app, &tenant).await.is_empty().then_some(())
    })
    .await;
    app.advance("PT1H").await;
    let again = app.log_in(&ada, None).await.expect("the login is there");
    let refused = app.get("/v1/me", Some(&again.token)).await;
    refused.assert_problem(401, "invalid_token");
    app.clear_faults().await;
    app.advance("PT10M").await;
    is_erased(&app, &tenant).await;
    assert!(!at_auth0(&app, &ada.user_id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_as_the_same_person_has_no_second_trial() {
    let app = TestApp::start().await;
    let ada = app.visitor().await;
    let tenant = individual(&app, &ada).await;
    delete_me(&app, &ada.token).await.assert_status(204);
    is_erased(&app, &tenant).await;
    app.advance("PT1M").await;
    let again = sign_up_again(&app, &ada).await;
    assert_eq!(again.access["sub"], ada.user_id.as_str());
    let old = app.get("/v1/me", Some(&ada.token)).await;
    old.assert_problem(401, "invalid_token");
    let mine = app.get("/v1/me", Some(&again.token)).await;
    let mine = mine.assert_status(200).json();
    assert_eq!(mine["subscription"]["status"], "expired");
    let project = json!({ "name": "For free" });
    let refused = app.post("/v1/me/projects", &again.token, &project).await;
    refused.assert_problem(402, "subscription_expired");
    assert_ne!(app.individuals(&[&ada.user_id]).await, [tenant]);
}

/// Of a social or enterprise provider the same subject comes back with any login; here it takes a hand.
async fn sign_up_again(app: &TestApp, person: &Person) -> tests::Login {
    let id = person.user_id.split_once('|').expect("a provider").1;
    let new = NewUser {
        connection: "Username-Password-Authentication".into(),
        email: person.email.clone(),
        password: Some(PASSWORD.to_owned().into()),
        email_verified: true,
        ..NewUser::default()
    };
    let mut body = serde_json::to_value(&new).expect("it is JSON");
    body["user_id"] = json!(id);
    app.create_user(&body).await;
    app.log_in(person, None).await.expect("they log in")
}
