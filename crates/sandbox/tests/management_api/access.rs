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
async fn whoever_was_granted_little_cannot_grant_themselves_more() {
    let api = Api::start().await;
    let audience = format!("{}api/v2/", api.running.base_url());
    let new = json!({ "name": "reader", "app_type": "non_interactive" });
    let client = api.post("clients", new).await.assert_status(201);
    let grant = json!({
        "client_id": client["client_id"], "audience": audience, "scope": ["read:organizations"],
    });
    let granted = api
        .post("client-grants", grant.clone())
        .await
        .assert_status(201);
    assert_eq!(granted["scope"], json!(["read:organizations"]));
    let asked = json!({
        "grant_type": "client_credentials", "audience": audience,
        "client_id": client["client_id"], "client_secret": client["client_secret"],
    });
    let url = format!("{}oauth/token", api.running.base_url());
    let token = api.client().post(url).json(&asked).send().await.unwrap();
    let token: serde_json::Value = token.json().await.unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let url = format!("{audience}client-grants");
    let more = api
        .client()
        .post(url)
        .header("authorization", bearer)
        .json(&grant);
    let more: serde_json::Value = more.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&more["statusCode"], &more["message"]),
        (
            &json!(403),
            &json!("Insufficient scope, expected any of: create:client_grants")
        )
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
