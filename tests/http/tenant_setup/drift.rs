//! What somebody changed in the tenant since.

use reqwest::Method;
use sandbox::Limits;
use serde_json::json;

use super::tenant::bare;

/// Each precondition of a login or an invitation: where it is, what somebody did to it, and what is said of that.
const BROKEN: [(&str, &str, &str); 20] = [
    (
        "api",
        r#"{"token_lifetime":86400}"#,
        "token_lifetime: 86400 -> 600",
    ),
    (
        "api",
        r#"{"token_dialect":"access_token"}"#,
        "token_dialect: access_token -> rfc9068_profile_authz",
    ),
    (
        "api",
        r#"{"enforce_policies":false}"#,
        "enforce_policies: false -> true",
    ),
    (
        "console",
        r#"{"organization_usage":"deny"}"#,
        "organization_usage: deny -> allow",
    ),
    // Whoever logs in for the first time is asked, and a silent login ends.
    (
        "api",
        r#"{"skip_consent_for_verifiable_first_party_clients":false}"#,
        "skip_consent_for_verifiable_first_party_clients: false -> true",
    ),
    // Nobody gets a token.
    (
        "api",
        r#"{"subject_type_authorization":{"user":{"policy":"deny_all"},"client":{"policy":"require_client_grant"}}}"#,
        "subject_type_authorization: user policy deny_all -> allow_all",
    ),
    (
        "console",
        r#"{"is_first_party":false}"#,
        "is_first_party: false -> true",
    ),
    (
        "console",
        r#"{"require_pushed_authorization_requests":true}"#,
        "require_pushed_authorization_requests: true -> false",
    ),
    (
        "console",
        r#"{"jwt_configuration":{"alg":"HS256"}}"#,
        "jwt_configuration: alg HS256 -> RS256",
    ),
    (
        "attack-protection/brute-force-protection",
        r#"{"shields":["user_notification"]}"#,
        "shields: +block",
    ),
    (
        "attack-protection/brute-force-protection",
        r#"{"max_attempts":100}"#,
        "max_attempts: 100 -> 10",
    ),
    // Auth0 lets no organization log in with it.
    (
        "console",
        r#"{"grant_types":["authorization_code","refresh_token","implicit"]}"#,
        "grant_types: -implicit",
    ),
    (
        "console",
        r#"{"initiate_login_uri":""}"#,
        "initiate_login_uri: nothing -> https://api.example.com/invitation",
    ),
    (
        "connection",
        r#"[{"client_id":"CONSOLE","status":false}]"#,
        "create  connection Username-Password-Authentication for Tenantry",
    ),
    (
        "prompts",
        r#"{"identifier_first":false}"#,
        "identifier_first: false -> true",
    ),
    (
        "attack-protection/brute-force-protection",
        r#"{"enabled":false}"#,
        "enabled: false -> true",
    ),
    (
        "email-templates/user_invitation",
        r#"{"enabled":false}"#,
        "enabled: false -> true",
    ),
    (
        "tenants/settings",
        r#"{"customize_mfa_in_postlogin_action":false}"#,
        "customize_mfa_in_postlogin_action: false -> true",
    ),
    (
        "tenants/settings",
        r#"{"allow_organization_name_in_authentication_api":false}"#,
        "allow_organization_name_in_authentication_api: false -> true",
    ),
    (
        "log-stream",
        r#"{"status":"paused"}"#,
        "status: paused -> active",
    ),
];

/// The same of what is not printed whole: where it is, what somebody did to it, and how what is said begins.
const ALSO_BROKEN: [(&str, &str, &str); 10] = [
    (
        "backend",
        r#"{"scope":["read:users"]}"#,
        "scope: +create:connections",
    ),
    (
        "role",
        r#"{"description":"theirs"}"#,
        "description: theirs -> Employee",
    ),
    (
        "profile",
        r##"{"branding":{"logo_url":"https://cdn.example.com/logo.png","colors":{"primary":"#111111"}}}"##,
        "branding: ",
    ),
    (
        "branding",
        r##"{"colors":{"primary":"#111111","page_background":"#ffffff"}}"##,
        "colors: ",
    ),
    (
        "action",
        r#"{"code":"exports.onExecutePostLogin = async () => {};"}"#,
        "code: exports.onExecutePostLogin = async () => {}; -> ",
    ),
    (
        "event-stream",
        r#"{"status":"disabled"}"#,
        "status: disabled -> enabled",
    ),
    (
        "event-stream",
        r#"{"destination":{"type":"webhook","configuration":{
            "webhook_endpoint":"https://api.example.com/webhooks/auth0/events",
            "webhook_authorization":{"method":"basic","username":"a","password":"b"}}}}"#,
        "destination: differs, is written again",
    ),
    (
        "profile",
        r#"{"allowed_strategies":["oidc"]}"#,
        "allowed_strategies: +samlp +okta",
    ),
    (
        "database",
        r#"{"options":{"disable_signup":true,"brute_force_protection":false,"passwordPolicy":"good"}}"#,
        "options: ",
    ),
    (
        "console",
        r#"{"refresh_token":{"rotation_type":"non-rotating","expiration_type":"non-expiring"}}"#,
        "refresh_token: ",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_is_seen_and_put_right() {
    let (_running, mut setup) = bare(Limits::Off).await;
    setup.asks_for_more();
    let applied = setup.run("apply", &[]).await;
    let note = "note    e-mail provider: Auth0 sends a few mails to try it out";
    assert_eq!(applied.code, 0, "{:#?}", applied.lines);
    assert!(applied.lines.iter().any(|line| line.starts_with(note)));
    let provider = json!({ "name": "smtp", "credentials": { "smtp_host": "mail.example.com" } });
    setup
        .auth0(Method::POST, "emails/provider", Some(provider))
        .await;
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    let template = "email-templates/user_invitation";
    let template = setup.auth0(Method::GET, template, None).await;
    let body = template["body"].as_str().expect("a text");
    assert!(body.contains(r#"<a href="{{ url }}">"#), "{body}");
    for (place, change, _) in BROKEN.into_iter().chain(ALSO_BROKEN) {
        let (path, change) = setup.place(place, change).await;
        setup.auth0(Method::PATCH, &path, Some(change)).await;
    }
    let said = setup.run("check", &[]).await;
    assert_eq!(said.code, 1, "{:#?}", said.lines);
    for (_, _, line) in BROKEN {
        let found = said.lines.iter().any(|said| said.trim() == line);
        assert!(found, "{line} is not in {:#?}", said.lines);
    }
    for (_, _, line) in ALSO_BROKEN {
        let found = said.lines.iter().any(|said| said.trim().starts_with(line));
        assert!(found, "{line} is not in {:#?}", said.lines);
    }
    let last = said.lines.last().expect("a line");
    assert!(
        last.ends_with("; `tenantry tenant apply` mends them"),
        "{last}"
    );
    assert_eq!(setup.run("apply", &[]).await.code, 0);
    assert_eq!(setup.run("check", &[]).await.code, 0);
    let (database, _) = setup.place("database", "null").await;
    let options = setup.auth0(Method::GET, &database, None).await["options"].clone();
    assert_eq!(options["passwordPolicy"], "good", "{options}");
    // Everything was made and changed once, so that whatever was of no use by now is of none.
    assert_eq!(setup.used_scopes().await, management::CONFIGURATION_SCOPES);
}
