//! A process that is set up wrongly does not start: one line names the variable and never its value.

use std::collections::BTreeMap;
use std::process::Output;

use sqlx::Executor;
use tests::process::dev::Place;
use tests::{TestApp, eventually, process};

/// sysexits.h
const EX_CONFIG: Option<i32> = Some(78);

/// In every malformed value, and in no message.
const CANARY: &str = "canary";

const REQUIRED: [&str; 9] = [
    "PUBLIC_URL",
    "APP_LOGIN_URL",
    "DATABASE_URL",
    "DATABASE_INBOX_URL",
    "AUTH0_DOMAIN",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "CURSOR_KEY",
    "SECRETS_KEY",
];

const MALFORMED: [(&str, &str); 17] = [
    ("ENVIRONMENT", "Canary canary"),
    ("BIND_ADDRESS", "canary"),
    ("PUBLIC_URL", "http://canary.example.com/"),
    ("PUBLIC_URL", "https://user:canary@api.example.com/"),
    ("APP_LOGIN_URL", "ftp://canary"),
    ("CORS_ALLOWED_ORIGINS", "https://canary.example.com/path"),
    ("DATABASE_URL", "mysql://canary:canary@127.0.0.1/canary"),
    ("DATABASE_INBOX_URL", "canary"),
    ("AUTH0_DOMAIN", "canary.eu.auth0.com"),
    ("AUTH0_ISSUERS", "https://canary"),
    ("AUTH0_TOKEN_PROFILE", "canary"),
    ("STRIPE_SECRET_KEY", "canary"),
    ("CLAIMS_NAMESPACE", "canary"),
    ("TRIAL_DAYS", "canary"),
    ("CURSOR_KEY", "canary"),
    ("SECRETS_KEY", "canary"),
    ("LOG_FORMAT", "canary"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_variable_is_named() {
    let app = TestApp::start().await;
    for missing in REQUIRED {
        for empty in [None, Some(String::new())] {
            let mut variables = app.variables.clone();
            variables.remove(missing);
            variables.extend(empty.map(|empty| (missing.to_owned(), empty)));
            let said = refused(&serve(&variables).await);
            assert_eq!(said, format!("tenantry: {missing} is not set"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_variable_is_named_and_its_value_is_not_told() {
    let app = TestApp::start().await;
    for (malformed, value) in MALFORMED {
        let mut variables = app.variables.clone();
        variables.insert(malformed.to_owned(), value.to_owned());
        let said = refused(&serve(&variables).await);
        assert!(
            said.starts_with(&format!("tenantry: {malformed} ")),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_takes_nothing_from_a_laptop() {
    let app = TestApp::start().await;
    let mut variables = app.variables.clone();
    variables.insert("ENVIRONMENT".into(), "production".into());
    let said = refused(&serve(&variables).await);
    assert!(said.contains("https:// in production"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_named() {
    let app = TestApp::start().await;
    let address = app.url.replace("http://localhost", "127.0.0.1");
    let mut variables = app.variables.clone();
    variables.insert("BIND_ADDRESS".into(), address.clone());
    let started = serve(&variables).await;
    let said = errors(&started);
    assert_eq!((started.status.code(), said.lines().count()), (Some(1), 1));
    assert!(
        said.starts_with(&format!("tenantry: cannot listen on {address}: ")),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_no_policy_holds_back_is_refused() {
    let app = TestApp::start().await;
    let superuser = app.database.admin_url();
    let worker = app.variables["DATABASE_WORKER_URL"].clone();
    for url in [superuser.expose(), &worker] {
        let mut variables = app.variables.clone();
        variables.insert("DATABASE_URL".into(), url.to_owned());
        let started = serve(&variables).await;
        let said = errors(&started);
        assert_ne!(started.status.code(), Some(0));
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("the database cannot be used"), "{said}");
        assert!(!said.contains(password(url)), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_lets_nobody_in_is_named() {
    let app = TestApp::start().await;
    for variable in [
        "DATABASE_URL",
        "DATABASE_INBOX_URL",
        "DATABASE_PLATFORM_URL",
    ] {
        let mut variables = app.variables.clone();
        let url = variables[variable].clone();
        variables.insert(variable.into(), url.replace(password(&url), CANARY));
        let said = errors(&serve(&variables).await);
        let line = format!("tenantry: {variable}: the database cannot be used: ");
        assert!(said.starts_with(&line), "{said}");
        let reason = "password authentication failed for user";
        assert_eq!(
            (said.lines().count(), said.matches(reason).count()),
            (1, 1),
            "{said}"
        );
        assert!(!said.contains(CANARY), "{said}");
    }
    // What is not set comes first, also where nothing can be reached.
    let mut variables = app.variables.clone();
    variables.insert(
        "DATABASE_URL".into(),
        "postgres://tenantry_api@127.0.0.1:1/app".into(),
    );
    variables.remove("DATABASE_INBOX_URL");
    let said = refused(&serve(&variables).await);
    assert_eq!(said, "tenantry: DATABASE_INBOX_URL is not set");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_hears_nothing_of_auth0_says_so() {
    let app = TestApp::start().await;
    let mut variables = app.variables.clone();
    let url = variables["DATABASE_URL"].clone();
    variables.insert("DATABASE_URL".into(), url.replace(password(&url), CANARY));
    variables.insert("LOG".into(), "warn".into());
    variables.insert("AUTH0_EVENTS_PULL".into(), "false".into());
    let warning = "AUTH0_EVENTS_TOKENS is not set and AUTH0_EVENTS_PULL is not true";
    for (is_set, times) in [(true, 0), (false, 1)] {
        if !is_set {
            variables.remove("AUTH0_EVENTS_TOKENS");
        }
        let said = errors(&serve(&variables).await);
        assert_eq!(said.matches(warning).count(), times, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_lost_a_policy_is_not_served_from() {
    let app = TestApp::start().await;
    let mut admin = app.database.admin().await;
    let harm = "alter table app.projects no force row level security";
    admin.execute(harm).await.expect("the administrator may");
    let started = serve(&app.variables).await;
    let said = errors(&started);
    assert_ne!(started.status.code(), Some(0));
    assert!(said.contains("app.projects"), "{said}");
}

/// The variables of `serve` that hold secrets.
const SECRETS: [&str; 8] = [
    "DATABASE_URL",
    "DATABASE_INBOX_URL",
    "DATABASE_PLATFORM_URL",
    "AUTH0_EVENTS_TOKENS",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "CURSOR_KEY",
    "SECRETS_KEY",
];

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_files_are_read_and_their_mistakes_named() {
    let mut app = TestApp::start().await;
    let folder = Place::new();
    std::fs::create_dir_all(&folder.data).expect("a folder");
    for name in SECRETS {
        let file = folder.data.join(name);
        std::fs::write(&file, format!("{}\n", app.variables[name])).expect("a file");
        let file = file.to_str().expect("text").to_owned();
        let in_file = format!("{name}_FILE");
        app.variables.insert(in_file.clone(), file);
        let twice = refused(&serve(&app.variables).await);
        assert_eq!(
            twice,
            format!("tenantry: {name} and {in_file} are both set")
        );
        app.variables.remove(name);

        let mut unreadable = app.variables.clone();
        unreadable.insert(in_file.clone(), "/nowhere/canary".into());
        let said = refused(&serve(&unreadable).await);
        let expected =
            format!("tenantry: {name} cannot be read from the file that {in_file} names: ");
        assert!(said.starts_with(&expected), "{said}");
    }
    let served = app.serve();
    eventually(
        "a process that is ready with secrets from files",
        || async {
            let ready = served.get("/readyz", "").await?;
            ready.status.is_success().then_some(())
        },
    )
    .await;
}

/// `tenantry serve` until it gives up.
async fn serve(variables: &BTreeMap<String, String>) -> Output {
    let mut variables = variables.clone();
    variables
        .entry("LOG".into())
        .or_insert_with(|| "off".into());
    let any_port = || "127.0.0.1:0".to_owned();
    variables
        .entry("BIND_ADDRESS".into())
        .or_insert_with(any_port);
    let mut command = process::command(&["serve"], &variables);
    command.output().await.expect("the binary starts")
}

/// The one line of a configuration that was refused.
#[track_caller]
fn refused(started: &Output) -> String {
    let said = errors(started);
    assert_eq!(
        (started.status.code(), said.lines().count()),
        (EX_CONFIG, 1),
        "{said}"
    );
    assert!(!said.to_lowercase().contains(CANARY), "{said}");
    said.trim_end().to_owned()
}

fn errors(started: &Output) -> String {
    String::from_utf8_lossy(&started.stderr).into_owned()
}

fn password(url: &str) -> &str {
    let credentials = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'));
    credentials
        .and_then(|(credentials, _)| credentials.split_once(':'))
        .map_or("no password in the URL", |(_, password)| password)
}
