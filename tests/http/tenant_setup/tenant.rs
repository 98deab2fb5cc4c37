//! A bare tenant, what the command says of it, and what is in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use rand::RngExt;
use reqwest::Method;
use sandbox::{Limits, Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tests::process;
use tokio::process::Command;
use uuid::Uuid;

/// A tenant with nothing of ours, and the file that the command writes.
pub(super) struct Setup {
    identity: String,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) env_file: PathBuf,
    /// Of the application that sets the tenant up.
    grant: String,
}

pub(super) struct Said {
    pub(super) code: i32,
    pub(super) lines: Vec<String>,
}

impl Said {
    pub(super) fn wrong(&self) -> Vec<&String> {
        let lines = self.lines.iter();
        let fine = |line: &&String| line.starts_with("ok") || line.starts_with("note");
        lines.filter(|line| !fine(line)).collect()
    }
}

pub(super) async fn bare(limits: Limits) -> (Running, Setup) {
    let config = SandboxConfig {
        limits,
        ..SandboxConfig::default()
    };
    let running = Sandbox::start(config).await.expect("the sandbox starts");
    let setup = Setup::of(running.base_url(), "https://api.example.com/").await;
    (running, setup)
}

impl Setup {
    pub(super) async fn of(identity: &str, public_url: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build();
        let reset = http
            .expect("a client")
            .post(format!("{identity}sandbox/reset?bare=true"));
        let reset = reset.send().await.expect("an answer");
        assert_eq!(reset.status(), 204);
        let application = json!({ "name": "Theirs who set it up", "app_type": "non_interactive", "grant_types": ["client_credentials"] });
        let application = auth0(identity, Method::POST, "clients", Some(application)).await;
        let id = application["client_id"].as_str().expect("an id");
        let grant = json!({
            "client_id": id, "audience": format!("{identity}api/v2/"), "scope": management::CONFIGURATION_SCOPES,
        });
        let grant = auth0(identity, Method::POST, "client-grants", Some(grant)).await;
        let set = [
            ("AUTH0_DOMAIN", identity),
            ("AUTH0_SETUP_CLIENT_ID", id),
            (
                "AUTH0_SETUP_CLIENT_SECRET",
                application["client_secret"].as_str().expect("a secret"),
            ),
            ("PUBLIC_URL", public_url),
            ("APP_LOGIN_URL", public_url),
        ];
        let variables = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let name = format!("tenantry-setup-{}.env", Uuid::new_v4().simple());
        Self {
            identity: identity.to_owned(),
            variables: BTreeMap::from(variables),
            env_file: std::env::temp_dir().join(name),
            grant: grant["id"].as_str().expect("an id").to_owned(),
        }
    }

    pub(super) fn command(&self, verb: &str, more: &[&str]) -> Command {
        let file = self.env_file.to_str().expect("a text");
        let arguments = [&["tenant", verb, "--env-file", file], more].concat();
        process::command(&arguments, &self.variables)
    }

