//! Actions as the issuer runs them: from a folder, in order, within limits that one of them cannot break for others.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::Client;
use sandbox::{Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};

/// A sandbox whose bound Actions are the given handler bodies, in this order.
struct Trigger {
    sandbox: Running,
    http: Client,
    folder: PathBuf,
}

impl Trigger {
    async fn with(bodies: &[&str]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("sandbox-actions-{:x}", rand::random::<u64>()));
        for (number, body) in bodies.iter().enumerate() {
            let action = folder.join(format!("{number}-action"));
            std::fs::create_dir_all(&action).unwrap();
            let source =
                format!("exports.onExecutePostLogin = async (event, api) => {{ {body} }};");
            std::fs::write(action.join("action.js"), source).unwrap();
        }
        let config = SandboxConfig {
            actions_dir: Some(folder.clone()),
            ..SandboxConfig::default()
        };
        let sandbox = Sandbox::start(config).await.unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        Self {
            sandbox,
            http,
            folder,
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.sandbox.base_url());
        self.http
            .post(url)
            .json(body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn run(&self) -> Value {
        let event = json!({"user": {"user_id": "auth0|ada", "app_metadata": {}}, "stats": {"logins_count": 1}});
        self.post("sandbox/actions/post-login", &event).await
    }
}

impl Drop for Trigger {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

#[tokio::test]
async fn claims_and_metadata_of_all_actions_add_up() {
    let trigger = Trigger::with(&[
        "api.idToken.setCustomClaim('a', 1); api.user.setAppMetadata('trial', 'yes'); console.log('first', event.user);",
        "api.idToken.setCustomClaim('a', 2); api.accessToken.setCustomClaim('https://x/b', ['c']); \
         api.idToken.setCustomClaim('not_yet_there', event.user.app_metadata.trial === undefined);",
    ])
    .await;
    let outcome = trigger.run().await;
    assert_eq!(outcome["denied"], json!(null));
    assert_eq!(
        outcome["id_token_claims"],
        json!({"a": 2, "not_yet_there": true})
    );
    assert_eq!(
        outcome["access_token_claims"],
        json!({"https://x/b": ["c"]})
    );
    assert_eq!(outcome["app_metadata"], json!({"trial": "yes"}));
    assert!(
        outcome["logs"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("first {\"app_metadata\"")
    );
}

#[tokio::test]
async fn transaction_metadata_reaches_the_next_action() {
    let trigger = Trigger::with(&[
        "api.transaction.setMetadata('plan', 'team');",
        "api.idToken.setCustomClaim('plan', event.transaction.metadata.plan);",
    ])
    .await;
    assert_eq!(trigger.run().await["id_token_claims"]["plan"], "team");
}

#[tokio::test]
async fn nothing_runs_after_a_denial() {
    let trigger = Trigger::with(&[
        "api.access.deny('no seat left'); api.user.setAppMetadata('tried', true);",
        "api.user.setAppMetadata('reached', true);",
    ])
    .await;
    let outcome = trigger.run().await;
    assert_eq!(
        (&outcome["denied"], &outcome["app_metadata"]),
        (&json!("no seat left"), &json!({"tried": true}))
    );
}

#[tokio::test]
async fn an_exception_fails_the_login() {
    let trigger = Trigger::with(&[
        "api.idToken.setCustomClaim('a', 1);",
        "event.missing.member;",
    ])
    .await;
    let outcome = trigger.run().await;
    assert!(outcome["denied"].as_str().unwrap().contains("undefined"));
    assert_eq!(outcome["id_token_claims"], json!({}));
}

#[tokio::test]
async fn an_endless_loop_is_stopped_and_holds_up_nobody_else() {
    let trigger = Trigger::with(&["for (;;) {}"]).await;
    let start = Instant::now();
    let others = async {
        for _ in 0..20 {
            trigger.post("sandbox/actions/post-login", &json!([])).await;
        }
        start.elapsed()
    };
    let (outcome, others) = tokio::join!(trigger.run(), others);
    assert_eq!(outcome["denied"], "the Action took too long");
    assert!(start.elapsed() < Duration::from_secs(15));
    assert!(others < Duration::from_secs(4), "{others:?}");
}

#[tokio::test]
async fn a_memory_bomb_is_stopped_and_the_next_login_works() {
    let bomb = "if (event.stats.logins_count > 1) { const a = []; for (;;) a.push(new Array(1000).fill('x')); }";
    let trigger = Trigger::with(&[bomb]).await;
    let outcome = trigger
        .post(
            "sandbox/actions/post-login",
            &json!({"stats": {"logins_count": 2}}),
        )
        .await;
    assert!(outcome["denied"].is_string());
    assert_eq!(trigger.run().await["denied"], json!(null));
}

#[tokio::test]
async fn dates_and_secrets_come_from_the_sandbox() {
    let body = "api.idToken.setCustomClaim('now', Date.now()); api.idToken.setCustomClaim('days', event.secrets.TRIAL_DAYS); \
                api.idToken.setCustomClaim('role', event.secrets.MEMBER_ROLE_ID);";
    let trigger = Trigger::with(&[body]).await;
    trigger.sandbox.clock().advance(chrono::TimeDelta::days(30));
    let claims = trigger.run().await["id_token_claims"].clone();
    let difference =
        trigger.sandbox.clock().now().timestamp_millis() - claims["now"].as_i64().unwrap();
    assert!((0..60_000).contains(&difference), "{difference}");
    assert_eq!(claims["days"], "14");
    assert!(claims["role"].as_str().unwrap().starts_with("rol_"));
}

#[tokio::test]
async fn the_auth0_package_reaches_the_sandboxs_own_management_api() {
    let body = "const { ManagementClient } = require('auth0'); \
        const { DOMAIN, CLIENT_ID, CLIENT_SECRET } = event.secrets; \
        const management = new ManagementClient({domain: DOMAIN, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET}); \
        const { data } = await management.roles.getAll(); \
        api.idToken.setCustomClaim('roles', data.map((role) => role.name).sort()); \
        try { await management.organizations.addMemberRoles({id: 'org_none', user_id: 'auth0|ada'}, {roles: ['rol_1']}) } \
        catch (error) { api.idToken.setCustomClaim('status', error.statusCode) }";
    let trigger = Trigger::with(&[body]).await;
    let outcome = trigger.run().await;
    assert_eq!(outcome["denied"], json!(null));
    let roles = outcome["id_token_claims"]["roles"].clone();
    assert_eq!(
        roles,
        json!(["org_admin", "org_billing", "org_member", "org_readonly"])
    );
    assert_eq!(outcome["id_token_claims"]["status"], 404);
}
