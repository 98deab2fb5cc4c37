//! Who may call at all.

use serde_json::json;

use crate::api::Api;

#[actix_web::test]
async fn a_call_without_a_token_is_unauthorized() {
    let api = Api::start().await;
    let reply = api.get_as(None, "organizations").await;
    reply.assert_error(401, "", "Missing authentication");
    assert_eq!(reply.body["error"], "Unauthorized");
}

#[actix_web::test]
async fn an_opaque_token_is_a_bad_request() {
    let api = Api::start().await;
    api.get_as(Some("Bearer opaque"), "organizations")
        .await
        .assert_error(400, "Bearer", "Bad HTTP authentication header format");
}

#[actix_web::test]
async fn the_backend_cannot_grant_itself_more() {
    let api = Api::start().await;
    let grant = json!({ "client_id": "tenantry-management", "audience": "x" });
    api.post("client-grants", grant).await.assert_error(
        403,
        "insufficient_scope",
        "Insufficient scope, expected any of: create:client_grants",
    );
}

#[actix_web::test]
async fn what_the_api_does_not_have_is_not_found() {
    let api = Api::start().await;
    api.get("nothing").await.assert_error(404, "", "Not Found");
    api.put("organizations")
        .await
        .assert_error(404, "", "Not Found");
}
