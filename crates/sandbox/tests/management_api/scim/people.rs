use reqwest::Method;
use serde_json::{Value, json};

use super::{Provisioned, assert_refused, person};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[actix_web::test]
async fn a_new_person_is_a_user_of_the_connection_by_the_attribute_map() {
    let acme = Provisioned::start().await;
    let mut ada = person("00u1");
    ada[ENTERPRISE] = json!({ "department": "R&D", "manager": { "value": "00u9" } });
    ada["password"] = json!("never-kept");
    ada["active"] = json!("True");
    let made = acme.send(Method::POST, "Users", &ada).await;
    let at = made.headers["location"].to_str().unwrap().to_owned();
    let made = made.assert_status(201);
    assert_eq!(made["id"], "okta|acme|00u1");
    assert_eq!(made["meta"]["location"], at.as_str());
    assert_eq!(
        (&made["externalId"], &made["active"]),
        (&json!("00u1"), &json!(true))
    );
    assert!(!made.to_string().contains("never-kept"));
    let account = acme.account("okta|acme|00u1").await;
    assert_eq!(account["email"], "00u1@acme.example");
    assert_eq!(
        (&account["name"], &account["blocked"]),
        (&json!("Ada 00u1"), &json!(false))
    );
    assert_eq!(account["identities"][0]["connection"], "acme");
    assert_eq!(
        account["app_metadata"],
        json!({
            "external_id": "00u1", "locale": "en-US", "department": "R&D", "manager": "00u9",
        })
    );
}

#[actix_web::test]
async fn nobody_is_there_twice_whatever_the_case_and_only_within_the_connection() {
    let acme = Provisioned::start().await;
    let id = acme.person("00u1").await;
    acme.person("00u2").await;
    let mut same_name = person("00u3");
    same_name["userName"] = json!("00U1@ACME.example");
    let mut same_id = person("00u1");
    same_id["userName"] = json!("somebody@acme.example");
    for twice in [person("00u1"), same_name.clone(), same_id] {
        let refused = acme.send(Method::POST, "Users", &twice).await;
        assert_refused(&refused, 409, "uniqueness");
    }
    let taken = json!([{ "op": "replace", "path": "userName", "value": "00u2@acme.example" }]);
    assert_refused(
        &acme.patch(&format!("Users/{id}"), taken).await,
        409,
        "uniqueness",
    );
    let listed = acme.get("Users").await.assert_status(200);
    assert_eq!(listed["totalResults"], 2);
    let straße = json!({ "userName": "STRAẞE@acme.example", "externalId": "00u4" });
    acme.send(Method::POST, "Users", &straße)
        .await
        .assert_status(201);
    let again = json!({ "userName": "straße@acme.example", "externalId": "00u5" });
    assert_refused(
        &acme.send(Method::POST, "Users", &again).await,
        409,
        "uniqueness",
    );
    let other = acme.api.connection("other", "okta").await;
    let elsewhere = Provisioned {
        token: super::token_of(&acme.api, &other).await,
        connection: other,
        api: acme.api,
    };
    assert_eq!(elsewhere.person("00u1").await, "okta|other|00u1");
    assert_refused(&elsewhere.get(&format!("Users/{id}")).await, 404, "");
}

#[actix_web::test]
async fn every_form_of_patch_that_identity_providers_send_is_understood() {
    let acme = Provisioned::start().await;
    let id = acme.person("00u1").await;
    let path = format!("Users/{id}");
    let change = async |operations: Value| acme.patch(&path, operations).await.assert_status(200);
    let dotted = change(json!([{ "op": "Replace", "value": {
        "name.givenName": "Augusta", "displayName": "Augusta King",
        (format!("{ENTERPRISE}:department")): "Analysis",
    } }]))
    .await;
    assert_eq!(
        dotted["name"],
        json!({ "givenName": "Augusta", "familyName": "00u1" })
    );
    assert_eq!(dotted[ENTERPRISE]["department"], "Analysis");
    let moved = change(json!([
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "augusta@acme.example" },
        { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+44 20" },
        { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "00u9" },
        { "op": "Add", "path": "notInTheMap", "value": "ignored" },
        { "op": "Remove", "path": "locale" },
    ]))
    .await;
    assert_eq!(moved["emails"][0]["value"], "augusta@acme.example");
    assert_eq!(
        moved["phoneNumbers"],
        json!([{ "type": "mobile", "value": "+44 20" }])
    );
    assert_eq!(moved[ENTERPRISE]["manager"], json!({ "value": "00u9" }));
    assert!(moved.get("locale").is_none() && moved.get("notInTheMap").is_none());
    let account = acme.account(&id).await;
    assert_eq!(
        (&account["email"], &account["name"]),
        (&json!("augusta@acme.example"), &json!("Augusta King"))
    );
    assert_eq!(account["app_metadata"]["manager"], "00u9");
    assert_eq!(account["app_metadata"]["locale"], Value::Null);
    let whole =
        change(json!([{ "op": "replace", "path": "name", "value": { "familyName": "King" } }]))
            .await;
    assert_eq!(
        whole["name"],
        json!({ "givenName": "Augusta", "familyName": "King" })
    );
}

