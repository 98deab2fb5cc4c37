use serde_json::json;

use crate::api::Api;

/// `…/enabled_connections` of a new organization.
async fn enabled_connections(api: &Api) -> String {
    let organization = api.organization("acme").await;
    format!("organizations/{organization}/enabled_connections")
}

#[actix_web::test]
async fn the_list_counts_itself_as_its_limit() {
    let api = Api::start().await;
    let path = enabled_connections(&api).await;
    let connection = api.connection("acme-db", "auth0").await;
    let enabled = api
        .post(&path, json!({ "connection_id": connection }))
        .await;
    let one = json!({
        "connection_id": connection, "assign_membership_on_login": false, "is_signup_enabled": false,
        "show_as_button": true, "connection": { "name": "acme-db", "strategy": "auth0" },
    });
    assert_eq!(enabled.assert_status(201), one);
    let listed = api.get(&format!("{path}?include_totals=true")).await;
    let all = json!({ "enabled_connections": [one], "start": 0, "limit": 1, "total": 1 });
    assert_eq!(listed.assert_status(200), all);
}

#[actix_web::test]
async fn enabling_twice_conflicts_and_disabling_forgets() {
    let api = Api::start().await;
    let path = enabled_connections(&api).await;
    let connection = json!({ "connection_id": api.connection("acme-ad", "ad").await });
    api.post(&path, connection.clone()).await.assert_status(201);
    api.post(&path, connection.clone()).await.assert_status(409);
    let path = format!("{path}/{}", connection["connection_id"].as_str().unwrap());
    api.delete(&path).await.assert_status(204);
    api.get(&path)
        .await
        .assert_error(404, "", "No connection found by that id");
}

#[actix_web::test]
async fn sign_up_needs_a_database_and_membership() {
    let api = Api::start().await;
    let path = enabled_connections(&api).await;
    let message = "Only database connections with assign_membership_on_login = true support is_signup_enabled = true.";
    let database = api.connection("db", "auth0").await;
    let enabled = json!({ "connection_id": database, "assign_membership_on_login": true, "is_signup_enabled": true });
    api.post(&path, enabled).await.assert_status(201);
    let patch = json!({ "assign_membership_on_login": false });
    api.patch(&format!("{path}/{database}"), patch)
        .await
        .assert_error(400, "invalid_body", message);
    let directory = api.connection("ad", "ad").await;
    let enabled = json!({ "connection_id": directory, "assign_membership_on_login": true, "is_signup_enabled": true });
    api.post(&path, enabled)
        .await
        .assert_error(400, "invalid_body", message);
}

#[actix_web::test]
async fn an_organization_has_at_most_ten_connections() {
    let api = Api::start().await;
    let path = enabled_connections(&api).await;
    for number in 0..10 {
        let id = api.connection(&format!("c{number}"), "ad").await;
        api.post(&path, json!({ "connection_id": id }))
            .await
            .assert_status(201);
    }
    let id = api.connection("c10", "ad").await;
    api.post(&path, json!({ "connection_id": id }))
        .await
        .assert_status(400);
}

#[actix_web::test]
async fn changed_options_replace_all_options() {
    let api = Api::start().await;
    let path = format!("connections/{}", api.connection("db", "auth0").await);
    let before = api.get(&path).await.assert_status(200);
    assert_eq!(before["options"]["passwordPolicy"], "good");
    let patch = json!({ "options": { "disable_signup": true } });
    let after = api.patch(&path, patch).await.assert_status(200);
    assert_eq!(after["options"]["disable_signup"], true);
    assert_eq!(after["options"]["brute_force_protection"], true);
    assert!(after["options"].get("passwordPolicy").is_none());
}

