use reqwest::Method;
use serde_json::{Value, json};

use super::{Provisioned, assert_refused, person};

/// Every way in which Entra ID and Okta say that somebody has left.
fn forms() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Okta, no path",
            json!([{ "op": "replace", "value": { "active": false } }]),
        ),
        (
            "Entra ID, path and a word",
            json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        ),
        (
            "Entra ID, no path and a word",
            json!([{ "op": "Replace", "value": { "active": "False" } }]),
        ),
        (
            "path",
            json!([{ "op": "replace", "path": "active", "value": false }]),
        ),
        (
            "path with its schema, after another operation",
            json!([
                { "op": "Add", "path": "title", "value": "gone" },
                { "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false },
            ]),
        ),
    ]
}

#[actix_web::test]
async fn every_form_of_deactivation_blocks_the_account_and_another_lets_it_in_again() {
    let acme = Provisioned::start().await;
    for (index, (form, operations)) in forms().into_iter().enumerate() {
        let id = acme.person(&format!("00u{index}")).await;
        assert_eq!(acme.account(&id).await["blocked"], false);
        let path = format!("Users/{id}");
        let left = acme.patch(&path, operations).await.assert_status(200);
        assert_eq!(left["active"], false, "{form}");
        assert_eq!(acme.account(&id).await["blocked"], true, "{form}");
        let back = json!([{ "op": "Replace", "path": "active", "value": "True" }]);
        acme.patch(&path, back).await.assert_status(200);
        assert_eq!(acme.account(&id).await["blocked"], false, "{form}");
    }
}

#[actix_web::test]
async fn a_put_deactivates_and_one_that_is_silent_about_it_lets_nobody_in() {
    let acme = Provisioned::start().await;
    let id = acme.person("00u1").await;
    let path = format!("Users/{id}");
    for active in [json!(false), json!("False")] {
        let mut put = person("00u1");
        put["active"] = active;
        acme.send(Method::PUT, &path, &put).await.assert_status(200);
        assert_eq!(acme.account(&id).await["blocked"], true);
        put.as_object_mut().unwrap().remove("active");
        let silent = acme.send(Method::PUT, &path, &put).await;
        assert_eq!(silent.assert_status(200)["active"], false);
        assert_eq!(acme.account(&id).await["blocked"], true);
        acme.send(Method::PUT, &path, &person("00u1"))
            .await
            .assert_status(200);
        assert_eq!(acme.account(&id).await["blocked"], false);
    }
}

#[actix_web::test]
async fn a_deletion_deletes_and_the_tenant_tells_of_everything() {
    let acme = Provisioned::start().await;
    let id = acme.person("00u1").await;
    let path = format!("Users/{id}");
    let block = json!([{ "op": "replace", "value": { "active": false } }]);
    acme.patch(&path, block).await.assert_status(200);
    acme.send(Method::DELETE, &path, &Value::Null)
        .await
        .assert_status(204);
    assert_refused(&acme.get(&path).await, 404, "");
    let gone = acme.send(Method::DELETE, &path, &Value::Null).await;
    assert_refused(&gone, 404, "");
    let account = acme
        .api
        .get(&format!("users/{}", id.replace('|', "%7C")))
        .await;
    assert_eq!(account.status, 404);
    let logged = acme.api.get("logs?q=type:sscim").await.assert_status(200);
    let logged: Vec<&str> = logged
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["details"]["request"]["method"].as_str().unwrap())
        .collect();
    assert_eq!(logged, ["delete", "patch", "post"]);
    let failed = acme.api.get("logs?q=type:fscim").await.assert_status(200);
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert!(!logged.concat().contains(&acme.token) && !failed.to_string().contains(&acme.token));
}
