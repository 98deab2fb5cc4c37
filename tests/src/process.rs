//! The real binary as a process of its own, to be killed.

pub mod dev;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command as StdCommand;
use std::sync::OnceLock;

use serde_json::Value;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::{Answer, TestApp};

/// A second API over the same database and the same sandbox, as a process of its own.
pub struct Served {
    /// Without a slash at the end.
    pub url: String,
    pub process: Child,
    http: reqwest::Client,
}

impl TestApp {
    /// `tenantry serve`; whether it is ready yet is the test's business.
    pub fn serve(&self) -> Served {
        let address = format!("127.0.0.1:{}", free_port());
        let mut variables = self.variables.clone();
        variables.insert("BIND_ADDRESS".into(), address.clone());
        variables.insert("LOG".into(), "off".into());
        Served {
            url: format!("http://{address}"),
            process: spawn(&["serve"], &variables),
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client can be built"),
        }
    }
}

impl Served {
    /// None as long as it does not listen.
    pub async fn get(&self, path: &str, token: &str) -> Option<Answer> {
        let request = self.http.get(format!("{}{path}", self.url));
        let response = request.bearer_auth(token).send().await.ok()?;
        Some(Answer::read(response).await)
    }

    /// With a key of its own.
    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url));
        let request = request.header("idempotency-key", Uuid::new_v4().to_string());
        let response = request.bearer_auth(token).json(body).send().await;
        Answer::read(response.expect("an answer")).await
    }

    /// The status that an event of Stripe's is answered with; sent again as long as there is no answer, as Stripe does.
    pub async fn stripe_webhook(&self, body: &str, signature: &str) -> u16 {
        crate::eventually("an answer to a webhook", || self.deliver(body, signature)).await
    }

    async fn deliver(&self, body: &str, signature: &str) -> Option<u16> {
        let request = self.http.post(format!("{}/webhooks/stripe", self.url));
        let request = request.header("stripe-signature", signature);
        let request = request.header("content-type", "application/json");
        let response = request.body(body.to_owned()).send().await.ok()?;
        Some(response.status().as_u16())
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// `tenantry`, built if it is not fresh. The binary belongs to another package, so cargo does not build it for us.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = StdCommand::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                // Beside this very test, so that no dependency has other features and is built once more.
                "--workspace",
                "--test",
                "http",
                "--bin",
                "tenantry",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the binary builds");
        let test = std::env::current_exe().expect("this test is a file");
        let profile = test
            .ancestors()
            .nth(2)
            .expect("it lies in target/PROFILE/deps");
        profile.join("tenantry")
    })
}

/// A running `tenantry`, killed when it is dropped.
pub fn spawn(arguments: &[&str], variables: &BTreeMap<String, String>) -> Child {
    let mut command = command(arguments, variables);
    command.spawn().expect("the binary starts")
}

/// `tenantry` with these variables and no others.
pub fn command(arguments: &[&str], variables: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .env_clear()
        .envs(variables)
        .kill_on_drop(true);
    command
}

/// How much memory a process takes at its peak, over what it has when the watch begins (proc_pid_status(5)).
pub struct Memory {
    process: u32,
    /// Bytes.
    before: u64,
}

impl Memory {
    pub fn watch(child: &Child) -> Self {
        let process = child.id().expect("it still runs");
        // 5 forgets the peak so far (proc_pid_clear_refs(5)).
        fs::write(format!("/proc/{process}/clear_refs"), "5").expect("it is our child");
        Self {
            process,
            before: memory(process, "VmRSS:"),
        }
    }

    /// Bytes.
    pub fn grown(&self) -> u64 {
        memory(self.process, "VmHWM:").saturating_sub(self.before)
    }
}

fn memory(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it still runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.expect("the kernel tells") * 1024
}

/// Sends a signal by its name, such as `STOP`.
pub fn signal(child: &Child, name: &str) {
    let id = child.id().expect("it still runs").to_string();
    let sent = StdCommand::new("kill")
        .args([format!("-{name}"), id])
        .status()
        .expect("kill runs");
    assert!(sent.success(), "the signal arrives");
}
