//! Actions as the issuer runs them: from a folder, in order, within limits that one of them cannot break for others.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use sandbox::{Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};

/// A sandbox whose bound Actions are the given handler bodies, in this order.
struct Trigger {
    sandbox: Running,
    http: Client,
    folder: Option<PathBuf>,
}

impl Trigger {
    async fn with(bodies: &[&str]) -> Self {
        let name = format!("sandbox-actions-{:x}", rand::random::<u64>());
        let folder = std::env::temp_dir().join(name);
        for (number, body) in bodies.iter().enumerate() {
            let action = folder.join(format!("{number}-action"));
            std::fs::create_dir_all(&action).unwrap();
            let handler =
                format!("exports.onExecutePostLogin = async (event, api) => {{ {body} }};");
            std::fs::write(action.join("action.js"), handler).unwrap();
        }
        Self::start(Some(folder)).await
    }

    async fn of_the_product() -> Self {
        Self::start(None).await
    }

    async fn start(folder: Option<PathBuf>) -> Self {
        let config = SandboxConfig {
            actions_dir: folder.clone(),
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

    /// Calls the Management API; no content is `null`.
    async fn management(&self, method: Method, path: &str, body: &Value) -> Value {
        let base = self.sandbox.base_url();
        let credentials = json!({
            "grant_type": "client_credentials", "audience": format!("{base}api/v2/"),
            "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
        });
        let token = self.post("oauth/token", &credentials).await;
        let call = self.http.request(method, format!("{base}api/v2/{path}"));
        let call = call.bearer_auth(token["access_token"].as_str().unwrap());
        let call = if body.is_null() {
            call
        } else {
            call.json(body)
        };
        let text = call
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

impl Drop for Trigger {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            std::fs::remove_dir_all(folder).unwrap();
        }
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
        try { await management.organizations.get({id: 'org_0123456789abcdef'}) } \
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

#[tokio::test]
async fn the_products_actions_start_a_trial_that_both_tokens_show() {
    let trigger = Trigger::of_the_product().await;
    let outcome = trigger.run().await;
    let subscription = outcome["id_token_claims"]["subscription"].as_str().unwrap();
    assert!(subscription.starts_with("trial;") && subscription.ends_with(";active"));
    assert_eq!(outcome["app_metadata"]["subscription"], subscription);
    assert_eq!(
        outcome["access_token_claims"]["https://tenantry.dev/subscription"],
        subscription
    );
}

#[tokio::test]
async fn the_products_actions_give_a_member_without_a_role_the_member_role() {
    let trigger = Trigger::of_the_product().await;
    let users = trigger
        .management(
            Method::GET,
            "users-by-email?email=ben@example.com",
            &json!(null),
        )
        .await;
    let user = users[0]["user_id"].as_str().unwrap();
    let organization = trigger
        .management(Method::POST, "organizations", &json!({"name": "acme"}))
        .await;
    let members = format!(
        "organizations/{}/members",
        organization["id"].as_str().unwrap()
    );
    trigger
        .management(Method::POST, &members, &json!({"members": [user]}))
        .await;
    let event = json!({
        "user": {"user_id": user}, "authorization": {"roles": []},
        "organization": {"id": organization["id"], "metadata": {"subscription": "team;2027-01-01T00:00:00.000Z;active"}},
    });
    let outcome = trigger.post("sandbox/actions/post-login", &event).await;
    assert_eq!(
        outcome["access_token_claims"]["https://tenantry.dev/roles"],
        json!([])
    );
    let roles = trigger
        .management(
            Method::GET,
            &format!("{members}/{user}/roles"),
            &json!(null),
        )
        .await;
    assert_eq!(roles[0]["name"], "org_member");
}
