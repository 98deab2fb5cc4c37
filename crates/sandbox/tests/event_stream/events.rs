//! What is told.

use reqwest::Method;
use serde_json::{Value, json};

use crate::listener::Listener;

async fn role(listener: &Listener) -> Value {
    let roles = listener.call(Method::GET, "roles", json!({})).await;
    roles[0].clone()
}

#[tokio::test]
async fn every_write_of_members_and_roles_is_told_in_order() {
    let listener = Listener::start().await;
    let (organization, user) = (listener.organization().await, listener.user().await);
    let role = role(&listener).await;
    let members = format!("organizations/{organization}/members");
    let roles = format!("{members}/{}/roles", user.replace('|', "%7C"));
    let (one, given) = (
        json!({ "members": [user] }),
        json!({ "roles": [role["id"]] }),
    );
    for (method, path, body) in [
        (Method::POST, &members, &one),
        (Method::POST, &roles, &given),
        (Method::DELETE, &roles, &given),
        (Method::DELETE, &members, &one),
    ] {
        // The second time nothing changes, and nothing is told.
        listener.call(method.clone(), path, body.clone()).await;
        listener.call(method, path, body.clone()).await;
    }
    let events = listener.wait_for(6).await;
    assert_eq!(
        listener.kinds(),
        [
            "organization.created",
            "user.created",
            "organization.member.added",
            "organization.member.role.assigned",
            "organization.member.role.deleted",
            "organization.member.deleted",
        ]
    );
    let object = &events[3]["data"]["object"];
    let expected = json!({
        "organization": { "id": organization },
        "user": { "user_id": user },
        "role": { "id": role["id"], "name": role["name"] },
    });
    assert_eq!(object, &expected);
}

#[tokio::test]
async fn an_event_is_a_cloud_event_with_auth0s_attributes() {
    let listener = Listener::start().await;
    let organization = listener.organization().await;
    let event = listener.wait_for(1).await.remove(0);
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["source"], "urn:auth0:sandbox");
    assert_eq!(event["data"]["context"]["tenant"]["id"], event["a0tenant"]);
    assert_eq!(event["data"]["object"]["id"], organization.as_str());
    for (attribute, prefix) in [("id", "evt_"), ("a0stream", "est_")] {
        let id = event[attribute].as_str().unwrap();
        assert!(id.starts_with(prefix) && id.len() == 26, "{id}");
    }
    let time = event["time"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
}

#[tokio::test]
async fn deletions_of_users_and_organizations_are_told_once_and_without_their_members() {
    let listener = Listener::start().await;
    let (organization, user) = (listener.organization().await, listener.user().await);
    let members = format!("organizations/{organization}/members");
    let one = json!({ "members": [user] });
    listener.call(Method::POST, &members, one).await;
    let user_path = format!("users/{}", user.replace('|', "%7C"));
    let renamed = json!({ "name": "Another name" });
    listener.call(Method::PATCH, &user_path, renamed).await;
    listener.call(Method::DELETE, &user_path, json!({})).await;
    let organization_path = format!("organizations/{organization}");
    let renamed = json!({ "display_name": "Another" });
    listener
        .call(Method::PATCH, &organization_path, renamed)
        .await;
    listener
        .call(Method::DELETE, &organization_path, json!({}))
        .await;
    let events = listener.wait_for(7).await;
    assert_eq!(
        listener.kinds()[3..],
        [
            "user.updated",
            "user.deleted",
            "organization.updated",
            "organization.deleted"
        ]
    );
    assert_eq!(events[3]["data"]["object"]["name"], "Another name");
    assert!(events[4]["data"]["object"]["deleted_at"].is_string());
}
