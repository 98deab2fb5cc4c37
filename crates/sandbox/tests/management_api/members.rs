use serde_json::json;

use crate::api::Api;

#[actix_web::test]
async fn members_are_added_again_without_harm_and_listed_in_short() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let user = api.user("Dora@Example.com").await;
    api.join(&organization, &user).await;
    api.join(&organization, &user).await;
    let members = api
        .get(&format!("organizations/{organization}/members"))
        .await
        .assert_status(200);
    assert_eq!(members.as_array().unwrap().len(), 1);
    assert_eq!(members[0]["user_id"], user);
    assert_eq!(members[0]["email"], "dora@example.com");
    assert!(members[0].get("roles").is_none());
}

#[actix_web::test]
async fn one_call_takes_one_to_ten_members() {
    let api = Api::start().await;
    let path = format!("organizations/{}/members", api.organization("acme").await);
    let eleven: Vec<String> = (0..11).map(|number| format!("auth0|{number}")).collect();
    let message =
        "Payload validation error: 'Array is too long (11), maximum 10' on property members.";
    api.post(&path, json!({ "members": eleven }))
        .await
        .assert_error(400, "invalid_body", message);
    let message =
        "Payload validation error: 'Array is too short (0), minimum 1' on property members.";
    api.delete_with(&path, json!({ "members": [] }))
        .await
        .assert_error(400, "invalid_body", message);
    api.post(&path, json!({ "members": ["auth0|0"] }))
        .await
        .assert_error(404, "inexistent_user", "The user does not exist.");
}

#[actix_web::test]
async fn roles_given_before_the_membership_show_with_it() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let (user, role) = (
        api.user("dora@example.com").await,
        api.role("auditor").await,
    );
    let roles = format!("organizations/{organization}/members/{user}/roles");
    api.post(&roles, json!({ "roles": [role] }))
        .await
        .assert_status(204);
    api.join(&organization, &user).await;
    let members = api
        .get(&format!(
            "organizations/{organization}/members?fields=user_id,roles"
        ))
        .await
        .assert_status(200);
    let held = json!([{ "id": role, "name": "auditor" }]);
    assert_eq!(members, json!([{ "user_id": user, "roles": held }]));
}

#[actix_web::test]
async fn leaving_takes_the_roles_and_keeps_the_user() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let (user, role) = (
        api.user("dora@example.com").await,
        api.role("auditor").await,
    );
    let members = format!("organizations/{organization}/members");
    let roles = format!("{members}/{user}/roles");
    api.join(&organization, &user).await;
    api.post(&roles, json!({ "roles": [role] }))
        .await
        .assert_status(204);
    api.delete_with(&members, json!({ "members": [user] }))
        .await
        .assert_status(204);
    api.join(&organization, &user).await;
    assert_eq!(api.get(&roles).await.assert_status(200), json!([]));
    api.get(&format!("users/{user}")).await.assert_status(200);
}

#[actix_web::test]
async fn a_member_holds_at_most_fifty_roles() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let user = api.user("dora@example.com").await;
    api.join(&organization, &user).await;
    let mut roles = Vec::new();
    for number in 0..51 {
        roles.push(api.role(&format!("role-{number}")).await);
    }
    let path = format!("organizations/{organization}/members/{user}/roles");
    api.post(&path, json!({ "roles": roles[..50] }))
        .await
        .assert_status(204);
    api.post(&path, json!({ "roles": roles[50..] }))
        .await
        .assert_status(409);
}

#[actix_web::test]
async fn an_unknown_role_is_not_found() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let user = api.user("dora@example.com").await;
    let path = format!("organizations/{organization}/members/{user}/roles");
    api.post(&path, json!({ "roles": ["rol_0123456789abcdef"] }))
        .await
        .assert_error(404, "", "The role does not exist.");
}

#[actix_web::test]
async fn a_user_lists_the_organizations_it_is_in() {
    let api = Api::start().await;
    let (acme, _other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let user = api.user("dora@example.com").await;
    api.join(&acme, &user).await;
    let path = format!("users/{user}/organizations");
    let joined = api.get(&path).await.assert_status(200);
    assert_eq!(joined, json!([{ "id": acme, "name": "acme" }]));
    api.get("users/auth0|nobody/organizations")
        .await
        .assert_error(404, "", "User not found");
}
