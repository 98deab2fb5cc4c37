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

#[actix_web::test]
async fn the_management_api_shows_groups_and_who_is_in_them() {
    let acme = Provisioned::start().await;
    let (ada, ben) = (acme.person("00u1").await, acme.person("00u2").await);
    let path = group(&acme, &[&ada, &ben]).await;
    let id = path.trim_start_matches("Groups/");
    let api = &acme.api;
    let list = format!("groups?connection_id={}", acme.connection);
    let listed = api.get(&list).await.assert_status(200);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let shown = api.get(&format!("groups/{id}")).await.assert_status(200);
    assert_eq!(listed[0], shown);
    assert_eq!(
        (
            &shown["name"],
            &shown["external_id"],
            &shown["connection_id"]
        ),
        (&json!("Engineering"), &json!("g1"), &json!(acme.connection))
    );
    assert!(
        id[4..].chars().all(|letter| !"0OIl".contains(letter)),
        "{id}"
    );
    let elsewhere = api.get("groups?connection_id=con_0000000000000000").await;
    assert_eq!(elsewhere.assert_status(200), json!([]));
    let members = format!("groups/{id}/members");
    let first = api.get(&format!("{members}?take=1")).await;
    let first = first.assert_status(200);
    let next = first["next"].as_str().expect("there is another one");
    let second = api.get(&format!("{members}?take=1&from={next}")).await;
    let second = second.assert_status(200);
    let ids = [&first["members"][0]["id"], &second["members"][0]["id"]];
    assert_eq!(ids, [&json!(ada), &json!(ben)]);
    assert_eq!(first["members"][0]["member_type"], "user");
    let of_ada = format!("users/{}/groups?take=50", ada.replace('|', "%7C"));
    let held = api.get(&of_ada).await.assert_status(200);
    assert_eq!(held["groups"], json!([shown]));
    acme.patch(&path, json!([{ "op": "remove", "path": "members" }]))
        .await
        .assert_status(200);
    let held = api.get(&of_ada).await.assert_status(200);
    assert_eq!(held["groups"], json!([]));
    api.delete(&format!("groups/{id}")).await.assert_status(204);
    acme.get(&path).await.assert_status(404);
    api.get(&members).await.assert_status(404);
}
