//! Roles, users, connections and applications.

use futures::TryStreamExt;
use management::{Error, NewUser};
use serde_json::{Map, Value, json};

use crate::scripted::{Answer, Tenant};

#[tokio::test]
async fn a_role_is_found_by_its_exact_name() {
    let tenant = Tenant::start().await;
    let roles =
        json!([{ "id": "rol_1", "name": "org_admin_old" }, { "id": "rol_2", "name": "org_admin" }]);
    tenant.answers(
        "GET roles",
        [Answer::json(200, &json!({ "roles": roles, "total": 2 }))],
    );
    let client = tenant.client();
    let role = client.roles().by_name("org_admin").await.unwrap().unwrap();
    assert_eq!(role.id, "rol_2");
    assert!(
        tenant.calls()[0]
            .query
            .starts_with("name_filter=org_admin&")
    );
    assert_eq!(client.roles().by_name("admin").await, Ok(None));
}

#[tokio::test]
async fn a_user_is_shown_with_metadata() {
    let tenant = Tenant::start().await;
    let user = json!({ "user_id": "auth0|1", "email": "ada@example.com", "email_verified": true, "app_metadata": { "plan": "trial" } });
    tenant.answers("GET users/auth0%7C1", [Answer::json(200, &user)]);
    let missing = Answer::error(404, "inexistent_user", "The user does not exist.");
    tenant.answers("GET users/auth0%7C2", [missing]);
    let client = tenant.client();
    let user = client.users().show("auth0|1").await.unwrap().unwrap();
    assert_eq!(
        (user.app_metadata["plan"].as_str(), user.blocked),
        (Some("trial"), false)
    );
    assert_eq!(client.users().show("auth0|2").await, Ok(None));
}

#[tokio::test]
async fn users_are_found_by_lower_case_email() {
    let tenant = Tenant::start().await;
    let users = json!([{ "user_id": "auth0|1" }, { "user_id": "waad|2", "email_verified": false }]);
    tenant.answers("GET users-by-email", [Answer::json(200, &users)]);
    let found = tenant
        .client()
        .users()
        .by_email("Ada+X@Example.com")
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(tenant.calls()[0].query, "email=ada%2Bx%40example.com");
}

#[tokio::test]
async fn a_user_is_created_in_a_connection() {
    let tenant = Tenant::start().await;
    let conflict = Answer::error(409, "auth0_idp_error", "The user already exists.");
    tenant.answers(
        "POST users",
        [
            Answer::json(201, &json!({ "user_id": "auth0|1" })),
            conflict,
        ],
    );
    let new = NewUser {
        connection: "Users".to_owned(),
        email: "ada@example.com".to_owned(),
        password: Some("correct horse".into()),
        ..Default::default()
    };
    let client = tenant.client();
    assert_eq!(
        client.users().create(&new).await.unwrap().user_id,
        "auth0|1"
    );
    let body = json!({ "connection": "Users", "email": "ada@example.com", "password": "correct horse", "email_verified": false });
    assert_eq!(tenant.calls()[0].body, body);
    assert!(matches!(
        client.users().create(&new).await,
        Err(Error::Conflict { .. })
    ));
}

#[tokio::test]
async fn app_metadata_is_merged_and_never_emptied() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "PATCH users/auth0%7C1",
        [Answer::json(200, &json!({ "user_id": "auth0|1" }))],
    );
    let client = tenant.client();
    let entries = Map::from_iter([
        ("subscription".to_owned(), json!("trial")),
        ("old".to_owned(), Value::Null),
    ]);
    client
        .users()
        .merge_app_metadata("auth0|1", entries)
        .await
        .unwrap();
    client
        .users()
        .merge_app_metadata("auth0|1", Map::new())
        .await
        .unwrap();
    assert_eq!(
        tenant.bodies(),
        [json!({ "app_metadata": { "subscription": "trial", "old": null } })]
    );
}

