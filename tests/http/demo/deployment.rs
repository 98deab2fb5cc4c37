//! The product as it runs in production: `serve` and `work`, each a process, told by variables alone, on a tenant that
//! `tenant apply` set up. A `tenantry sandbox` is all that stands in for something.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use store::DatabaseRole;
use store::testing::TestDatabase;
use tests::{eventually, process};
use tokio::process::Child;
use uuid::Uuid;

type Variables = BTreeMap<String, String>;

pub(super) struct Deployment {
    /// What both processes were told, and nothing else.
    pub(super) variables: Variables,
    folder: PathBuf,
    _processes: [Child; 3],
    _database: TestDatabase,
}

impl Deployment {
    pub(super) async fn start() -> Self {
        let name = format!("tenantry-deployment-{}", Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(name);
        let database = TestDatabase::create().await;
        let data = folder.to_str().expect("a text").to_owned();
        let arguments = ["sandbox", "--port", "0", "--tls-port", "0", "--data", &data];
        let sandbox = quiet(&arguments, &Variables::new());
        let file = folder.join("sandbox/product.env");
        let mut variables = eventually("a sandbox", async || read(&file)).await;
        let port = process::free_port();
        variables.extend(named([
            ("PUBLIC_URL", format!("http://localhost:{port}/")),
            ("APP_LOGIN_URL", format!("http://localhost:{port}/")),
            (
                "AUTH0_ORGANIZATION_CONNECTIONS",
                "Username-Password-Authentication,google-oauth2".to_owned(),
            ),
            ("CLAIMS_NAMESPACE", "https://claims.example".to_owned()),
            ("BRAND_COLOR", "#0055aa".to_owned()),
        ]));
        let written = folder.join(".env");
        let file = written.to_str().expect("a text");
        run(&["tenant", "apply", "--env-file", file], &variables).await;
        let told = run(&["billing", "apply"], &variables).await;
        let secret = told
            .lines()
            .find_map(|line| line.split_once("STRIPE_WEBHOOK_SECRETS: "))
            .expect("the secret of the webhook that was made");
        variables.retain(|name, _| !name.starts_with("AUTH0_SETUP_"));
        variables.extend(read(&written).expect("apply wrote it"));
        variables.extend(named([
            ("BIND_ADDRESS", format!("127.0.0.1:{port}")),
            ("STRIPE_WEBHOOK_SECRETS", secret.1.to_owned()),
            ("ENVIRONMENT", "staging".to_owned()),
            ("LOG", "off".to_owned()),
        ]));
        variables.extend(named(databases(&database)));
        let clock = folder.join("sandbox/clock");
        let clock = clock.to_str().expect("a text");
        let serve = quiet(&["serve", "--clock", clock], &variables);
        let work = quiet(&["work", "--clock", clock], &variables);
        is_ready(&variables["PUBLIC_URL"]).await;
        Self {
            variables,
            folder,
            _processes: [serve, work, sandbox],
            _database: database,
        }
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        // Best effort: it lies in the system's temporary directory.
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn databases(database: &TestDatabase) -> [(&'static str, String); 4] {
    let roles = [
        ("DATABASE_URL", DatabaseRole::Api),
        ("DATABASE_WORKER_URL", DatabaseRole::Worker),
        ("DATABASE_INBOX_URL", DatabaseRole::Inbox),
        ("DATABASE_PLATFORM_URL", DatabaseRole::Platform),
    ];
    roles.map(|(name, role)| (name, database.url(role).expose().to_owned()))
}

fn named<const N: usize>(set: [(&str, String); N]) -> Variables {
    set.map(|(name, value)| (name.to_owned(), value)).into()
}

/// None as long as there is no such file.
fn read(file: &PathBuf) -> Option<Variables> {
    let text = fs::read_to_string(file).ok()?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Some(
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

fn quiet(arguments: &[&str], variables: &Variables) -> Child {
    let mut command = process::command(arguments, variables);
    let spawned = command.stdout(Stdio::null()).spawn();
    spawned.expect("the binary starts")
}

async fn run(arguments: &[&str], variables: &Variables) -> String {
    let output = process::command(arguments, variables).output().await;
    let output = output.expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

async fn is_ready(api: &str) {
    let http = reqwest::Client::builder().no_proxy().build();
    let http = http.expect("a client");
    eventually("a ready product", || async {
        let ready = http.get(format!("{api}readyz")).send().await.ok()?;
        ready.status().is_success().then_some(())
    })
    .await;
}
