mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::*;
use crate::auth::TokenProfile;

/// Everything that has no default, as in production.
const REQUIRED: [(&str, &str); 8] = [
    ("PUBLIC_URL", "https://api.example.com/"),
    ("APP_LOGIN_URL", "https://app.example.com/login"),
    ("AUTH0_DOMAIN", "https://tenant.eu.auth0.com/"),
    ("STRIPE_SECRET_KEY", "sk_live_canary"),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_canary1,whsec_canary2"),
    ("CURSOR_KEY", "canary-canary-canary-canary-canary"),
    ("SECRETS_KEY", "canary-canary-canary-canary-canary"),
    ("ENVIRONMENT", "production"),
];

fn read(changes: &[(&'static str, &str)]) -> Result<Config, ConfigError> {
    let mut variables = BTreeMap::from(REQUIRED);
    variables.extend(changes.iter().copied());
    Config::from_env(&|name| variables.get(name).map(|value| (*value).to_owned()))
}

fn refused_for(variable: &'static str, value: &str) -> bool {
    read(&[(variable, value)]).is_err_and(|error| error.variable == variable)
}

#[test]
fn the_rest_has_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.http.bind_address.to_string(), "127.0.0.1:4000");
    assert_eq!(
        config.auth0.issuers[0].as_ref(),
        "https://tenant.eu.auth0.com/"
    );
    assert_eq!(config.auth0.token_profile, TokenProfile::Rfc9068);
    assert_eq!(config.auth0.audience, "https://api.tenantry.dev");
    assert_eq!((config.trial_days, config.stripe.livemode), (14, true));
    let secrets = config
        .stripe
        .webhook_secrets
        .iter()
        .map(ExposeSecret::expose_secret);
    assert_eq!(
        secrets.collect::<Vec<_>>(),
        ["whsec_canary1", "whsec_canary2"]
    );
}

#[test]
fn a_missing_or_empty_variable_is_named() {
    for (variable, _) in REQUIRED
        .into_iter()
        .filter(|(variable, _)| *variable != "ENVIRONMENT")
    {
        assert!(refused_for(variable, ""), "{variable}");
    }
    let error = Config::from_env(&|_| None).unwrap_err();
    assert_eq!(error.to_string(), "PUBLIC_URL is not set");
}