#[actix_web::test]
async fn a_deletion_is_announced_once_and_takes_the_users_along() {
    let api = Api::start().await;
    let connections = api
        .get("connections?name=Username-Password-Authentication")
        .await
        .assert_status(200);
    let user = api.user("dora@example.com").await;
    let path = format!("connections/{}", connections[0]["id"].as_str().unwrap());
    let deleted = api.delete(&path).await.assert_status(202);
    assert!(deleted["deleted_at"].is_string());
    api.delete(&path).await.assert_status(204);
    api.get(&path).await.assert_error(
        404,
        "inexistent_connection",
        "The connection does not exist",
    );
    api.get(&format!("users/{user}")).await.assert_error(
        404,
        "inexistent_user",
        "The user does not exist.",
    );
}

#[actix_web::test]
async fn clients_are_switched_on_and_off() {
    let api = Api::start().await;
    let path = format!(
        "connections/{}/clients",
        api.connection("db", "auth0").await
    );
    let switch = |on| json!([{ "client_id": "tenantry-console", "status": on }]);
    api.patch(&path, switch(true)).await.assert_status(204);
    let enabled = json!({ "clients": [{ "client_id": "tenantry-console" }] });
    assert_eq!(api.get(&path).await.assert_status(200), enabled);
    api.patch(&path, switch(false)).await.assert_status(204);
    assert_eq!(
        api.get(&path).await.assert_status(200),
        json!({ "clients": [] })
    );
}

#[actix_web::test]
async fn options_are_judged_by_their_strategy_and_what_is_unknown_is_kept() {
    let api = Api::start().await;
    let at = "on property options";
    for (strategy, options, says) in [
        ("waad", json!({}), "'Missing required property: client_id'"),
        ("okta", json!({}), "'Missing required property: client_id'"),
        ("oidc", json!({}), "'Missing required property: client_id'"),
        (
            "google-apps",
            json!({}),
            "'Missing required property: client_id'",
        ),
        (
            "pingfederate",
            json!({}),
            "'Missing required property: pingFederateBaseUrl'",
        ),
        (
            "waad",
            json!({ "client_id": "a b" }),
            "'String does not match pattern ^[a-zA-Z0-9-:./_~]+$: a b'",
        ),
        (
            "waad",
            json!({ "client_id": "a", "userid_attribute": "upn" }),
            "'No enum match for: upn'",
        ),
        (
            "oidc",
            json!({ "client_id": "a", "type": "side_channel" }),
            "'No enum match for: side_channel'",
        ),
        (
            "okta",
            json!({ "client_id": "a", "type": "front_channel" }),
            "'No enum match for: front_channel'",
        ),
        (
            "samlp",
            json!({ "signSAMLRequest": "yes" }),
            "'Expected type boolean but found type string'",
        ),
        (
            "samlp",
            json!({ "signInEndpoint": "http://idp.acme.example/sso" }),
            "'String does not match pattern ^https:\\/\\/.*: http://idp.acme.example/sso'",
        ),
        (
            "adfs",
            json!({ "thumbprints": "aa" }),
            "'Expected type array but found type string'",
        ),
        (
            "auth0",
            json!({ "passwordPolicy": "best" }),
            "'No enum match for: best'",
        ),
    ] {
        let new = json!({ "name": "acme", "strategy": strategy, "options": options });
        let refused = api.post("connections", new).await;
        let message = refused.body["message"].as_str().unwrap_or_default();
        assert_eq!(refused.status, 400, "{strategy} {options}: {message}");
        assert_eq!(refused.body["errorCode"], "invalid_body", "{strategy}");
        assert!(
            message.contains(says) && message.contains(at),
            "{strategy}: {message}"
        );
    }
    let new = json!({
        "name": "acme", "strategy": "oidc", "options": { "client_id": "a", "of_tomorrow": [1] },
    });
    let made = api.post("connections", new).await.assert_status(201);
    assert_eq!(made["options"]["of_tomorrow"], json!([1]));
    let path = format!("connections/{}", made["id"].as_str().unwrap());
    let wrong = json!({ "options": { "client_id": 7 } });
    api.patch(&path, wrong).await.assert_status(400);
    let bare = json!({ "options": { "scope": "openid profile" } });
    let bare = api.patch(&path, bare).await.assert_status(200);
    assert_eq!(
        bare["options"].get("client_id"),
        None,
        "replaced as a whole"
    );
}
