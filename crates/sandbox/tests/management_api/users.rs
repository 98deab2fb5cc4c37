use serde_json::json;

use crate::api::Api;

#[actix_web::test]
async fn a_new_user_has_what_the_vendor_fills_in() {
    let api = Api::start().await;
    let id = api.user("Dora@Example.com").await;
    let user = api.get(&format!("users/{id}")).await.assert_status(200);
    assert_eq!(user["email"], "dora@example.com");
    assert_eq!(user["nickname"], "dora");
    assert_eq!(user["identities"][0]["provider"], "auth0");
    assert!(user.get("blocked").is_none());
    assert!(user.get("password").is_none());
}

#[actix_web::test]
async fn an_address_is_taken_once_per_connection() {
    let api = Api::start().await;
    api.user("dora@example.com").await;
    let again = json!({
        "connection": "Username-Password-Authentication", "email": "DORA@example.com", "password": "Tenantry-demo-1",
    });
    api.post("users", again)
        .await
        .assert_error(409, "auth0_idp_error", "The user already exists.");
}

#[actix_web::test]
async fn metadata_merges_at_the_first_level_and_null_takes_away() {
    let api = Api::start().await;
    let path = format!("users/{}", api.user("dora@example.com").await);
    let first = json!({ "app_metadata": { "a": { "x": 1 }, "b": 2 }, "name": "Dora" });
    api.patch(&path, first).await.assert_status(200);
    let second = json!({ "app_metadata": { "a": { "y": 1 }, "b": null, "c": 3 } });
    let user = api.patch(&path, second).await.assert_status(200);
    assert_eq!(user["app_metadata"], json!({ "a": { "y": 1 }, "c": 3 }));
    assert_eq!(user["name"], "Dora");
    let cleared = api.patch(&path, json!({ "app_metadata": {} })).await;
    assert!(cleared.assert_status(200).get("app_metadata").is_none());
}

#[actix_web::test]
async fn a_change_of_password_is_dated_and_comes_alone() {
    let api = Api::start().await;
    let path = format!("users/{}", api.user("dora@example.com").await);
    let both = json!({ "password": "Tenantry-demo-2", "email": "emil@example.com" });
    let message = "Cannot update password and email simultaneously";
    api.patch(&path, both)
        .await
        .assert_error(400, "invalid_body", message);
    let changed = api
        .patch(&path, json!({ "password": "Tenantry-demo-2" }))
        .await
        .assert_status(200);
    assert!(changed["last_password_reset"].is_string());
}

#[actix_web::test]
async fn deleting_a_user_twice_is_the_same_as_once() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let user = api.user("dora@example.com").await;
    api.join(&organization, &user).await;
    let path = format!("users/{user}");
    api.delete(&path).await.assert_status(204);
    api.delete(&path).await.assert_status(204);
    api.get(&path)
        .await
        .assert_error(404, "inexistent_user", "The user does not exist.");
    let members = api
        .get(&format!("organizations/{organization}/members"))
        .await;
    assert_eq!(members.assert_status(200), json!([]));
}

#[actix_web::test]
async fn the_search_by_address_minds_case() {
    let api = Api::start().await;
    let id = api.user("dora@example.com").await;
    let found = api.get("users-by-email?email=dora%40example.com").await;
    assert_eq!(found.assert_status(200)[0]["user_id"], id);
    let other = api.get("users-by-email?email=Dora%40example.com").await;
    assert_eq!(other.assert_status(200), json!([]));
}

#[actix_web::test]
async fn the_search_knows_organizations_and_counts_its_page() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let user = api.user("dora@example.com").await;
    api.join(&organization, &user).await;
    let query = format!(
        "q=organization_id:%22{organization}%22&search_engine=v3&include_totals=true&fields=user_id"
    );
    let found = api.get(&format!("users?{query}")).await;
    let page =
        json!({ "users": [{ "user_id": user }], "start": 0, "limit": 50, "length": 1, "total": 1 });
    assert_eq!(found.assert_status(200), page);
}

#[actix_web::test]
async fn sessions_and_refresh_tokens_are_listed_and_ended() {
    let api = Api::start().await;
    let id = api.user("dora@example.com").await;
    let sessions = api.get(&format!("users/{id}/sessions")).await;
    assert_eq!(sessions.assert_status(200), json!({ "sessions": [] }));
    let tokens = api.get(&format!("users/{id}/refresh-tokens?take=10")).await;
    assert_eq!(tokens.assert_status(200), json!({ "tokens": [] }));
    for kind in ["sessions", "refresh-tokens"] {
        let ended = api.delete(&format!("users/{id}/{kind}")).await;
        assert_eq!(ended.assert_status(202), json!({}));
        api.get(&format!("users/auth0%7Cnobody/{kind}"))
            .await
            .assert_error(404, "inexistent_user", "The user does not exist.");
    }
}

#[actix_web::test]
async fn a_linked_account_is_a_login_of_the_main_one_and_nothing_else() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let (main, other) = (
        api.user("dora@example.com").await,
        api.user("emil@example.com").await,
    );
    api.join(&organization, &other).await;
    let id = other.trim_start_matches("auth0|");
    let path = format!("users/{main}/identities");
    let body = json!({ "provider": "auth0", "user_id": id });
    let identities = api.post(&path, body.clone()).await.assert_status(201);
    assert_eq!(identities.as_array().map(Vec::len), Some(2));
    assert_eq!(identities[1]["user_id"], id);
    assert_eq!(identities[1]["profileData"]["email"], "emil@example.com");
    assert!(identities[1].get("password").is_none());
    api.get(&format!("users/{other}")).await.assert_error(
        404,
        "inexistent_user",
        "The user does not exist.",
    );
    let members = format!("organizations/{organization}/members");
    assert_eq!(api.get(&members).await.assert_status(200), json!([]));
    let message = "Specified identity is already linked.";
    api.post(&path, body).await.assert_error(409, "", message);
}

#[actix_web::test]
async fn an_unlinked_account_is_a_new_user_without_metadata() {
    let api = Api::start().await;
    let (main, other) = (
        api.user("dora@example.com").await,
        api.user("emil@example.com").await,
    );
    let noted = json!({ "app_metadata": { "a": 1 } });
    api.patch(&format!("users/{other}"), noted)
        .await
        .assert_status(200);
    let id = other.trim_start_matches("auth0|");
    let body = json!({ "provider": "auth0", "user_id": id });
    api.post(&format!("users/{main}/identities"), body)
        .await
        .assert_status(201);
    let linked = format!("users/{main}/identities/auth0/{id}");
    let left = api.delete(&linked).await.assert_status(200);
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    let user = api.get(&format!("users/{other}")).await.assert_status(200);
    assert_eq!(user["email"], "emil@example.com");
    assert!(user.get("app_metadata").is_none());
    api.delete(&linked)
        .await
        .assert_error(404, "", "The identity does not exist.");
}

#[actix_web::test]
async fn an_account_is_not_linked_with_itself_nor_by_a_token() {
    let api = Api::start().await;
    let main = api.user("dora@example.com").await;
    let path = format!("users/{main}/identities");
    let same = json!({ "provider": "auth0", "user_id": main });
    let message = "Main account and linked account cannot be the same.";
    api.post(&path, same)
        .await
        .assert_error(400, "invalid_body", message);
    let message = "Insufficient scope, expected any of: update:current_user_identities";
    api.post(&path, json!({ "link_with": "x.y.z" }))
        .await
        .assert_error(403, "insufficient_scope", message);
}
