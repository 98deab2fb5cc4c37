//! `serve` and `work` with ENVIRONMENT=production: told what `tenant apply` wrote, what README counts, and nothing else.

use std::collections::BTreeMap;
use std::process::Stdio;

use reqwest::Method;
use sandbox::{Limits, Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use store::DatabaseRole;
use store::testing::TestDatabase;
use tests::process::dev::Place;
use tests::{eventually, process};

type Variables = BTreeMap<String, String>;

/// What nobody but the operator knows, beside the two addresses that `apply` is told.
fn carried(database: &TestDatabase) -> Variables {
    let roles = [
        ("DATABASE_URL", DatabaseRole::Api),
        ("DATABASE_WORKER_URL", DatabaseRole::Worker),
        ("DATABASE_INBOX_URL", DatabaseRole::Inbox),
        ("DATABASE_PLATFORM_URL", DatabaseRole::Platform),
    ];
    let databases = roles.map(|(name, role)| (name, database.url(role).expose().to_owned()));
    let stripe = [
        ("STRIPE_SECRET_KEY", "sk_live_of_the_account".to_owned()),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_of_the_webhook".to_owned()),
    ];
    named(databases.into_iter().chain(stripe))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_apply_wrote_is_what_production_starts_with() {
    let place = Place::new();
    let sandbox = real_tenant(&place).await;
    let file = place.data.join(".env");
    let file = file.to_str().expect("a text");
    let mut variables = named([
        (
            "AUTH0_DOMAIN",
            sandbox.tls_base_url().expect("it has one").to_owned(),
        ),
        ("AUTH0_SETUP_CLIENT_ID", "tenantry-management".to_owned()),
        (
            "AUTH0_SETUP_CLIENT_SECRET",
            "tenantry-management-secret".to_owned(),
        ),
        ("PUBLIC_URL", "https://api.example.com/".to_owned()),
        ("APP_LOGIN_URL", "https://app.example.com/login".to_owned()),
        ("CLAIMS_NAMESPACE", "https://claims.example.com".to_owned()),
        (
            "BRAND_LOGO_URL",
            "https://cdn.example.com/logo.png".to_owned(),
        ),
    ]);
    variables.extend(trusts(&place));
    let apply = process::command(&["tenant", "apply", "--env-file", file], &variables);
    said(apply).await;

    let database = TestDatabase::create().await;
    let written = std::fs::read_to_string(file).expect("apply wrote it");
    let pairs = written.lines().filter_map(|line| line.split_once('='));
    let mut told = named(pairs.map(|(name, value)| (name, value.to_owned())));
    assert_eq!(told["ENVIRONMENT"], "production");
    told.extend(carried(&database));
    told.extend(trusts(&place));
    told.insert("LOG".into(), "off".into());
    let address = format!("127.0.0.1:{}", process::free_port());
    told.insert("BIND_ADDRESS".into(), address.clone());
    let _serve = process::spawn(&["serve"], &told);
    let _work = process::spawn(&["work"], &told);
    is_ready(&address).await;
    may_be_called_by_the_application(&address).await;
    lets_the_back_office_in(&address, &sandbox).await;
    reads_the_log(&sandbox).await;
}

/// Reached by https alone, with what somebody has who signed up with Auth0.
async fn real_tenant(place: &Place) -> Running {
    let config = SandboxConfig {
        tls_port: Some(0),
        data_dir: Some(place.data.clone()),
        bare: true,
        strict: true,
        limits: Limits::Off,
        ..SandboxConfig::default()
    };
    Sandbox::start(config).await.expect("the sandbox starts")
}

/// As an operator adds an authority of their own to the machine's.
fn trusts(place: &Place) -> Variables {
    let authority = place.data.join("sandbox/ca.pem");
    let authority = authority.to_str().expect("a text").to_owned();
    named([("SSL_CERT_FILE", authority)])
}

async fn is_ready(address: &str) {
    eventually("a process that is ready", async || {
        let ready = http().get(format!("http://{address}/readyz")).send().await;
        ready.ok().filter(|ready| ready.status() == 200)
    })
    .await;
}

async fn may_be_called_by_the_application(address: &str) {
    let asked = http()
        .request(Method::OPTIONS, format!("http://{address}/v1/me"))
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let answer = asked.send().await.expect("an answer");
    let allowed = answer.headers().get("access-control-allow-origin");
    assert_eq!(allowed.expect("it is allowed"), "https://app.example.com");
}

/// A program of the operator's, with the application that was made for it: keys, issuer and audience are right.
async fn lets_the_back_office_in(address: &str, sandbox: &Running) {
    let issuer = sandbox.tls_base_url().expect("it has one");
    let authority = sandbox.authority_pem().expect("it has one");
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).expect("a certificate");
    let https = reqwest::Client::builder().no_proxy();
    let https = https.tls_certs_only([authority]).build().expect("a client");
    let token = async |id: &str, secret: &str, audience: &str| {
        let grant = json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret, "audience": audience,
        });
        let asked = https.post(format!("{issuer}oauth/token")).json(&grant);
        let answer = asked.send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    };
    let management = format!("{issuer}api/v2/");
    let ours = "tenantry-management";
    let ours = token(ours, &format!("{ours}-secret"), &management).await;
    let asked = https.get(format!("{management}clients")).bearer_auth(ours);
    let clients: Value = asked
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let mut clients = clients.as_array().expect("a list").iter();
    let back_office = clients.find(|one| one["name"] == "Tenantry back office");
    let of = |field: &str| {
        back_office
            .and_then(|one| one[field].as_str())
            .expect("it is there")
    };
    let audience = "https://api.tenantry.dev";
    let theirs = token(of("client_id"), of("client_secret"), audience).await;
    let organizations = format!("http://{address}/v1/platform/organizations");
    let answer = http().get(organizations).bearer_auth(theirs).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
}

/// The worker has a token of its own client, and may do what it does first.
async fn reads_the_log(sandbox: &Running) {
    eventually("a worker that reads Auth0's log", async || {
        let requests = http().get(format!("{}sandbox/requests", sandbox.base_url()));
        let requests: Value = requests.send().await.ok()?.json().await.ok()?;
        let mut recent = requests["recent"].as_array()?.iter();
        recent.find(|one| one["path"] == "/api/v2/logs" && one["status"] == 200)?;
        Some(())
    })
    .await;
}

fn http() -> reqwest::Client {
    let http = reqwest::Client::builder().no_proxy().build();
    http.expect("a client")
}

async fn said(mut command: tokio::process::Command) {
    let output = command.stdout(Stdio::piped()).output().await;
    let output = output.expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{errors}");
}

fn named<'a>(set: impl IntoIterator<Item = (&'a str, String)>) -> Variables {
    let set = set.into_iter();
    set.map(|(name, value)| (name.to_owned(), value)).collect()
}