#[tokio::test]
async fn a_connection_is_found_by_name_without_its_secrets() {
    let connection = json!({ "id": "con_1", "name": "Users", "strategy": "auth0" });
    for page in [
        json!([connection]),
        json!({ "connections": [connection], "total": 1 }),
    ] {
        let tenant = Tenant::start().await;
        tenant.answers("GET connections", [Answer::json(200, &page)]);
        let found = tenant
            .client()
            .connections()
            .by_name("Users")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.id, "con_1");
        assert!(tenant.calls()[0].query.starts_with(
            "fields=id%2Cname%2Cstrategy%2Cdisplay_name%2Cmetadata&include_fields=true&name=Users&"
        ));
    }
}

#[tokio::test]
async fn connections_are_listed_and_shown() {
    let tenant = Tenant::start().await;
    let connection =
        json!({ "id": "con_1", "name": "acme", "strategy": "samlp", "display_name": "Acme" });
    tenant.answers(
        "GET connections",
        [Answer::json(200, &json!({ "connections": [connection] }))],
    );
    tenant.answers("GET connections/con_1", [Answer::json(200, &connection)]);
    let client = tenant.client();
    let listed = client.connections().list().try_next().await.unwrap();
    assert_eq!(listed, client.connections().show("con_1").await.unwrap());
}

#[tokio::test]
async fn a_correlation_id_is_sent_when_set() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET users/u",
        [Answer::json(200, &json!({ "user_id": "u" }))],
    );
    let client = tenant.client();
    client.users().show("u").await.unwrap();
    let long = format!("job 1\r\n{}", "x".repeat(100));
    client
        .with_correlation_id(&long)
        .users()
        .show("u")
        .await
        .unwrap();
    let sent: Vec<_> = tenant
        .calls()
        .into_iter()
        .map(|call| call.correlation_id)
        .collect();
    assert_eq!(sent, [None, Some(format!("job1{}", "x".repeat(60)))]);
}

#[tokio::test]
async fn a_users_sessions_and_refresh_tokens_end_even_when_the_user_is_gone() {
    let tenant = Tenant::start().await;
    tenant.answers("DELETE users/u/sessions", [Answer::json(202, &json!({}))]);
    let gone = Answer::error(404, "inexistent_user", "The user does not exist.");
    tenant.answers("DELETE users/u/refresh-tokens", [gone]);
    let client = tenant.client();
    client.users().end_sessions("u").await.unwrap();
    client.users().revoke_refresh_tokens("u").await.unwrap();
    assert_eq!(tenant.calls().len(), 2);
}

#[tokio::test]
async fn accounts_are_linked_by_provider_and_id_and_unlinked_likewise() {
    let tenant = Tenant::start().await;
    let path = "users/auth0%7C1/identities";
    let identities = json!([
        { "connection": "Users", "provider": "auth0", "user_id": "1" },
        { "connection": "google-oauth2", "provider": "google-oauth2", "user_id": "2", "isSocial": true, "profileData": {} },
    ]);
    tenant.answers(&format!("POST {path}"), [Answer::json(201, &identities)]);
    let one = format!("DELETE {path}/google-oauth2/2");
    tenant.answers(&one, [Answer::json(200, &json!([identities[0]]))]);
    let user = json!({ "user_id": "auth0|1", "identities": identities });
    tenant.answers("GET users/auth0%7C1", [Answer::json(200, &user)]);
    let client = tenant.client();
    let users = client.users();
    users.link("auth0|1", "google-oauth2", "2").await.unwrap();
    let shown = users.show("auth0|1").await.unwrap().unwrap();
    let linked = shown.identities.last().unwrap();
    assert_eq!(
        (&*linked.provider, &*linked.user_id),
        ("google-oauth2", "2")
    );
    users.unlink("auth0|1", "google-oauth2", "2").await.unwrap();
    let sent = json!({ "provider": "google-oauth2", "user_id": "2" });
    assert_eq!(tenant.calls()[0].body, sent);
}
