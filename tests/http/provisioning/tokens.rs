use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, eventually};

use super::{Directory, delete};

async fn status(directory: &Directory, token: &str) -> u16 {
    let read = directory
        .send_as(token, Method::GET, "Users", &Value::Null)
        .await;
    read.status.as_u16()
}

async fn listed(directory: &Directory) -> Vec<Value> {
    let listed = directory
        .app
        .get(&directory.tokens(), Some(&directory.acme.token))
        .await;
    let listed = listed.assert_status(200).json();
    listed["scim_tokens"].as_array().expect("tokens").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_live_at_a_time_and_a_revoked_one_opens_nothing() {
    let directory = Directory::of(TestApp::start().await).await;
    let (app, token) = (&directory.app, &directory.acme.token);
    let second = directory.new_token().await;
    let secret = second["token"].as_str().expect("a token");
    assert_eq!(second["last_four"], &secret[secret.len() - 4..]);
    let third = app.post(&directory.tokens(), token, &json!({})).await;
    third.assert_problem(409, "too_many_scim_tokens");
    assert_eq!(status(&directory, &directory.token).await, 200);
    assert_eq!(status(&directory, secret).await, 200);
    let all = listed(&directory).await;
    assert_eq!(all.len(), 2);
    assert!(
        all.iter().all(|each| each.get("token").is_none()),
        "{all:?}"
    );
    let first = format!(
        "{}/{}",
        directory.tokens(),
        all[0]["token_id"].as_str().expect("an id")
    );
    delete(app, &first, token).await.assert_status(204);
    delete(app, &first, token)
        .await
        .assert_problem(404, "not_found");
    eventually("the end of the first", || async {
        (status(&directory, &directory.token).await == 401).then_some(())
    })
    .await;
    assert_eq!(
        status(&directory, secret).await,
        200,
        "the other one lives on"
    );
    directory.new_token().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lifetime_is_kept_and_one_that_has_ended_makes_room() {
    let directory = Directory::of(TestApp::start().await).await;
    let (app, token) = (&directory.app, &directory.acme.token);
    for wrong in [0, 900, 315_360_001] {
        let refused = app
            .post(
                &directory.tokens(),
                token,
                &json!({ "token_lifetime": wrong }),
            )
            .await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field("token_lifetime");
    }
    let short = app
        .post(
            &directory.tokens(),
            token,
            &json!({ "token_lifetime": 901 }),
        )
        .await;
    let short = short.assert_status(201).json();
    assert!(short["valid_until"].is_string());
    app.advance("PT16M").await;
    let login = app
        .log_in(&directory.acme.admin, Some(&directory.acme.id))
        .await;
    let token = login.expect("a later login").token;
    assert_eq!(
        status(&directory, short["token"].as_str().expect("a token")).await,
        401
    );
    app.post(&directory.tokens(), &token, &json!({}))
        .await
        .assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_in_one_answer_and_nowhere_else() {
    let directory = Directory::of(TestApp::start().await).await;
    let (app, token) = (&directory.app, &directory.acme.token);
    let ask = || {
        let request = app.request(Method::POST, &directory.tokens(), Some(token));
        app.send(request.header("idempotency-key", "once").json(&json!({})))
    };
    let made = ask().await.assert_status(201).json();
    let secret = made["token"].as_str().expect("a token").to_owned();
    let repeated = ask().await;
    let repeated = repeated.assert_status(201).json();
    assert_eq!(repeated["token_id"], made["token_id"]);
    assert_eq!(repeated.get("token"), None);
    assert_eq!(listed(&directory).await.len(), 2);
    let export = format!("/v1/orgs/{}/audit-events/export", directory.acme.id);
    let export = app.get(&export, Some(token)).await;
    let export = export.assert_status(200).body.clone();
    assert!(export.contains("scim_token.created"), "{export}");
    for secret in [secret, directory.token.clone()] {
        assert!(!export.contains(&secret));
        let rows = app.rows_that_mention(std::slice::from_ref(&secret)).await;
        assert_eq!(rows, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_answer_was_lost_is_ended_and_gives_its_place_back() {
    let directory = Directory::of(TestApp::start().await).await;
    let (app, acme) = (&directory.app, &directory.acme);
    let path = "/api/v2/connections/{id}/scim-configuration/tokens";
    let lost =
        json!({ "method": "POST", "path": path, "kind": "error_after", "status": 502, "times": 1 });
    app.plan_fault(&lost).await;
    let answer = app.post(&directory.tokens(), &acme.token, &json!({})).await;
    answer.assert_problem(503, "auth0_unavailable");
    assert_eq!(listed(&directory).await.len(), 1, "nobody has its secret");
    app.post(&directory.tokens(), &acme.token, &json!({}))
        .await
        .assert_problem(409, "too_many_scim_tokens");
    app.advance("PT2M").await;
    eventually("room for another", || async {
        let made = app.post(&directory.tokens(), &acme.token, &json!({})).await;
        (made.status == 201).then_some(())
    })
    .await;
    let id = directory.scim.rsplit('/').next().expect("an id");
    let there = format!("connections/{id}/scim-configuration/tokens");
    let there = app.call_auth0(Method::GET, &there, None).await.json();
    assert_eq!(there.as_array().expect("tokens").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_no_other_organizations_directory() {
    let directory = Directory::of(TestApp::start().await).await;
    let app = &directory.app;
    let other = app.organization_of("enterprise").await;
    let (path, _) = super::okta(app, &other).await;
    app.post(&format!("{path}/provisioning"), &other.token, &json!({}))
        .await
        .assert_status(201);
    let id = path.rsplit('/').next().expect("an id");
    let elsewhere = app.sandbox_request(Method::GET, &format!("scim/v2/connections/{id}/Users"));
    let elsewhere = app.send(elsewhere.bearer_auth(&directory.token)).await;
    let nowhere = app.sandbox_request(
        Method::GET,
        "scim/v2/connections/con_0000000000000000/Users",
    );
    let nowhere = app.send(nowhere.bearer_auth(&directory.token)).await;
    elsewhere.assert_status(401);
    nowhere.assert_status(401);
    assert_eq!(elsewhere.json(), nowhere.json());
    for path in [
        directory.tokens(),
        format!("{}/provisioning", directory.path),
    ] {
        let foreign = path.replace(&directory.acme.id, &other.id);
        app.get(&foreign, Some(&other.token))
            .await
            .assert_problem(404, "not_found");
    }
}
