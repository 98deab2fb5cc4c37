//! Somebody without an account here sets up single sign-on under a link that is told once.

use api::dev::demo::Browser;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

fn path(team: &Organization) -> String {
    format!("/v1/orgs/{}/sso-tickets", team.id)
}

async fn create(app: &TestApp, team: &Organization, name: &str) -> Value {
    let body = json!({ "name": name, "display_name": "Acme\u{2019}s Okta", "ttl_seconds": 3600 });
    let made = app.post(&path(team), &team.token, &body).await;
    made.assert_status(201).json()
}

async fn listed(app: &TestApp, team: &Organization) -> Vec<Value> {
    let all = app.get(&path(team), Some(&team.token)).await;
    all.assert_status(200).json()["items"]
        .as_array()
        .expect("items")
        .clone()
}

async fn revoke(app: &TestApp, team: &Organization, ticket: &Value) -> Answer {
    let id = ticket["ticket_id"].as_str().expect("an id");
    let request = app.request(
        Method::DELETE,
        &format!("{}/{id}", path(team)),
        Some(&team.token),
    );
    app.send(request).await
}

fn url(ticket: &Value) -> &str {
    ticket["url"].as_str().expect("the link")
}

/// The assistant's page, as whoever has the link sees it.
async fn open(link: &str) -> (Browser, api::dev::demo::Page) {
    let mut browser = Browser::new().expect("a browser");
    let page = browser.open(link.parse().expect("a URL"), "none:").await;
    (browser, page.expect("a page"))
}

const SECRET: &str = "a-planted-client-secret-9f3e";