#[test]
fn a_malformed_variable_is_named_and_its_value_is_not() {
    let malformed = [
        ("ENVIRONMENT", "Canary!"),
        ("BIND_ADDRESS", "canary"),
        ("PUBLIC_URL", "canary"),
        ("PUBLIC_URL", "https://canary/x"),
        ("PUBLIC_URL", "https://user:canary@api.example.com/"),
        ("APP_LOGIN_URL", "ftp://canary"),
        ("CORS_ALLOWED_ORIGINS", "https://canary/"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "null"),
        ("DATABASE_URL", "mysql://canary"),
        ("DATABASE_WORKER_URL", "canary"),
        ("DATABASE_POOLER", "canary"),
        ("DATABASE_MAX_CONNECTIONS", "0"),
        ("AUTH0_DOMAIN", "canary.eu.auth0.com"),
        ("AUTH0_ISSUERS", "https://canary"),
        ("AUTH0_TOKEN_PROFILE", "canary"),
        (
            "AUTH0_ORGANIZATION_CONNECTIONS",
            "a,b,c,d,e,f,g,h,i,j,canary",
        ),
        ("STRIPE_SECRET_KEY", "canary"),
        ("STRIPE_API_URL", "https://canary/v1"),
        ("CLAIMS_NAMESPACE", "canary"),
        ("SHUTDOWN_DRAIN_SECONDS", "301"),
        ("TRIAL_DAYS", "366"),
        ("TRIAL_DAYS", "canary"),
        ("CURSOR_KEY", "canary"),
        ("SECRETS_KEY", "canary"),
        ("IDENTITY_PROVIDER_ORIGINS", "http://localhost:4400"),
        ("LOG", "canary=canary=canary"),
        ("LOG_FORMAT", "canary"),
        ("WORKER_LEASE_SECONDS", "0"),
        ("WORKER_DRAIN_SECONDS", "canary"),
        ("WORKER_POLL_MILLISECONDS", "canary"),
    ];
    for (variable, value) in malformed {
        let error = read(&[(variable, value)]).unwrap_err();
        assert_eq!(error.variable, variable, "{value}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn production_allows_nothing_unencrypted_and_no_test_account() {
    for variable in [
        "PUBLIC_URL",
        "AUTH0_DOMAIN",
        "STRIPE_API_URL",
        "AUTH0_ISSUERS",
    ] {
        assert!(
            refused_for(variable, "http://localhost:4400/"),
            "{variable}"
        );
    }
    assert!(refused_for("CORS_ALLOWED_ORIGINS", "http://localhost:3000"));
    assert!(refused_for("STRIPE_SECRET_KEY", "sk_test_1"));
    for (id, secret) in [
        (
            "AUTH0_MANAGEMENT_CLIENT_ID",
            "AUTH0_MANAGEMENT_CLIENT_SECRET",
        ),
        ("AUTH0_SCIM_CLIENT_ID", "AUTH0_SCIM_CLIENT_SECRET"),
    ] {
        let sandbox = [(id, "a"), (secret, "tenantry-management-secret")];
        assert_eq!(read(&sandbox).unwrap_err().variable, secret);
    }
}

#[test]
fn elsewhere_plain_http_reaches_this_machine_only() {
    let elsewhere = |url| read(&[("ENVIRONMENT", "test"), ("AUTH0_DOMAIN", url)]);
    for url in [
        "http://localhost:4400/",
        "http://127.0.0.1:4400/",
        "http://[::1]:4400/",
        "https://anywhere.example/",
    ] {
        assert!(elsewhere(url).is_ok(), "{url}");
    }
    for url in [
        "http://tenant.example.com/",
        "http://localhost.evil.test/",
        "http://10.0.0.1/",
        "file:///etc/",
    ] {
        assert!(elsewhere(url).is_err(), "{url}");
    }
}

#[test]
fn a_process_is_told_of_the_connection_strings_that_it_lacks() {
    let database = read(&[(
        "DATABASE_URL",
        "postgres://tenantry_api:canary@db/app?sslmode=require",
    )])
    .unwrap()
    .database;
    assert!(database.api().is_ok());
    assert_eq!(
        database.worker().unwrap_err().to_string(),
        "DATABASE_WORKER_URL is not set"
    );
    assert_eq!(database.admin().unwrap_err().variable, "DATABASE_ADMIN_URL");
    assert_eq!(
        database.role_passwords().unwrap_err().variable,
        "DATABASE_WORKER_URL"
    );
}

#[test]
fn the_roles_get_the_passwords_of_their_connection_strings() {
    let config = read(&[
        ("DATABASE_URL", "postgres://tenantry_api:one@localhost/app"),
        (
            "DATABASE_WORKER_URL",
            "postgres://tenantry_worker:t%77o@localhost/app",
        ),
        (
            "DATABASE_INBOX_URL",
            "postgresql://tenantry_inbox:three@localhost/app",
        ),
    ]);
    let passwords = config.unwrap().database.role_passwords().unwrap();
    assert_eq!(
        (&*passwords.api, &*passwords.worker, &*passwords.inbox),
        ("one", "two", "three")
    );
    assert_eq!(passwords.migrator.len(), 64);
}

/// Every variable that holds a secret, with a value that is good.
const SECRETS: [(&str, &str); 14] = [
    (
        "DATABASE_URL",
        "postgres://tenantry_api:canary@db/app?sslmode=require",
    ),
    (
        "DATABASE_INBOX_URL",
        "postgres://tenantry_inbox:canary@db/app?sslmode=require",
    ),
    (
        "DATABASE_PLATFORM_URL",
        "postgres://tenantry_platform:canary@db/app?sslmode=require",
    ),
    (
        "DATABASE_WORKER_URL",
        "postgres://tenantry_worker:canary@db/app?sslmode=require",
    ),
    (
        "DATABASE_ADMIN_URL",
        "postgres://postgres:canary@db/app?sslmode=require",
    ),
    ("AUTH0_MANAGEMENT_CLIENT_SECRET", "canary"),
    ("AUTH0_SCIM_CLIENT_SECRET", "canary"),
    ("AUTH0_EVENTS_TOKENS", "canary-canary-canary"),
    ("STRIPE_SECRET_KEY", "sk_live_canary"),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_canary1,whsec_canary2"),
    ("SMTP_URL", "smtps://user:canary@mail.example.com"),
    ("CURSOR_KEY", "canary-canary-canary-canary-canary"),
    ("SECRETS_KEY", "canary-canary-canary-canary-canary"),
    ("AUTH0_SETUP_CLIENT_SECRET", "canary"),
];

/// What makes the secrets above needed.
const AROUND: [(&str, &str); 4] = [
    ("AUTH0_MANAGEMENT_CLIENT_ID", "id"),
    ("AUTH0_SCIM_CLIENT_ID", "id"),
    ("AUTH0_SETUP_CLIENT_ID", "id"),
    ("MAIL_FROM", "no-reply@example.com"),
];

/// Both readers, with every secret in a file of this folder; `changes` come last.
fn read_secrets(
    folder: &Path,
    changes: &[(String, String)],
) -> Result<(Config, Setup), ConfigError> {
    let mut variables: BTreeMap<String, String> = REQUIRED
        .into_iter()
        .chain(AROUND)
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    for (name, value) in SECRETS {
        let file = folder.join(name.to_lowercase());
        fs::write(&file, format!("{value}\n")).unwrap();
        variables.remove(name);
        variables.insert(format!("{name}_FILE"), file.to_str().unwrap().into());
    }
    variables.extend(changes.iter().cloned());
    let lookup = |name: &str| variables.get(name).cloned();
    Ok((Config::from_env(&lookup)?, Setup::from_env(&lookup)?))
}

fn folder() -> PathBuf {
    let name = format!("tenantry-config-{}", uuid::Uuid::new_v4().simple());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn every_secret_may_lie_in_a_file() {
    let folder = folder();
    let (config, setup) = read_secrets(&folder, &[]).unwrap();
    let shown = format!("{config:?}{setup:?}");
    assert!(!shown.contains("canary"), "{shown}");
    let database = &config.database;
    let urls = [
        database.api.as_ref(),
        database.inbox.as_ref(),
        database.platform.as_ref(),
        database.worker.as_ref(),
        database.admin.as_ref(),
    ];
    for (url, (_, expected)) in urls.into_iter().zip(SECRETS) {
        assert_eq!(url.unwrap().expose(), expected);
    }
    let management = config.auth0.management.unwrap();
    assert_eq!(management.client_secret.expose_secret(), "canary");
    assert_eq!(setup.client_secret.expose_secret(), "canary");
    assert_eq!(
        config.auth0.event_tokens[0].expose_secret(),
        "canary-canary-canary"
    );
    assert_eq!(config.stripe.secret_key.expose_secret(), "sk_live_canary");
    assert_eq!(
        config.stripe.webhook_secrets[1].expose_secret(),
        "whsec_canary2"
    );
    let mail = config.mail.unwrap();
    assert_eq!(
        mail.smtp_url.expose_secret(),
        "smtps://user:canary@mail.example.com"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_secret_that_is_set_twice_or_cannot_be_read_is_named() {
    let folder = folder();
    for (name, value) in SECRETS {
        let file = format!("{name}_FILE");
        let refused = |changes: &[(String, String)]| {
            let error = read_secrets(&folder, changes).unwrap_err();
            assert_eq!(error.variable, name);
            let said = error.to_string();
            assert!(!said.contains("canary"), "{said}");
            said
        };
        let twice = refused(&[(name.into(), value.into())]);
        assert_eq!(twice, format!("{name} and {file} are both set"));
        let unreadable = refused(&[(file.clone(), "/nowhere/canary".into())]);
        let expected = format!("{name} cannot be read from the file that {file} names: ");
        assert!(unreadable.starts_with(&expected), "{unreadable}");
        let binary = folder.join("binary");
        fs::write(&binary, b"canary\xff").unwrap();
        refused(&[(file, binary.to_str().unwrap().into())]);
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn of_a_file_one_line_break_is_dropped_and_nothing_is_unset() {
    let folder = folder();
    let file = folder.join("secret");
    let key = |content: &str| {
        fs::write(&file, content).unwrap();
        let path = file.to_str().unwrap();
        let lookup = |name: &str| (name == "CURSOR_KEY_FILE").then(|| path.to_owned());
        let read = Reader::new(&lookup, true).secret("CURSOR_KEY");
        read.map(|secret| secret.expose_secret().to_owned())
    };
    assert_eq!(key("a key").unwrap(), "a key");
    assert_eq!(key(" a key \r\n").unwrap(), " a key ");
    assert_eq!(key("a key\n\n").unwrap(), "a key\n");
    assert_eq!(key("\n").unwrap_err().to_string(), "CURSOR_KEY is not set");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn debug_shows_no_secret() {
    let config = read(&[
        (
            "DATABASE_URL",
            "postgres://tenantry_api:canary@db/app?sslmode=require",
        ),
        ("AUTH0_MANAGEMENT_CLIENT_ID", "id"),
        ("AUTH0_MANAGEMENT_CLIENT_SECRET", "canary"),
    ]);
    let shown = format!("{:?}", config.unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn mail_needs_a_sender_and_tls() {
    let from = ("MAIL_FROM", "Tenantry <no-reply@example.com>");
    assert!(read(&[]).unwrap().mail.is_none());
    assert!(read(&[from]).unwrap().mail.is_none());
    for url in [
        "smtps://user:canary@mail.example.com",
        "smtp://user:canary@mail.example.com:587/us.example.com?tls=required",
    ] {
        let config = read(&[from, ("SMTP_URL", url)]).unwrap();
        assert!(config.mail.is_some(), "{url}");
        assert!(!format!("{config:?}").contains("canary"));
        let alone = read(&[("SMTP_URL", url)]).unwrap_err();
        assert_eq!(alone.to_string(), "MAIL_FROM is not set");
    }
    for url in [
        "smtp://mail.example.com",
        "smtp://mail.example.com?tls=opportunistic",
        "smtp://127.0.0.1:25",
        "https://mail.example.com",
        "mail.example.com",
    ] {
        let refused = read(&[from, ("SMTP_URL", url)]).unwrap_err();
        assert_eq!(refused.variable, "SMTP_URL", "{url}");
    }
    assert!(refused_for("MAIL_FROM", "nobody"));
    let here = [
        from,
        ("SMTP_URL", "smtp://127.0.0.1:25"),
        ("ENVIRONMENT", "dev"),
    ];
    assert!(read(&here).unwrap().mail.is_some());
}
