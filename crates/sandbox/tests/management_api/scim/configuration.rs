use std::time::Duration;

use reqwest::Method;
use sandbox::Limits;
use serde_json::{Value, json};

use super::{Provisioned, assert_refused, person, token_of};
use crate::api::Api;

#[actix_web::test]
async fn a_configuration_is_made_read_changed_and_removed() {
    let api = Api::start().await;
    let id = api.connection("acme", "okta").await;
    let path = format!("connections/{id}/scim-configuration");
    assert_eq!(api.get(&path).await.status, 404);
    let made = api.post(&path, json!({})).await.assert_status(201);
    assert_eq!(made["user_id_attribute"], "externalId");
    assert_eq!(
        (&made["connection_id"], &made["strategy"]),
        (&json!(id), &json!("okta"))
    );
    let standard = api.get(&format!("{path}/default-mapping")).await;
    let standard = standard.assert_status(200);
    assert_eq!(made["mapping"], standard["mapping"]);
    assert_eq!(made["mapping"].as_array().unwrap().len(), 32);
    assert_eq!(api.post(&path, json!({})).await.status, 400, "there is one");
    let change = json!({ "user_id_attribute": "userName", "mapping": [{ "scim": "userName", "auth0": "username" }] });
    let changed = api.patch(&path, change).await.assert_status(200);
    assert_eq!(changed["mapping"].as_array().unwrap().len(), 1);
    assert_eq!(
        api.patch(&path, json!({ "user_id_attribute": "userName" }))
            .await
            .status,
        400
    );
    let all = api.get("connections-scim-configurations?take=10").await;
    assert_eq!(
        all.assert_status(200)["scim_configurations"],
        json!([changed])
    );
    api.delete(&path).await.assert_status(204);
    api.delete(&path).await.assert_status(204);
    assert_eq!(api.get(&path).await.status, 404);
    let database = api.connection("people", "auth0").await;
    let path = format!("connections/{database}/scim-configuration");
    assert_eq!(api.post(&path, json!({})).await.status, 400);
}

#[actix_web::test]
async fn two_tokens_live_at_a_time_and_each_is_shown_once() {
    let api = Api::start().await;
    let id = api.connection("acme", "samlp").await;
    token_of(&api, &id).await;
    let path = format!("connections/{id}/scim-configuration/tokens");
    let second = json!({ "scopes": ["get:users"], "token_lifetime": 900 });
    let second = api.post(&path, second).await.assert_status(201);
    assert!(second["valid_until"].is_string());
    assert_eq!(api.post(&path, json!({})).await.status, 409);
    for bad in [
        json!({ "token_lifetime": 899 }),
        json!({ "scopes": [] }),
        json!({ "scopes": ["x"] }),
    ] {
        assert_eq!(api.post(&path, bad.clone()).await.status, 400, "{bad}");
    }
    let listed = api.get(&path).await.assert_status(200);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(
        !listed
            .to_string()
            .contains(second["token"].as_str().unwrap())
    );
    let revoke = format!("{path}/{}", second["token_id"].as_str().unwrap());
    api.delete(&revoke).await.assert_status(204);
    assert_eq!(api.delete(&revoke).await.status, 404);
    api.post(&path, json!({})).await.assert_status(201);
}

#[actix_web::test]
async fn a_token_opens_its_own_connection_within_its_scopes_until_it_ends() {
    let acme = Provisioned::start().await;
    let other = acme.api.connection("other", "okta").await;
    let foreign = token_of(&acme.api, &other).await;
    let path = format!("connections/{}/scim-configuration/tokens", acme.connection);
    let narrow = json!({ "scopes": ["get:users"], "token_lifetime": 900 });
    let narrow = acme.api.post(&path, narrow).await.assert_status(201);
    let narrow = narrow["token"].as_str().unwrap();
    let mut bodies = Vec::new();
    for token in [foreign.as_str(), "tok_nothing", acme.api.token()] {
        let refused = acme
            .send_as(token, Method::GET, "Users", &Value::Null)
            .await;
        assert_refused(&refused, 401, "");
        bodies.push(refused.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    let read = acme
        .send_as(narrow, Method::GET, "Users", &Value::Null)
        .await;
    read.assert_status(200);
    let write = acme
        .send_as(narrow, Method::POST, "Users", &person("00u1"))
        .await;
    assert_refused(&write, 403, "");
    let acme = Provisioned {
        api: moved(acme.api).await,
        ..acme
    };
    let ended = acme
        .send_as(narrow, Method::GET, "Users", &Value::Null)
        .await;
    assert_refused(&ended, 401, "");
    acme.get("Users").await.assert_status(200);
    let tokens = acme.api.get(&path).await.assert_status(200);
    assert!(tokens[0]["last_used_at"].is_string());
    let configuration = format!("connections/{}/scim-configuration", acme.connection);
    acme.api.delete(&configuration).await.assert_status(204);
    assert_refused(&acme.get("Users").await, 401, "");
}

async fn moved(api: Api) -> Api {
    let clock = format!("{}sandbox/clock", api.running.base_url());
    let moved = api
        .client()
        .post(clock)
        .json(&json!({ "advance": "PT15M" }))
        .send()
        .await;
    assert!(moved.unwrap().status().is_success());
    api.again().await
}

#[actix_web::test]
async fn a_connection_has_25_requests_a_second() {
    let acme = Provisioned::with(Limits::SelfService).await;
    let started = std::time::Instant::now();
    let calls = futures::future::join_all((0..60).map(|_| acme.get("ServiceProviderConfig"))).await;
    let refilled = 25 * (started.elapsed() + Duration::from_millis(40)).as_millis() / 1_000;
    let served = calls.iter().filter(|reply| reply.status == 200).count() as u128;
    assert!(
        (25..=25 + refilled).contains(&served),
        "{served} of 60, {refilled} refilled"
    );
    let refused = calls.iter().find(|reply| reply.status != 200).unwrap();
    assert_refused(refused, 429, "");
}
