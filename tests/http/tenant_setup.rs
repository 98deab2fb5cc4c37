//! `tenantry tenant`, by the real binary, on a tenant as somebody gets it who signs up with Auth0.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rand::RngExt;
use reqwest::Method;
use sandbox::{Limits, Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tests::{Options, TestApp, process};
use tokio::process::Command;
use uuid::Uuid;

const KILLS: usize = 20;

/// A tenant with nothing of ours, and the file that the command writes.
struct Setup {
    identity: String,
    variables: BTreeMap<String, String>,
    env_file: PathBuf,
}

struct Said {
    code: i32,
    lines: Vec<String>,
}

impl Said {
    fn wrong(&self) -> Vec<&String> {
        let lines = self.lines.iter();
        lines.filter(|line| !line.starts_with("ok")).collect()
    }
}

async fn bare(limits: Limits) -> (Running, Setup) {
    let config = SandboxConfig {
        limits,
        ..SandboxConfig::default()
    };
    let running = Sandbox::start(config).await.expect("the sandbox starts");
    let setup = Setup::of(running.base_url(), "https://api.example.com/").await;
    (running, setup)
}

impl Setup {
    async fn of(identity: &str, public_url: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        let reset = http
            .expect("a client")
            .post(format!("{identity}sandbox/reset?bare=true"));
        let reset = reset.send().await.expect("an answer");
        assert_eq!(reset.status(), 204);
        let set = [
            ("AUTH0_DOMAIN", identity),
            ("AUTH0_SETUP_CLIENT_ID", "tenantry-management"),
            ("AUTH0_SETUP_CLIENT_SECRET", "tenantry-management-secret"),
            ("PUBLIC_URL", public_url),
            ("APP_LOGIN_URL", public_url),
        ];
        let variables = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let name = format!("tenantry-setup-{}.env", Uuid::new_v4().simple());
        Self {
            identity: identity.to_owned(),
            variables: BTreeMap::from(variables),
            env_file: std::env::temp_dir().join(name),
        }
    }

    fn command(&self, verb: &str, more: &[&str]) -> Command {
        let file = self.env_file.to_str().expect("a text");
        let arguments = [&["tenant", verb, "--env-file", file], more].concat();
        process::command(&arguments, &self.variables)
    }

    async fn run(&self, verb: &str, more: &[&str]) -> Said {
        let output = self.command(verb, more).output().await.expect("it runs");
        let text = String::from_utf8(output.stdout).expect("it prints text");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!text.contains("secret\""), "{text}");
        Said {
            code: output.status.code().expect("it ends by itself"),
            lines: text
                .lines()
                .chain(errors.lines())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// What the file says by now.
    fn written(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(&self.env_file).expect("the file is there");
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    async fn auth0(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let grant = json!({
            "grant_type": "client_credentials", "audience": format!("{}api/v2/", self.identity),
            "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
        });
        let token = http
            .post(format!("{}oauth/token", self.identity))
            .json(&grant);
        let token: Value = token
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        let token = token["access_token"].as_str().expect("a token");
        let call = http.request(method, format!("{}api/v2/{path}", self.identity));
        let call = call.bearer_auth(token);
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        let answer = call.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    /// Calls other than reads that the tenant has had.
    async fn writes(&self) -> u64 {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let requests = http.get(format!("{}sandbox/requests", self.identity));
        let requests: Value = requests
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        let counts = requests["counts"].as_object().expect("counts").iter();
        let writes =
            counts.filter(|(route, _)| route.contains("/api/v2/") && !route.starts_with("GET"));
        writes.filter_map(|(_, count)| count.as_u64()).sum()
    }

    async fn names(&self, path: &str, list: &str) -> Vec<String> {
        let answer = self.auth0(Method::GET, path, None).await;
        let found = answer
            .get(list)
            .unwrap_or(&answer)
            .as_array()
            .expect("a list")
            .clone();
        let names = found
            .iter()
            .map(|one| one["name"].as_str().unwrap_or_default().to_owned());
        names.collect()
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.env_file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_tenant_is_set_up_once() {
    let (_running, setup) = bare(Limits::Off).await;
    let plan = setup.run("plan", &[]).await;
    assert_eq!(plan.code, 2, "{:#?}", plan.lines);
    assert_eq!(setup.writes().await, 0, "a plan changes nothing");
    assert!(!setup.env_file.exists());
    assert_eq!(setup.run("check", &[]).await.code, 1);
    let applied = setup.run("apply", &[]).await;
    assert_eq!(applied.code, 0, "{:#?}", applied.lines);
    let writes = setup.writes().await;
    let file = std::fs::read_to_string(&setup.env_file).expect("it is written");
    for verb in ["apply", "plan", "check"] {
        let said = setup.run(verb, &[]).await;
        assert_eq!((said.code, said.wrong()), (0, Vec::new()), "{verb}");
    }
    assert_eq!(setup.writes().await, writes, "nothing is written twice");
    let mode = std::fs::metadata(&setup.env_file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        std::fs::read_to_string(&setup.env_file).expect("a file"),
        file
    );
    let secret = &setup.written()["AUTH0_MANAGEMENT_CLIENT_SECRET"];
    for said in [
        plan,
        applied,
        setup.run("plan", &["--json", "--renew-secrets"]).await,
    ] {
        assert!(!said.lines.iter().any(|line| line.contains(secret.as_str())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_have_in_the_tenant_stays() {
    let (_running, setup) = bare(Limits::Off).await;
    let theirs = json!({ "name": "Tenantry", "app_type": "spa", "callbacks": ["https://theirs.example/cb"] });
    let ours = setup.auth0(Method::POST, "clients", Some(theirs)).await;
    setup
        .auth0(Method::POST, "clients", Some(json!({ "name": "Payroll" })))
        .await;
    setup
        .auth0(Method::POST, "roles", Some(json!({ "name": "auditor" })))
        .await;
    let action = json!({
        "name": "their-action", "code": "exports.onExecutePostLogin = async () => {};", "deploy": true,
        "supported_triggers": [{ "id": "post-login", "version": "v3" }],
    });
    let action = setup
        .auth0(Method::POST, "actions/actions", Some(action))
        .await;
    let binding =
        json!({ "bindings": [{ "ref": { "type": "action_id", "value": action["id"] } }] });
    setup
        .auth0(
            Method::PATCH,
            "actions/triggers/post-login/bindings",
            Some(binding),
        )
        .await;
    let applied = setup.run("apply", &[]).await;
    assert_eq!(applied.code, 0, "{:#?}", applied.lines);

    let adopted = format!("clients/{}", ours["client_id"].as_str().expect("an id"));
    let adopted = setup.auth0(Method::GET, &adopted, None).await;
    assert_eq!(adopted["callbacks"][0], "https://theirs.example/cb");
    assert_eq!(
        setup.written()["AUTH0_CONSOLE_CLIENT_ID"],
        ours["client_id"].as_str().expect("an id")
    );
    assert!(
        setup
            .names("clients", "clients")
            .await
            .contains(&"Payroll".to_owned())
    );
    assert!(
        setup
            .names("roles", "roles")
            .await
            .contains(&"auditor".to_owned())
    );
    let bound = setup
        .auth0(Method::GET, "actions/triggers/post-login/bindings", None)
        .await;
    let bound = bound["bindings"].as_array().expect("bindings").iter();
    let bound: Vec<&str> = bound
        .filter_map(|one| one["display_name"].as_str())
        .collect();
    assert_eq!(bound[0], "their-action");
    assert_eq!(
        bound[1..],
        [
            "manage-subscription",
            "default-member-role",
            "organization-claims",
            "mfa-policy",
            "sso-policy",
            "login-proof"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_is_seen_and_put_right() {
    let (_running, setup) = bare(Limits::Off).await;
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    let apis = setup.auth0(Method::GET, "resource-servers", None).await;
    let apis = apis.as_array().expect("a list");
    let api = apis
        .iter()
        .find(|api| api["identifier"] == "https://api.tenantry.dev")
        .expect("ours");
    let path = format!("resource-servers/{}", api["id"].as_str().expect("an id"));
    setup
        .auth0(
            Method::PATCH,
            &path,
            Some(json!({ "token_lifetime": 86_400 })),
        )
        .await;
    let said = setup.run("check", &[]).await;
    let line = "          token_lifetime: 86400 -> 600".to_owned();
    assert_eq!(
        (said.code, said.lines.contains(&line)),
        (1, true),
        "{:#?}",
        said.lines
    );
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    assert_eq!(
        setup.auth0(Method::GET, &path, None).await["token_lifetime"],
        600
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times_it_ends_the_same() {
    let (_running, setup) = bare(Limits::Off).await;
    process::binary();
    for _ in 0..KILLS {
        let mut command = setup.command("apply", &[]);
        let mut running = command.stdout(Stdio::null()).spawn().expect("it starts");
        let alive = Duration::from_millis(rand::rng().random_range(0..600));
        tokio::time::sleep(alive).await;
        running.kill().await.expect("it can be killed");
    }
    let applied = setup.run("apply", &[]).await;
    assert_eq!(applied.code, 0, "{:#?}", applied.lines);
    assert_eq!(setup.run("check", &[]).await.code, 0);
    for (path, list) in [
        ("clients", "clients"),
        ("roles", "roles"),
        ("actions/actions", "actions"),
        ("event-streams", "eventStreams"),
    ] {
        let names = setup.names(path, list).await;
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), different.len(), "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_a_second_are_enough() {
    let (_running, setup) = bare(Limits::Free).await;
    let applied = setup.run("apply", &[]).await;
    assert_eq!(
        (applied.code, applied.wrong().is_empty()),
        (0, false),
        "{:#?}",
        applied.lines
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_credential_or_variable_is_named() {
    let (_running, mut setup) = bare(Limits::Off).await;
    setup
        .variables
        .insert("AUTH0_SETUP_CLIENT_SECRET".into(), "wrong".into());
    let said = setup.run("plan", &[]).await;
    assert_eq!(said.code, 1);
    assert!(
        said.lines[0].contains("does not accept this application's credentials"),
        "{:?}",
        said.lines
    );
    setup.variables.remove("PUBLIC_URL");
    let said = setup.run("plan", &[]).await;
    assert_eq!(
        (said.code, said.lines),
        (78, vec!["tenantry: PUBLIC_URL is not set".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_product_runs_on_what_was_set_up() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let setup = Setup::of(app.sandbox.base_url(), &format!("{}/", app.url)).await;
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    let written = setup.written();
    let known: Vec<(&str, &str)> = written
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let app = app.restart_with(&known).await;
    // The whole journey, with the machine application's own few scopes and the deployed Actions.
    let team = app.organization().await;
    let login = app
        .log_in(&team.admin, Some(&team.id))
        .await
        .expect("they are a member");
    assert_eq!(
        login.access["https://tenantry.dev/roles"],
        json!(["org_admin"])
    );
    let members = format!("/v1/orgs/{}/members", team.id);
    let members = app.get(&members, Some(&login.token)).await;
    assert_eq!(
        members.assert_status(200).json()["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}
