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
