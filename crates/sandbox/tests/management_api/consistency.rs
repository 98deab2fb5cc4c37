//! Lists lag as far as the sandbox is told to; what is asked for by its id never does.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::api::Api;

async fn lag(api: &Api, milliseconds: u64) -> u16 {
    let url = format!("{}sandbox/consistency", api.running.base_url());
    let body = json!({ "list_lag_ms": milliseconds });
    let answer = api.client().post(url).json(&body).send().await.unwrap();
    answer.status().as_u16()
}

/// Ids and role names, as the list has them.
async fn listed(api: &Api, organization: &str) -> Vec<(String, Vec<String>)> {
    let path = format!("organizations/{organization}/members?fields=user_id,roles");
    let listed = api.get(&path).await.assert_status(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let members = listed.as_array().unwrap().iter().map(|member| {
        let roles = member["roles"].as_array().unwrap().iter();
        (
            text(&member["user_id"]),
            roles.map(|role| text(&role["name"])).collect(),
        )
    });
    members.collect()
}

#[actix_web::test]
async fn a_list_of_members_shows_additions_roles_and_removals_only_after_the_lag() {
    let api = Api::start().await;
    let (organization, user) = (
        api.organization("acme").await,
        api.user("dora@example.com").await,
    );
    let role = api.role("reader").await;
    assert_eq!(lag(&api, 7_000).await, 200);
    let members = format!("organizations/{organization}/members");
    let roles = format!("{members}/{}/roles", user.replace('|', "%7C"));
    let clock = api.running.clock();
    let none: Vec<(String, Vec<String>)> = Vec::new();

    api.join(&organization, &user).await;
    assert_eq!(listed(&api, &organization).await, none);
    let joined = format!("users/{}/organizations", user.replace('|', "%7C"));
    let joined = api.get(&joined).await.assert_status(200);
    assert_eq!(joined[0]["id"], organization.as_str(), "this is immediate");
    clock.advance(TimeDelta::seconds(8));
    assert_eq!(listed(&api, &organization).await, [(user.clone(), vec![])]);

    api.post(&roles, json!({ "roles": [role] }))
        .await
        .assert_status(204);
    assert_eq!(listed(&api, &organization).await, [(user.clone(), vec![])]);
    let held = api.get(&roles).await.assert_status(200);
    assert_eq!(held[0]["name"], "reader", "this is immediate");
    clock.advance(TimeDelta::seconds(8));
    let with_role = [(user.clone(), vec!["reader".to_owned()])];
    assert_eq!(listed(&api, &organization).await, with_role);

    api.delete_with(&members, json!({ "members": [user] }))
        .await
        .assert_status(204);
    assert_eq!(listed(&api, &organization).await, with_role);
    clock.advance(TimeDelta::seconds(8));
    assert_eq!(listed(&api, &organization).await, none);
}

#[actix_web::test]
async fn lists_of_organizations_and_users_show_what_is_new_after_the_lag() {
    let api = Api::start().await;
    // What the sandbox begins with is no longer new.
    api.running.clock().advance(TimeDelta::seconds(10));
    let (before_organizations, before_users) = (
        count(&api, "organizations").await,
        count(&api, "users").await,
    );
    assert_eq!(lag(&api, 5_000).await, 200);
    let id = api.organization("acme").await;
    api.user("dora@example.com").await;
    assert_eq!(count(&api, "organizations").await, before_organizations);
    assert_eq!(count(&api, "users").await, before_users);
    api.get(&format!("organizations/{id}"))
        .await
        .assert_status(200);
    api.running.clock().advance(TimeDelta::seconds(6));
    assert_eq!(count(&api, "organizations").await, before_organizations + 1);
    assert_eq!(count(&api, "users").await, before_users + 1);
    assert_eq!(lag(&api, 600_001).await, 400);
}

async fn count(api: &Api, path: &str) -> usize {
    let listed = api.get(path).await.assert_status(200);
    listed.as_array().unwrap().len()
}
