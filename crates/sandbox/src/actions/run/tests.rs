use std::sync::Mutex;
use std::time::Instant;

use serde_json::json;

use super::*;
use crate::clock::SharedClock;

fn host(clock: SharedClock) -> Arc<Host> {
    Arc::new(Host {
        clock,
        cache: Arc::default(),
        http: reqwest::Client::builder().build().unwrap(),
        own_bases: Vec::new(),
        runtime: tokio::runtime::Handle::current(),
        logged: Mutex::default(),
    })
}

/// Runs `body` as the handler's.
async fn try_run(body: &str, event: Value, budget: Budget) -> Result<Asked, ActionError> {
    let source = format!("exports.onExecutePostLogin = async (event, api) => {{ {body} }};");
    let host = host(SharedClock::default());
    tokio::task::spawn_blocking(move || run(&source, &event, &host, budget))
        .await
        .unwrap()
}

async fn asked(body: &str) -> Asked {
    try_run(
        body,
        json!({"user": {"user_id": "auth0|1"}}),
        Budget::default(),
    )
    .await
    .unwrap()
}

async fn error(body: &str) -> ActionError {
    let budget = Budget {
        time: Duration::from_millis(300),
        ..Budget::default()
    };
    try_run(body, json!({"user": {"user_id": "auth0|1"}}), budget)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn what_is_asked_through_the_api_comes_back() {
    let asked = asked(
        "api.idToken.setCustomClaim('subscription', 'trial'); api.accessToken.setCustomClaim('https://x/roles', ['a']); \
         api.user.setAppMetadata('n', 1); api.user.setUserMetadata('gone', null); api.accessToken.addScope('s'); \
         api.transaction.setMetadata('t', true);",
    )
    .await;
    assert_eq!(asked.denied, None);
    assert_eq!(asked.id_token_claims["subscription"], "trial");
    assert_eq!(asked.access_token_claims["https://x/roles"], json!(["a"]));
    assert_eq!(
        (&asked.app_metadata["n"], &asked.user_metadata["gone"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(asked.scopes_added, ["s"]);
    assert_eq!(asked.transaction_metadata["t"], true);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_in_each_of_the_ways_that_auth0_has() {
    for (call, factors, only_enrolled) in [
        (
            "api.authentication.challengeWith({ type: 'otp' })",
            &["otp"][..],
            true,
        ),
        (
            "api.authentication.challengeWith({ type: 'otp' }, { additionalFactors: [{ type: 'email' }] })",
            &["otp", "email"],
            true,
        ),
        (
            "api.authentication.challengeWithAny([{ type: 'otp' }, { type: 'webauthn-roaming' }])",
            &["otp", "webauthn-roaming"],
            true,
        ),
        (
            "api.authentication.enrollWithAny([{ type: 'otp' }])",
            &["otp"],
            false,
        ),
        (
            "api.multifactor.enable('any', { allowRememberBrowser: false })",
            &["otp"],
            false,
        ),
    ] {
        let asked = asked(&format!("{call};")).await.mfa.unwrap();
        assert_eq!(
            (&asked.factors[..], asked.only_enrolled),
            (
                &factors.iter().map(ToString::to_string).collect::<Vec<_>>()[..],
                only_enrolled
            ),
            "{call}"
        );
    }
    assert!(asked("api.multifactor.enable('none');").await.mfa.is_none());
}

#[tokio::test]
async fn a_denial_keeps_its_reason_and_lets_the_action_finish() {
    let asked = asked("api.access.deny('not today'); api.user.setAppMetadata('seen', true);").await;
    assert_eq!(asked.denied.as_deref(), Some("not today"));
    assert_eq!(asked.app_metadata["seen"], true);
}

#[tokio::test]
async fn an_endless_loop_is_stopped_at_the_time_limit() {
    let start = Instant::now();
    for body in [
        "for (;;) {}",
        "try { for (;;) {} } catch (e) {}",
        "for (;;) { await null }",
        "while (true) { try { for (;;) {} } finally { continue } }",
    ] {
        assert_eq!(error(body).await, ActionError::TooLong, "{body}");
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_memory_bomb_fails_its_own_run_only() {
    for body in [
        "const a = []; for (;;) a.push(new Array(1000).fill(1));",
        "let s = 'x'; for (;;) s += s;",
    ] {
        let budget = Budget {
            time: Duration::from_secs(20),
            ..Budget::default()
        };
        let outcome = try_run(body, json!({}), budget).await;
        assert!(
            matches!(outcome, Err(ActionError::Threw(_))),
            "{body}: {outcome:?}"
        );
    }
    assert_eq!(asked("").await.denied, None);
}

#[tokio::test]
async fn endless_recursion_is_an_error() {
    assert!(matches!(
        error("const f = () => f() + 1; f();").await,
        ActionError::Threw(_)
    ));
}

#[tokio::test]
async fn a_promise_that_nobody_settles_is_noticed() {
    assert_eq!(
        error("await new Promise(() => {});").await,
        ActionError::NeverEnds
    );
}

#[tokio::test]
async fn exceptions_carry_their_message() {
    assert_eq!(
        error("throw new Error('broken');").await,
        ActionError::Threw("broken".to_owned())
    );
    assert_eq!(
        error("throw 'text';").await,
        ActionError::Threw("text".to_owned())
    );
    assert_eq!(
        error("require('fs');").await,
        ActionError::Threw("Cannot find module 'fs'".to_owned())
    );
}

#[tokio::test]
async fn the_event_cannot_be_changed() {
    let asked =
        asked("event.user.user_id = 'x'; api.idToken.setCustomClaim('id', event.user.user_id);")
            .await;
    assert_eq!(asked.id_token_claims["id"], "auth0|1");
}

#[tokio::test]
async fn dates_follow_the_sandbox_clock() {
    let clock = SharedClock::default();
    clock.advance(chrono::TimeDelta::days(400));
    let now = clock.now().timestamp_millis();
    let source = "exports.onExecutePostLogin = async (event, api) => { \
        api.idToken.setCustomClaim('t', [Date.now(), +new Date(), +new Date(5), new Date() instanceof Date]); };";
    let host = host(clock);
    let asked =
        tokio::task::spawn_blocking(move || run(source, &json!({}), &host, Budget::default()))
            .await
            .unwrap()
            .unwrap();
    let times = asked.id_token_claims["t"].as_array().unwrap();
    assert!(
        times[..2]
            .iter()
            .all(|time| (now..now + 60_000).contains(&time.as_i64().unwrap()))
    );
    assert_eq!((&times[2], &times[3]), (&json!(5), &json!(true)));
}

#[tokio::test]
async fn the_cache_keeps_small_strings_for_a_while() {
    let asked = asked(
        "api.cache.set('k', 'v', {ttl: 60000}); const big = api.cache.set('b', 'x'.repeat(5000)); \
         api.idToken.setCustomClaim('found', [api.cache.get('k').value, big.type, api.cache.get('b') === undefined]);",
    )
    .await;
    assert_eq!(asked.id_token_claims["found"], json!(["v", "error", true]));
}

#[tokio::test]
async fn the_management_client_reaches_no_other_host() {
    let body = "const { ManagementClient } = require('auth0'); \
        const m = new ManagementClient({domain: 'http://127.0.0.1:1/', clientId: 'a', clientSecret: 'b'}); \
        await m.organizations.addMemberRoles({id: 'org_1', user_id: 'auth0|1'}, {roles: ['rol_1']});";
    let message = error(body).await.to_string();
    assert!(message.contains("is not this sandbox"), "{message}");
}
