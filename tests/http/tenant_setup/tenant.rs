//! A bare tenant, what the command says of it, and what is in it.

use std::collections::BTreeMap;
use std::path::PathBuf;

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
}

pub(super) struct Said {
    pub(super) code: i32,
    pub(super) lines: Vec<String>,
}

impl Said {
    pub(super) fn wrong(&self) -> Vec<&String> {
        let lines = self.lines.iter();
        lines.filter(|line| !line.starts_with("ok")).collect()
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

    /// What the file says by now.
    pub(super) fn written(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(&self.env_file).expect("the file is there");
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    pub(super) async fn auth0(&self, method: Method, path: &str, body: Option<Value>) -> Value {
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
    pub(super) async fn writes(&self) -> u64 {
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

impl Drop for Setup {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.env_file);
    }
}