#[actix_web::test]
async fn what_is_no_patch_is_refused_and_changes_nothing() {
    let acme = Provisioned::start().await;
    let id = acme.person("00u1").await;
    let path = format!("Users/{id}");
    let rename = json!({ "op": "replace", "path": "displayName", "value": "Half" });
    for (operation, kind) in [
        (
            json!({ "op": "destroy", "path": "active" }),
            "invalidSyntax",
        ),
        (
            json!({ "op": "replace", "path": "id", "value": "other" }),
            "mutability",
        ),
        (
            json!({ "op": "replace", "path": "active", "value": "perhaps" }),
            "invalidValue",
        ),
        (json!({ "op": "replace", "path": "active" }), "invalidValue"),
        (json!({ "op": "remove" }), "noTarget"),
        (
            json!({ "op": "remove", "path": "userName" }),
            "invalidValue",
        ),
        (
            json!({ "op": "replace", "path": "emails[type", "value": "x" }),
            "invalidPath",
        ),
        (
            json!({ "op": "replace", "path": "emails[type co \"work\"].value", "value": "x" }),
            "invalidFilter",
        ),
    ] {
        let refused = acme.patch(&path, json!([rename, operation])).await;
        assert_refused(&refused, 400, kind);
    }
    let many: Vec<Value> = vec![rename.clone(); 1_001];
    assert_refused(&acme.patch(&path, json!(many)).await, 400, "tooMany");
    assert_eq!(acme.account(&id).await["name"], "Ada 00u1");
    let nameless = json!({ "externalId": "00u7" });
    assert_refused(
        &acme.send(Method::POST, "Users", &nameless).await,
        400,
        "invalidValue",
    );
    let without_id = json!({ "userName": "x@acme.example" });
    assert_refused(
        &acme.send(Method::POST, "Users", &without_id).await,
        400,
        "invalidValue",
    );
}

#[actix_web::test]
async fn lists_are_filtered_and_paged_within_bounds() {
    let acme = Provisioned::start().await;
    for number in 0..5 {
        acme.person(&format!("00u{number}")).await;
    }
    acme.api.user("elsewhere@example.com").await;
    let found = acme
        .get("Users?filter=userName%20eq%20%2200U3%40acme.example%22")
        .await;
    let found = found.assert_status(200);
    assert_eq!(
        (&found["totalResults"], &found["Resources"][0]["externalId"]),
        (&json!(1), &json!("00u3"))
    );
    for (query, start, length) in [
        ("startIndex=1&count=2", 1, 2),
        ("startIndex=5&count=2", 5, 1),
        ("startIndex=99", 99, 0),
        ("startIndex=-3&count=-1", 1, 0),
        ("startIndex=0&count=1000000000", 1, 5),
        ("count=99999999999999999999999999", 1, 5),
        ("count=0", 1, 0),
    ] {
        let page = acme.get(&format!("Users?{query}")).await.assert_status(200);
        assert_eq!(
            (&page["totalResults"], &page["startIndex"]),
            (&json!(5), &json!(start)),
            "{query}"
        );
        assert_eq!(
            page["Resources"].as_array().unwrap().len(),
            length,
            "{query}"
        );
    }
    assert_refused(&acme.get("Users?count=many").await, 400, "invalidValue");
    let injected = "Users?filter=userName%20eq%20%22x%22%20or%20%22a%22%20eq%20%22a%22";
    assert_refused(&acme.get(injected).await, 400, "invalidFilter");
    let narrow = acme
        .get("Users?attributes=userName&count=1")
        .await
        .assert_status(200);
    assert!(narrow["Resources"][0].get("emails").is_none());
    let search = json!({ "filter": "externalId eq \"00u2\"", "count": 10 });
    let search = acme.send(Method::POST, "Users/.search", &search).await;
    assert_eq!(search.assert_status(200)["totalResults"], 1);
}
