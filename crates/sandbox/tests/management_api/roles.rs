use serde_json::json;

use crate::api::Api;

#[actix_web::test]
async fn a_role_is_made_with_200_and_deleted_with_an_empty_object() {
    let api = Api::start().await;
    let path = format!("roles/{}", api.role("auditor").await);
    let changed = api.patch(&path, json!({ "description": "Reads" })).await;
    assert_eq!(changed.assert_status(200)["description"], "Reads");
    assert_eq!(api.delete(&path).await.assert_status(200), json!({}));
    api.delete(&path)
        .await
        .assert_error(404, "", "The role does not exist.");
}

#[actix_web::test]
async fn role_names_are_unique_and_found_by_a_part() {
    let api = Api::start().await;
    let id = api.role("auditor").await;
    let again = api.post("roles", json!({ "name": "auditor" })).await;
    again.assert_status(409);
    let found = api.get("roles?name_filter=udit").await.assert_status(200);
    assert_eq!(found[0]["id"], id);
}

#[actix_web::test]
async fn a_role_carries_permissions_of_an_api() {
    let api = Api::start().await;
    let path = format!("roles/{}/permissions", api.role("auditor").await);
    let named = |name| {
        json!({ "permissions": [
            { "resource_server_identifier": "https://api.tenantry.dev", "permission_name": name },
        ] })
    };
    let added = api.post(&path, named("audit:read")).await;
    assert_eq!(added.assert_status(201), json!({}));
    api.post(&path, named("no:such")).await.assert_status(400);
    let held = api.get(&path).await.assert_status(200);
    assert_eq!(held[0]["permission_name"], "audit:read");
    let taken = api.delete_with(&path, named("audit:read")).await;
    assert_eq!(taken.assert_status(200), json!({}));
    assert_eq!(api.get(&path).await.assert_status(200), json!([]));
}

#[actix_web::test]
async fn a_role_is_given_from_both_sides() {
    let api = Api::start().await;
    let (user, role) = (
        api.user("dora@example.com").await,
        api.role("auditor").await,
    );
    let users = format!("roles/{role}/users");
    let given = api.post(&users, json!({ "users": [user] })).await;
    assert_eq!(given.assert_status(200), json!({}));
    let roles = format!("users/{user}/roles");
    let held = api.get(&roles).await.assert_status(200);
    assert_eq!(held[0]["id"], role);
    api.delete_with(&roles, json!({ "roles": [role] }))
        .await
        .assert_status(204);
    assert_eq!(api.get(&users).await.assert_status(200), json!([]));
}