    pub(super) async fn run(&self, verb: &str, more: &[&str]) -> Said {
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

    /// From now on the application that sets the tenant up has these scopes.
    pub(super) async fn may_only(&self, scopes: &[&str]) {
        let grant = format!("client-grants/{}", self.grant);
        self.auth0(Method::PATCH, &grant, Some(json!({ "scope": scopes })))
            .await;
    }

    /// Also for what nobody needs to have.
    pub(super) fn asks_for_more(&mut self) {
        let more = [
            ("BRAND_LOGO_URL", "https://cdn.example.com/logo.png"),
            ("BRAND_COLOR", "#0a5"),
            ("BRAND_BACKGROUND_COLOR", "#ffffff"),
            ("AUTH0_LOG_STREAM_URL", "https://logs.example.com/auth0"),
            ("AUTH0_LOG_STREAM_AUTHORIZATION", "Bearer s3cret"),
        ];
        let more = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.variables.extend(more);
    }

    /// Where that is in the Management API, and the change with the ids that it needs.
    pub(super) async fn place(&self, place: &str, change: &str) -> (String, Value) {
        let console = self.written()["AUTH0_CONSOLE_CLIENT_ID"].clone();
        let path = match place {
            "api" => {
                let id = self
                    .id("resource-servers", "identifier", "https://api.tenantry.dev")
                    .await;
                format!("resource-servers/{id}")
            }
            "console" => format!("clients/{console}"),
            "backend" => {
                let backend = &self.written()["AUTH0_MANAGEMENT_CLIENT_ID"];
                let id = self.id("client-grants", "client_id", backend).await;
                format!("client-grants/{id}")
            }
            "role" => format!("roles/{}", self.id("roles", "name", "org_member").await),
            "profile" => {
                let id = self.id("self-service-profiles", "name", "Tenantry").await;
                format!("self-service-profiles/{id}")
            }
            "action" => {
                let id = self.id("actions/actions", "name", "mfa-policy").await;
                format!("actions/actions/{id}")
            }
            "event-stream" => {
                let id = self.id("event-streams", "name", "Tenantry events").await;
                format!("event-streams/{id}")
            }
            "connection" => {
                let id = self
                    .id("connections", "name", "Username-Password-Authentication")
                    .await;
                format!("connections/{id}/clients")
            }
            "database" => {
                let database = "Username-Password-Authentication";
                format!(
                    "connections/{}",
                    self.id("connections", "name", database).await
                )
            }
            "log-stream" => format!(
                "log-streams/{}",
                self.id("log-streams", "name", "Tenantry log").await
            ),
            path => path.to_owned(),
        };
        let change = change.replace("CONSOLE", &console);
        (path, serde_json::from_str(&change).expect("it is JSON"))
    }

    async fn id(&self, path: &str, field: &str, value: &str) -> String {
        let all = self.auth0(Method::GET, path, None).await;
        let lists = [&all, &all["actions"], &all["eventStreams"]];
        let all = lists.into_iter().find_map(Value::as_array).expect("a list");
        let one = all.iter().find(|one| one[field] == value);
        one.and_then(|one| one["id"].as_str())
            .expect("it is there")
            .to_owned()
    }

    /// Whether it was: after one to three further writes, in the middle of the next. False when it ended before.
    pub(super) async fn is_killed_while_it_writes(&self, more: &[&str]) -> bool {
        let goal = self.writes().await + rand::rng().random_range(1..=3);
        let mut command = self.command("apply", more);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = command.spawn().expect("it starts");
        while running.try_wait().expect("it is our child").is_none() {
            if self.writes().await >= goal {
                running.kill().await.expect("it can be killed");
                return true;
            }
        }
        false
    }

    /// What the file says by now.
    pub(super) fn written(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(&self.env_file).expect("the file is there");
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    pub(super) async fn auth0(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        auth0(&self.identity, method, path, body).await
    }

    /// Calls that Auth0 answered, and those that it refused because of their rate, as long as there were few.
    pub(super) async fn answered_and_refused(&self) -> (usize, usize) {
        let requests = self.requests().await;
        let recent = requests["recent"].as_array().expect("a list").iter();
        let path = |call: &&Value| {
            call["path"]
                .as_str()
                .is_some_and(|path| path.starts_with("/api/v2/"))
        };
        let calls: Vec<_> = recent.filter(path).collect();
        let refused = calls.iter().filter(|call| call["status"] == 429).count();
        (calls.len() - refused, refused)
    }

    async fn requests(&self) -> Value {
        let requests = http().get(format!("{}sandbox/requests", self.identity));
        let requests = requests.send().await.expect("an answer");
        requests.json().await.expect("JSON")
    }

    /// Of the application that sets the tenant up, those that let it do something.
    pub(super) async fn used_scopes(&self) -> Vec<String> {
        let requests = self.requests().await;
        let used = &requests["scopes"][&self.variables["AUTH0_SETUP_CLIENT_ID"]];
        let used = used.as_array().expect("a list").iter();
        used.filter_map(|scope| scope.as_str().map(str::to_owned))
            .collect()
    }

    /// Calls other than reads that the tenant has had.
    pub(super) async fn writes(&self) -> u64 {
        let requests = self.requests().await;
        let counts = requests["counts"].as_object().expect("counts").iter();
        let writes =
            counts.filter(|(route, _)| route.contains("/api/v2/") && !route.starts_with("GET"));
        writes.filter_map(|(_, count)| count.as_u64()).sum()
    }

    pub(super) async fn names(&self, path: &str, list: &str) -> Vec<String> {
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

fn http() -> reqwest::Client {
    let http = reqwest::Client::builder().no_proxy().build();
    http.expect("a client")
}

/// A call of somebody who may do everything.
async fn auth0(identity: &str, method: Method, path: &str, body: Option<Value>) -> Value {
    let grant = json!({
        "grant_type": "client_credentials", "audience": format!("{identity}api/v2/"),
        "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
    });
    let token = http().post(format!("{identity}oauth/token")).json(&grant);
    let token = token.send().await.expect("an answer");
    let token: Value = token.json().await.expect("JSON");
    let token = token["access_token"].as_str().expect("a token");
    let call = http().request(method, format!("{identity}api/v2/{path}"));
    let call = call.bearer_auth(token);
    let call = match body {
        Some(body) => call.json(&body),
        None => call,
    };
    let answer = call.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

impl Drop for Setup {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.env_file);
    }
}
