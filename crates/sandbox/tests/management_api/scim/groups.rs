use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Provisioned, assert_refused};

async fn group(acme: &Provisioned, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let new = json!({ "displayName": "Engineering", "externalId": "g1", "members": members });
    let made = acme.send(Method::POST, "Groups", &new).await;
    let id = made.assert_status(201)["id"].as_str().unwrap().to_owned();
    format!("Groups/{id}")
}

async fn members(acme: &Provisioned, path: &str) -> Vec<String> {
    let shown = acme.get(path).await.assert_status(200);
    let members = shown["members"].as_array().into_iter().flatten();
    members
        .map(|member| member["value"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn members_come_and_go_in_every_form() {
    let acme = Provisioned::start().await;
    let (ada, ben) = (acme.person("00u1").await, acme.person("00u2").await);
    let path = group(&acme, &[]).await;
    for (operations, expected) in [
        (
            json!([{ "op": "Add", "path": "members", "value": [{ "value": ada }] }]),
            vec![&ada],
        ),
        (
            json!([{ "op": "add", "path": "members", "value": [{ "value": ada }, { "value": ben }] }]),
            vec![&ada, &ben],
        ),
        (
            json!([{ "op": "Remove", "path": "members", "value": [{ "value": ada }] }]),
            vec![&ben],
        ),
        (
            json!([{ "op": "remove", "path": format!("members[value eq \"{ben}\"]") }]),
            vec![],
        ),
        (
            json!([{ "op": "replace", "path": "members", "value": [{ "value": ben }] }]),
            vec![&ben],
        ),
        (
            json!([{ "op": "replace", "value": { "id": "g", "displayName": "Research", "members": [{ "value": ada }] } }]),
            vec![&ada],
        ),
        (json!([{ "op": "remove", "path": "members" }]), vec![]),
    ] {
        acme.patch(&path, operations.clone())
            .await
            .assert_status(200);
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(members(&acme, &path).await, expected, "{operations}");
    }
    let found = acme
        .get("Groups?filter=displayName%20eq%20%22research%22&excludedAttributes=members")
        .await;
    assert_eq!(found.assert_status(200)["totalResults"], 1);
    acme.send(Method::DELETE, &path, &Value::Null)
        .await
        .assert_status(204);
    assert_refused(&acme.get(&path).await, 404, "");
}

#[actix_web::test]
async fn a_member_is_a_user_of_the_connection_and_leaves_with_their_account() {
    let acme = Provisioned::start().await;
    let stranger = acme.api.user("stranger@example.com").await;
    let ada = acme.person("00u1").await;
    let path = group(&acme, &[&ada]).await;
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": stranger }] }]);
    assert_refused(&acme.patch(&path, add).await, 400, "invalidValue");
    acme.send(Method::DELETE, &format!("Users/{ada}"), &Value::Null)
        .await
        .assert_status(204);
    assert!(members(&acme, &path).await.is_empty());
}

#[actix_web::test]
async fn a_patch_changes_a_thousand_members_and_a_put_sets_ten_thousand() {
    let acme = Provisioned::start().await;
    let ada = acme.person("00u1").await;
    let path = group(&acme, &[&ada]).await;
    let strangers = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|number| json!({ "value": format!("okta|acme|x{number}") }))
            .collect()
    };
    let started = Instant::now();
    let add = json!([{ "op": "add", "path": "members", "value": strangers(1_001) }]);
    assert_refused(&acme.patch(&path, add).await, 400, "tooMany");
    let add = json!([{ "op": "add", "path": "members", "value": strangers(1_000) }]);
    assert_refused(&acme.patch(&path, add).await, 400, "invalidValue");
    for (count, kind) in [(10_001, "tooMany"), (10_000, "invalidValue")] {
        let put = json!({ "displayName": "Engineering", "members": strangers(count) });
        assert_refused(&acme.send(Method::PUT, &path, &put).await, 400, kind);
    }
    let twice = vec![json!({ "value": ada }); 1_000];
    let add = json!([{ "op": "add", "path": "members", "value": twice }]);
    acme.patch(&path, add).await.assert_status(200);
    assert_eq!(members(&acme, &path).await, [ada]);
    assert!(started.elapsed() < Duration::from_secs(30), "bounded work");
}
