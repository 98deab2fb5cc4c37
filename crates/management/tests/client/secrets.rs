//! Neither the client secret nor a token leaves by an error, a log line or `Debug`.

use std::io;
use std::sync::{Arc, Mutex};

use management::{Error, NewUser};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::scripted::{Answer, SECRET, Tenant};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn logs_name_the_route_and_nothing_private() {
    let log = Log::default();
    // Scoped subscribers miss events when tests run in parallel; so this one hears all of them.
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trace,actix_http=off,actix_server=off,mio=off")
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET users/auth0%7Cada",
        [
            Answer::empty(500),
            Answer::json(200, &json!({ "user_id": "u" })),
        ],
    );
    tenant.answers("GET users-by-email", [Answer::json(200, &json!([]))]);
    let client = tenant.client();
    client.users().show("auth0|ada").await.unwrap();
    client.users().by_email("ada@example.com").await.unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("users/{}"), "{log}");
    for private in [SECRET, "token-1", "Bearer", "ada"] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}

#[tokio::test]
async fn an_echo_of_the_secret_is_hidden() {
    let tenant = Tenant::start().await;
    let echo = json!({ "error": SECRET, "error_description": format!("no client with {SECRET}") });
    tenant.answers("POST /oauth/token", [Answer::json(401, &echo)]);
    let error = tenant.client().users().show("u").await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(SECRET));
    assert!(error.to_string().contains("no client with [secret]"));
}

#[tokio::test]
async fn an_echo_of_the_token_is_hidden() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET users/u",
        [Answer::error(400, "Bearer", "Bad header: Bearer token-1")],
    );
    let error = tenant.client().users().show("u").await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("token-1"));
}

#[tokio::test]
async fn an_unreadable_token_answer_is_not_quoted() {
    let tenant = Tenant::start().await;
    for body in [
        json!({ "access_token": ["a-token"], "expires_in": 1 }),
        json!({ "access_token": "a-token\n", "expires_in": 1 }),
    ] {
        tenant.answers("POST /oauth/token", [Answer::json(200, &body)]);
        let error = tenant.client().users().show("u").await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("a-token"));
    }
}

#[tokio::test]
async fn a_failed_connection_does_not_tell_the_address() {
    let tenant = Tenant::start().await;
    tenant.answers("GET users/auth0%7Cada", [Answer::BreakOff]);
    let error = tenant.client().users().show("auth0|ada").await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("ada"));
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET users/u",
        [Answer::json(200, &json!({ "user_id": "u" }))],
    );
    let client = tenant.client();
    client.users().show("u").await.unwrap();
    let user = NewUser {
        password: Some("hunter2".into()),
        ..NewUser::default()
    };
    let debug = format!("{:?} {client:?} {user:?}", tenant.config());
    for secret in [SECRET, "token-1", "hunter2"] {
        assert!(!debug.contains(secret), "{debug}");
    }
}
