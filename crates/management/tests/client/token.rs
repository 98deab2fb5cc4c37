//! One token for all calls, replaced in time and once when refused.

use std::time::{Duration, Instant};

use futures::future;
use management::{Class, Client, Config, Error};
use serde_json::json;

use crate::scripted::{Answer, SECRET, Tenant};

async fn tenant_with_a_user() -> Tenant {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET users/u",
        [Answer::json(200, &json!({ "user_id": "u" }))],
    );
    tenant
}

#[tokio::test]
async fn fifty_concurrent_calls_ask_for_one_token() {
    let tenant = tenant_with_a_user().await;
    let client = tenant.client();
    let calls = (0..50).map(|_| client.users().show("u"));
    future::try_join_all(calls).await.unwrap();
    assert_eq!(tenant.token_requests().len(), 1);
    assert_eq!(tenant.calls().len(), 50);
}

#[tokio::test]
async fn the_token_is_for_the_management_api_of_this_tenant() {
    let tenant = tenant_with_a_user().await;
    tenant.client().users().show("u").await.unwrap();
    let expected = json!({
        "grant_type": "client_credentials",
        "client_id": "the-client-id",
        "client_secret": SECRET,
        "audience": format!("{}api/v2/", tenant.base_url),
    });
    assert_eq!(tenant.token_requests()[0].body, expected);
}

#[tokio::test]
async fn the_audience_can_be_the_canonical_domain() {
    let tenant = tenant_with_a_user().await;
    let config = Config {
        audience: Some("https://acme.eu.auth0.com/api/v2/".to_owned()),
        ..tenant.config()
    };
    Client::new(&config)
        .unwrap()
        .users()
        .show("u")
        .await
        .unwrap();
    assert_eq!(
        tenant.token_requests()[0].body["audience"],
        "https://acme.eu.auth0.com/api/v2/"
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_even_for_a_post() {
    let tenant = Tenant::start().await;
    tenant.refuse_token("token-1");
    tenant.answers("POST organizations/o/members", [Answer::empty(204)]);
    tenant
        .client()
        .organizations()
        .add_members("o", &["u"])
        .await
        .unwrap();
    assert_eq!(tenant.token_requests().len(), 2);
    assert_eq!(tenant.calls().len(), 2);
}

#[tokio::test]
async fn calls_refused_together_replace_the_token_once() {
    let tenant = tenant_with_a_user().await;
    tenant.refuse_token("token-1");
    let client = tenant.client();
    future::try_join_all((0..50).map(|_| client.users().show("u")))
        .await
        .unwrap();
    assert_eq!(tenant.token_requests().len(), 2);
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET users/u",
        [Answer::error(401, "", "Client is not global.")],
    );
    let error = tenant.client().users().show("u").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
    assert_eq!(error.class(), Class::Permanent);
    assert_eq!(
        (tenant.token_requests().len(), tenant.calls().len()),
        (2, 2)
    );
}

#[tokio::test]
async fn a_token_is_replaced_before_its_end() {
    let tenant = tenant_with_a_user().await;
    let token = |name| Answer::json(200, &json!({ "access_token": name, "expires_in": 1 }));
    tenant.answers("POST /oauth/token", [token("token-1"), token("token-2")]);
    let client = tenant.client();
    let deadline = Instant::now() + Duration::from_secs(10);
    while tenant.token_requests().len() < 2 {
        assert!(Instant::now() < deadline, "still the first token");
        client.users().show("u").await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_secret_is_asked_about_once_by_all_who_wait() {
    let tenant = Tenant::start().await;
    let refusal = json!({ "error": "access_denied", "error_description": "Unauthorized" });
    tenant.answers("POST /oauth/token", [Answer::json(401, &refusal)]);
    let client = tenant.client();
    for result in future::join_all((0..50).map(|_| client.users().show("u"))).await {
        let expected = Error::Unauthorized {
            code: Some("access_denied".to_owned()),
            message: "Unauthorized".to_owned(),
        };
        assert_eq!(result, Err(expected));
    }
    assert_eq!(tenant.token_requests().len(), 1);
}

#[tokio::test]
async fn a_missing_client_grant_is_permanent() {
    let tenant = Tenant::start().await;
    let refusal =
        json!({ "error": "access_denied", "error_description": "Client is not authorized" });
    tenant.answers("POST /oauth/token", [Answer::json(403, &refusal)]);
    let error = tenant.client().users().show("u").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_stumbling_token_endpoint_is_asked_again() {
    let tenant = tenant_with_a_user().await;
    let token = json!({ "access_token": "token-1", "expires_in": 86_400 });
    tenant.answers(
        "POST /oauth/token",
        [
            Answer::empty(503),
            Answer::BreakOff,
            Answer::json(200, &token),
        ],
    );
    tenant.client().users().show("u").await.unwrap();
    assert_eq!(tenant.token_requests().len(), 3);
}

#[tokio::test]
async fn a_used_up_token_quota_says_when_to_come_back() {
    let tenant = Tenant::start().await;
    let refusal =
        json!({ "error": "too_many_requests", "error_description": "Client quota exceeded" });
    tenant.answers(
        "POST /oauth/token",
        [Answer::json(429, &refusal).with("retry-after", "3540")],
    );
    let error = tenant.client().users().show("u").await.unwrap_err();
    let wait = Some(Duration::from_secs(3540));
    assert_eq!(error.class(), Class::Retry { wait });
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let tenant = tenant_with_a_user().await;
    let token = json!({ "access_token": "token-1", "expires_in": 86_400 });
    tenant.answers(
        "POST /oauth/token",
        [Answer::empty(403), Answer::json(200, &token)],
    );
    let client = tenant.client();
    client.users().show("u").await.unwrap_err();
    client.users().show("u").await.unwrap();
}
