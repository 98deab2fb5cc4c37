//! `tenantry tenant`, by the real binary, on a tenant as somebody gets it who signs up with Auth0.

mod tenant;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use rand::RngExt;
use reqwest::Method;
use sandbox::Limits;
use serde_json::json;
use tests::{Options, TestApp, process};

use tenant::{Setup, bare};

const KILLS: usize = 20;

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
    let renewed = setup.run("apply", &["--renew-secrets"]).await;
    assert_eq!(renewed.code, 0, "{:#?}", renewed.lines);
    assert!(setup.writes().await > writes, "secrets are written again");
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