/// By the next look at what came of it.
async fn set_up(app: &TestApp, link: &str) {
    let (mut browser, page) = open(link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let typed = [
        ("strategy", "okta"),
        ("address", "acme.okta.com"),
        ("client_id", "0oa1b2c3"),
        ("secret", SECRET),
    ];
    let done = browser
        .fill_in(&page, &typed, "none:")
        .await
        .expect("a page");
    assert!(done.body.contains("is set up"), "{}", done.body);
    app.advance("PT1M").await;
}

async fn state(app: &TestApp, team: &Organization, ticket: &Value) -> String {
    let all = listed(app, team).await;
    let found = all
        .iter()
        .find(|each| each["ticket_id"] == ticket["ticket_id"]);
    found.expect("it is listed")["state"]
        .as_str()
        .expect("a state")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_up_under_the_link_appears_and_the_link_is_dead() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let ticket = create(&app, &team, "okta").await;
    assert_eq!(ticket["state"], "open");
    set_up(&app, url(&ticket)).await;
    let providers = format!("/v1/orgs/{}/identity-providers", team.id);
    let provider = eventually("the identity provider", || async {
        let all = app.get(&providers, Some(&team.token)).await.json();
        let all = all["items"].as_array().expect("a list").clone();
        all.into_iter().find(|found| found["name"] == "okta")
    })
    .await;
    assert_eq!(
        (&provider["strategy"], &provider["state"]),
        (&json!("okta"), &json!("ready"))
    );
    assert_eq!(provider["secrets"]["client_secret"], "9f3e");
    eventually("the end of the ticket", || async {
        (state(&app, &team, &ticket).await == "used").then_some(())
    })
    .await;
    eventually("the end of the link", || async {
        let (_, page) = open(url(&ticket)).await;
        (page.status == 400).then_some(())
    })
    .await;
    let enabled = app
        .call_auth0(
            Method::GET,
            &format!("organizations/{}/enabled_connections", team.id),
            None,
        )
        .await;
    let enabled = enabled.json().to_string();
    assert!(
        enabled.contains(provider["connection"].as_str().expect("a name")),
        "{enabled}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_and_what_is_typed_there_are_in_no_row_and_no_answer() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let request = app.request(Method::POST, &path(&team), Some(&team.token));
    let body = json!({ "name": "okta" });
    let keyed = || {
        let request = request.try_clone().expect("no stream");
        app.send(request.header("idempotency-key", "once").json(&body))
    };
    let first = keyed().await.assert_status(201).json();
    let replayed = keyed().await.assert_status(201).json();
    assert_eq!(
        (&replayed["ticket_id"], &replayed["url"]),
        (&first["ticket_id"], &Value::Null)
    );
    assert_eq!(listed(&app, &team).await[0]["url"], Value::Null);
    let (_, secret) = url(&first)
        .split_once("ticket=")
        .expect("a secret in the link");
    set_up(&app, url(&first)).await;
    eventually("the end of the ticket", || async {
        (state(&app, &team, &first).await == "used").then_some(())
    })
    .await;
    let rows = app
        .rows_that_mention(&[secret.to_owned(), SECRET.to_owned()])
        .await;
    assert_eq!(rows, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_or_expired_link_sets_nothing_up() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (revoked, late) = (
        create(&app, &team, "one").await,
        create(&app, &team, "two").await,
    );
    let (mut browser, page) = open(url(&revoked)).await;
    revoke(&app, &team, &revoked).await.assert_status(204);
    assert_eq!(state(&app, &team, &revoked).await, "revoked");
    eventually("the end of the link", || async {
        let (_, page) = open(url(&revoked)).await;
        (page.status == 400).then_some(())
    })
    .await;
    // Whoever has the page open already gets nowhere either.
    let typed = [
        ("strategy", "okta"),
        ("address", "a.okta.com"),
        ("client_id", "x"),
        ("secret", SECRET),
    ];
    let refused = browser
        .fill_in(&page, &typed, "none:")
        .await
        .expect("a page");
    assert_eq!(refused.status, 400);
    revoke(&app, &team, &revoked).await.assert_status(204);
    app.advance("PT59M").await;
    assert_eq!(open(url(&late)).await.1.status, 200);
    app.advance("PT2M").await;
    assert_eq!(open(url(&late)).await.1.status, 400);
    let again = app
        .log_in(&team.admin, Some(&team.id))
        .await
        .expect("a login");
    let all = app.get(&path(&team), Some(&again.token)).await.json();
    assert_eq!(all["items"][0]["state"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_office_makes_one_for_whoever_has_no_account_yet() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let platform = app.platform_token().await;
    let route = format!("/v1/platform/organizations/{}/sso-tickets", team.id);
    let made = app
        .post(&route, &platform, &json!({ "name": "okta" }))
        .await;
    let ticket = made.assert_status(201).json();
    assert_eq!(open(url(&ticket)).await.1.status, 200);
    let seen = listed(&app, &team).await;
    assert_eq!(seen[0]["created_by"], "client:tenantry-platform");
    let id = ticket["ticket_id"].as_str().expect("an id");
    let gone = app.request(Method::DELETE, &format!("{route}/{id}"), Some(&platform));
    app.send(gone).await.assert_status(204);
    assert_eq!(state(&app, &team, &ticket).await, "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_the_plan_the_role_and_room() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    app.is_compared().await;
    let (_, member) = app.member(&team, Role::OrgMember).await;
    let body = json!({ "name": "okta" });
    app.post(&path(&team), &member, &body)
        .await
        .assert_problem(403, "permission_denied");
    for (body, field) in [
        (json!({ "name": "a b" }), "name"),
        (json!({ "name": "a", "ttl_seconds": 299 }), "ttl_seconds"),
        (
            json!({ "name": "a", "ttl_seconds": 432_001 }),
            "ttl_seconds",
        ),
        (json!({ "name": "a", "display_name": " " }), "display_name"),
    ] {
        let refused = app.post(&path(&team), &team.token, &body).await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
    for n in 0..5 {
        create(&app, &team, &format!("idp-{n}")).await;
    }
    let again = app
        .post(&path(&team), &team.token, &json!({ "name": "more" }))
        .await;
    again.assert_problem(409, "too_many_tickets");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_auth0_is_away_the_caller_comes_back_for_the_same_link() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let away = json!({ "path": "/api/v2/self-service-profiles", "kind": "status", "status": 503 });
    app.plan_fault(&away).await;
    let body = json!({ "name": "okta" });
    let keyed = || {
        let request = app.request(Method::POST, &path(&team), Some(&team.token));
        app.send(request.header("idempotency-key", "mine").json(&body))
    };
    let refused = keyed().await;
    refused.assert_problem(503, "login_service_unavailable");
    assert!(refused.header("retry-after").is_some());
    app.clear_faults().await;
    let answer = eventually("the link", || async {
        let answer = keyed().await;
        (answer.status == 201).then_some(answer)
    })
    .await;
    assert_eq!(open(url(&answer.json())).await.1.status, 200);
    assert_eq!(listed(&app, &team).await.len(), 1);
}
