//! One trial for each company, where that is wanted.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Login, Options, PASSWORD, TestApp};

/// Somebody whose account was made at Auth0, at their first login.
async fn arrives(app: &TestApp, email: &str, verified: bool) -> Login {
    app.create_user(&json!({
        "connection": "Username-Password-Authentication",
        "email": email,
        "email_verified": verified,
        "password": PASSWORD,
    }))
    .await;
    let login = app.log_in_as(email, None).await.expect("a login");
    status(app, &login).await;
    app.settled().await;
    login
}

async fn status(app: &TestApp, login: &Login) -> Value {
    let path = "/v1/me/subscription";
    let shown = app.get(path, Some(&login.token)).await;
    shown.assert_status(200).json()["status"].clone()
}

async fn one_for_each_company() -> TestApp {
    let variables = vec![("TRIAL_PER_DOMAIN", "true".to_owned())];
    TestApp::with(Options {
        variables,
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_have_one_trial_together_and_public_mail_makes_no_colleagues() {
    let app = one_for_each_company().await;
    let first = arrives(&app, "ada@acme.example", true).await;
    let second = arrives(&app, "ben@ACME.example", true).await;
    let elsewhere = arrives(&app, "cy@globex.example", true).await;
    let public = arrives(&app, "ada@gmail.com", true).await;
    let public_too = arrives(&app, "ben@gmail.com", true).await;
    for login in [&first, &elsewhere, &public, &public_too] {
        assert_eq!(status(&app, login).await, "active");
    }
    assert_eq!(status(&app, &second).await, "expired");
    let project = json!({ "name": "Too late" });
    app.post("/v1/me/projects", &second.token, &project)
        .await
        .assert_problem(402, "subscription_expired");
    // The next login says so too.
    let login = app.log_in_as("ben@acme.example", None).await;
    let claim = login.expect("a login").id_token["subscription"].clone();
    let claim = claim.as_str().expect("a claim");
    assert!(claim.ends_with(";expired"), "{claim}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_counts_once_it_is_verified() {
    let app = one_for_each_company().await;
    arrives(&app, "ada@acme.example", true).await;
    let unverified = arrives(&app, "mallory@acme.example", false).await;
    assert_eq!(status(&app, &unverified).await, "active");
    let user = unverified.access["sub"].as_str().expect("a subject");
    let user = format!("users/{}", user.replace('|', "%7C"));
    let verified = json!({ "email_verified": true });
    app.as_auth0_admin(Method::PATCH, &user, Some(&verified))
        .await
        .assert_status(200);
    app.sandbox.clock().advance(TimeDelta::hours(7));
    app.settled().await;
    let login = app.log_in_as("mallory@acme.example", None).await;
    assert_eq!(status(&app, &login.expect("a login")).await, "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_variable_everybody_has_their_own() {
    let app = TestApp::start().await;
    for email in ["ada@acme.example", "ben@acme.example"] {
        let login = arrives(&app, email, true).await;
        assert_eq!(status(&app, &login).await, "active");
    }
}
