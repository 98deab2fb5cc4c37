//! What each way to fail becomes.

use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use management::{Class, Client, Config, Error, NewOrganization};
use serde_json::{Value, json};

use crate::scripted::{Answer, Tenant};

const RETRY: Class = Class::Retry { wait: None };

/// The error of a POST, which is never repeated inside.
async fn error_of(answer: Answer) -> Error {
    let tenant = Tenant::start().await;
    tenant.answers("POST organizations", [answer]);
    let error = tenant
        .client()
        .organizations()
        .create(&NewOrganization::default())
        .await
        .unwrap_err();
    assert_eq!(tenant.calls().len(), 1);
    error
}

#[tokio::test]
async fn a_rate_limit_waits_as_told() {
    let limited = || Answer::error(429, "too_many_requests", "Too many requests.");
    let error = error_of(
        limited()
            .with("retry-after", "7")
            .with("x-ratelimit-reset", "1"),
    )
    .await;
    let wait = Some(Duration::from_secs(7));
    assert_eq!(error.class(), Class::Retry { wait });
    assert_eq!(error_of(limited()).await.class(), RETRY);
}

#[tokio::test]
async fn a_rate_limit_waits_until_the_reset() {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let answer = Answer::empty(429).with("x-ratelimit-reset", &(now + 30).to_string());
    let Class::Retry { wait: Some(wait) } = error_of(answer).await.class() else {
        panic!("a rate limit is retried");
    };
    assert!((25..=30).contains(&wait.as_secs()), "{wait:?}");
}

#[tokio::test]
async fn an_outage_with_retry_after_waits_as_told() {
    let error = error_of(
        Answer::empty(503)
            .with("retry-after", "20")
            .with("x-ratelimit-reset", "9"),
    )
    .await;
    let wait = Some(Duration::from_secs(20));
    assert_eq!(error.class(), Class::Retry { wait });
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_retried() {
    let organization = r#"{"id":"org_1","name":"acme"}"#;
    for answer in [
        Answer::text(200, "text/html", "<html>Sign in to the Wi-Fi</html>"),
        Answer::text(200, "application/json", &organization[..20]),
        Answer::text(200, "text/plain", organization),
        Answer::empty(200),
        Answer::json(
            200,
            &json!({ "statusCode": 503, "error": "Service Unavailable" }),
        ),
        Answer::json(200, &json!({ "name": "no id" })),
        Answer::json(200, &json!(["org_1"])),
    ] {
        let error = error_of(answer).await;
        assert!(
            matches!(error, Error::Decode { status: 200, .. }),
            "{error:?}"
        );
        assert_eq!(error.class(), RETRY);
    }
}

#[tokio::test]
async fn a_success_without_a_body_of_interest_is_still_checked() {
    let tenant = Tenant::start().await;
    let organizations = |answer| {
        tenant.answers("DELETE organizations/o", [answer]);
        let client = tenant.client();
        async move { client.organizations().delete("o").await }
    };
    assert_eq!(organizations(Answer::empty(204)).await, Ok(()));
    assert_eq!(organizations(Answer::json(200, &json!({}))).await, Ok(()));
    for answer in [
        Answer::text(200, "text/html", "<html></html>"),
        Answer::json(200, &json!({ "statusCode": 500, "error": "x" })),
    ] {
        assert!(matches!(
            organizations(answer).await,
            Err(Error::Decode { .. })
        ));
    }
}

#[tokio::test]
async fn an_answer_beyond_two_mebibytes_is_not_read() {
    let large = |length| Answer::json(200, &json!({ "id": "x".repeat(length), "name": "acme" }));
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET organizations/o",
        [large(2 * 1024 * 1024), large(2 * 1024 * 1024 - 100)],
    );
    let client = tenant.client();
    let error = client.organizations().show("o").await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    assert!(client.organizations().show("o").await.unwrap().is_some());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let tenant = Tenant::start().await;
    let elsewhere = format!("{}api/v2/organizations/other", tenant.base_url);
    tenant.answers(
        "GET organizations/o",
        [Answer::empty(302).with("location", &elsewhere)],
    );
    let error = tenant.client().organizations().show("o").await.unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 302, .. }),
        "{error:?}"
    );
    assert_eq!(tenant.calls().len(), 1);
}

#[tokio::test]
async fn a_hang_is_a_timeout_and_not_repeated() {
    let tenant = Tenant::start().await;
    tenant.answers("GET organizations/o", [Answer::Hang]);
    let after = Duration::from_millis(100);
    let config = Config {
        timeout: after,
        ..tenant.config()
    };
    let error = Client::new(&config)
        .unwrap()
        .organizations()
        .show("o")
        .await
        .unwrap_err();
    assert_eq!(error, Error::Timeout { after });
    assert_eq!((error.class(), tenant.calls().len()), (RETRY, 1));
}

#[tokio::test]
async fn a_connection_that_breaks_off_leaves_the_outcome_open() {
    let error = error_of(Answer::BreakOff).await;
    assert!(
        matches!(error, Error::Network { sent: true, .. }),
        "{error:?}"
    );
    assert_eq!(error.class(), RETRY);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let tenant = Tenant::start().await;
    let config = Config {
        base_url: format!("http://127.0.0.1:{port}/").parse().unwrap(),
        ..tenant.config()
    };
    let error = Client::new(&config)
        .unwrap()
        .users()
        .show("auth0|secret-person")
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Network { sent: false, .. }),
        "{error:?}"
    );
    assert_eq!(error.class(), RETRY);
}

#[tokio::test]
async fn a_taken_name_is_a_conflict() {
    let message = "An organization with the same name already exists.";
    let error = error_of(Answer::error(409, "organization_conflict", message)).await;
    let expected = Error::Conflict {
        code: Some("organization_conflict".to_owned()),
        message: message.to_owned(),
    };
    assert_eq!(error, expected);
    assert_eq!(error.class(), Class::Conflict);
}

#[tokio::test]
async fn a_refusal_carries_code_and_message() {
    let error = error_of(Answer::error(
        403,
        "insufficient_scope",
        "Insufficient scope",
    ))
    .await;
    let text = "Auth0 refused the call with 403 (insufficient_scope): Insufficient scope";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.class(), Class::Permanent);
}

#[tokio::test]
async fn a_refusal_may_lack_every_member() {
    for body in [json!({}), json!({ "statusCode": 400 }), Value::Null] {
        let error = error_of(Answer::json(400, &body)).await;
        assert!(
            matches!(
                error,
                Error::Refused {
                    status: 400,
                    code: None,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn text_from_auth0_is_bounded_and_harmless() {
    let long = "é\n".repeat(2000);
    let Error::Refused { code, message, .. } = error_of(Answer::error(400, &long, &long)).await
    else {
        panic!("a 400 is a refusal");
    };
    for text in [code.unwrap(), message] {
        assert_eq!(text.chars().count(), 512);
        assert!(!text.contains('\n'));
    }
}
