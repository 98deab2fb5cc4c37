use serde_json::{Map, Value, json};

use crate::api::Api;

const NOT_FOUND: &str = "No organization found by that id or name";

#[actix_web::test]
async fn a_creation_echoes_its_connections_and_a_read_does_not() {
    let api = Api::start().await;
    let connection = api.connection("acme-ad", "ad").await;
    let enabled = json!([{ "connection_id": connection, "assign_membership_on_login": true }]);
    let new = json!({ "name": "acme", "display_name": "Acme", "enabled_connections": enabled });
    let made = api.post("organizations", new).await.assert_status(201);
    let id = made["id"].as_str().unwrap();
    let echoed = json!([{
        "connection_id": connection, "assign_membership_on_login": true, "show_as_button": true,
        "connection": { "name": "acme-ad", "strategy": "ad" },
    }]);
    assert_eq!(made["enabled_connections"], echoed);
    let read = json!({ "id": id, "name": "acme", "display_name": "Acme" });
    let shown = api.get(&format!("organizations/{id}")).await;
    assert_eq!(shown.assert_status(200), read);
    let named = api.get("organizations/name/acme").await;
    assert_eq!(named.assert_status(200), read);
}

#[actix_web::test]
async fn names_are_unique() {
    let api = Api::start().await;
    api.organization("acme").await;
    let other = api.organization("other").await;
    let message = "An organization with the same name already exists.";
    let taken = json!({ "name": "acme" });
    api.post("organizations", taken.clone()).await.assert_error(
        409,
        "organization_conflict",
        message,
    );
    api.patch(&format!("organizations/{other}"), taken)
        .await
        .assert_error(409, "organization_conflict", message);
}

#[actix_web::test]
async fn a_change_keeps_what_it_does_not_name_and_replaces_the_metadata() {
    let api = Api::start().await;
    let new = json!({ "name": "acme", "display_name": "Acme", "metadata": { "a": "1", "b": "2" } });
    let made = api.post("organizations", new).await.assert_status(201);
    let path = format!("organizations/{}", made["id"].as_str().unwrap());
    let renamed = api.patch(&path, json!({ "name": "acme-2" })).await;
    assert_eq!(
        renamed.assert_status(200)["metadata"],
        json!({ "a": "1", "b": "2" })
    );
    let patch = json!({ "metadata": { "c": "3", "a": null } });
    let changed = api.patch(&path, patch).await.assert_status(200);
    assert_eq!(changed["metadata"], json!({ "c": "3" }));
    assert_eq!(
        (&changed["name"], &changed["display_name"]),
        (&json!("acme-2"), &json!("Acme"))
    );
}

#[actix_web::test]
async fn names_follow_the_vendors_rule() {
    let api = Api::start().await;
    for name in ["a", "9-lives", "a_b-c", &"x".repeat(50)] {
        api.post("organizations", json!({ "name": name }))
            .await
            .assert_status(201);
    }
    for name in [
        "Acme",
        "-acme",
        "acme-",
        "org_1",
        "a b",
        "ä",
        &"x".repeat(51),
    ] {
        let message = format!(
            "Payload validation error: 'Object didn't pass validation for format organization-name: {name}' on property name."
        );
        api.post("organizations", json!({ "name": name }))
            .await
            .assert_error(400, "invalid_body", &message);
    }
}

#[actix_web::test]
async fn bodies_are_validated_with_the_vendors_words() {
    let api = Api::start().await;
    let pairs: Map<String, Value> = (0..26).map(|n| (n.to_string(), json!("v"))).collect();
    for (body, says) in [
        (json!({}), "'Missing required property: name'"),
        (
            json!({ "name": "a", "size": 1 }),
            "'Additional properties not allowed: size'",
        ),
        (
            json!({ "name": 1 }),
            "'Expected type string but found type integer' on property name",
        ),
        (
            json!({ "name": "a", "metadata": pairs }),
            "'Too many properties defined (26), maximum 25' on property metadata",
        ),
        (
            json!({ "name": "a", "metadata": { "k": 1 } }),
            "'Expected type string but found type integer' on property metadata.k",
        ),
        (
            json!({ "name": "a", "branding": { "colors": { "primary": "#fff" } } }),
            "'Missing required property: page_background' on property branding.colors",
        ),
    ] {
        let message = format!("Payload validation error: {says}.");
        api.post("organizations", body)
            .await
            .assert_error(400, "invalid_body", &message);
    }
}

#[actix_web::test]
async fn a_metadata_value_of_256_characters_is_too_long() {
    let api = Api::start().await;
    let with = |length| json!({ "name": "acme", "metadata": { "k": "ü".repeat(length) } });
    let message = "Payload validation error: 'String is too long (256 chars), maximum 255' on property metadata.k.";
    api.post("organizations", with(256))
        .await
        .assert_error(400, "invalid_body", message);
    api.post("organizations", with(255))
        .await
        .assert_status(201);
}

#[actix_web::test]
async fn a_deleted_organization_is_gone_and_cannot_be_deleted_again() {
    let api = Api::start().await;
    let path = format!("organizations/{}", api.organization("acme").await);
    api.delete(&path).await.assert_status(204);
    api.get(&path).await.assert_error(404, "", NOT_FOUND);
    api.delete(&path).await.assert_error(404, "", NOT_FOUND);
}
