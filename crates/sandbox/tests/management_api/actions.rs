//! Actions as API objects: written, deployed, bound, and run at the next login.

use serde_json::{Value, json};

use crate::api::Api;

fn action(name: &str, code: &str) -> Value {
    json!({
        "name": name, "code": code, "runtime": "node22",
        "supported_triggers": [{ "id": "post-login", "version": "v3" }],
        "secrets": [{ "name": "COLOUR", "value": "green" }],
    })
}

const DENIES: &str = "exports.onExecutePostLogin = async (event, api) => { api.access.deny(event.secrets.COLOUR); };";

async fn bind(api: &Api, id: &Value) -> u16 {
    let bindings = json!({ "bindings": [{ "ref": { "type": "action_id", "value": id } }] });
    let path = "actions/triggers/post-login/bindings";
    api.patch(path, bindings).await.status
}

#[actix_web::test]
async fn what_is_deployed_and_bound_runs_with_its_secrets() {
    let api = Api::start().await;
    let made = api
        .post("actions/actions", action("colours", DENIES))
        .await
        .assert_status(201);
    assert_eq!(
        (&made["status"], &made["secrets"][0]["name"]),
        (&json!("pending"), &json!("COLOUR"))
    );
    assert!(!made.to_string().contains("green"));
    assert_eq!(
        bind(&api, &made["id"]).await,
        400,
        "not before it is deployed"
    );
    let id = made["id"].as_str().unwrap();
    api.post(&format!("actions/actions/{id}/deploy"), json!({}))
        .await
        .assert_status(200);
    let shown = api.get(&format!("actions/actions/{id}")).await.body;
    assert_eq!(shown["all_changes_deployed"], true);
    assert_eq!(bind(&api, &made["id"]).await, 200);
    let bound = api.get("actions/triggers/post-login/bindings").await.body;
    assert_eq!(bound["total"], 1);
    let run = api.run_actions(json!({ "user": {} })).await;
    assert_eq!(run["denied"], "green");
}

#[actix_web::test]
async fn a_draft_changes_nothing_until_it_is_deployed() {
    let api = Api::start().await;
    let mut new = action("colours", DENIES);
    new["deploy"] = json!(true);
    let made = api.post("actions/actions", new).await.assert_status(201);
    bind(&api, &made["id"]).await;
    let path = format!("actions/actions/{}", made["id"].as_str().unwrap());
    // A secret without a value keeps the one it had.
    let change = json!({ "code": "", "secrets": [{ "name": "COLOUR" }] });
    let changed = api.patch(&path, change).await.assert_status(200);
    assert_eq!(changed["all_changes_deployed"], false);
    assert_eq!(api.run_actions(json!({})).await["denied"], "green");
    let back = json!({ "code": DENIES });
    api.patch(&path, back).await.assert_status(200);
    api.post(&format!("{path}/deploy"), json!({}))
        .await
        .assert_status(200);
    assert_eq!(api.run_actions(json!({})).await["denied"], "green");
}

#[actix_web::test]
async fn the_products_own_come_with_a_tenant_and_not_with_a_bare_one() {
    let api = Api::start().await;
    let listed = api.get("actions/actions?deployed=true").await.body;
    let names: Vec<&str> = listed["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"manage-subscription"), "{names:?}");
    let url = format!("{}sandbox/reset?bare=true", api.running.base_url());
    let reset = api.client().post(url).send().await.unwrap();
    assert_eq!(reset.status(), 204);
    let clients = api.get("clients").await.body;
    let clients: Vec<&str> = clients
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(clients, ["Set-up"]);
    for path in ["actions/actions", "roles", "resource-servers"] {
        let answer = api.get(path).await.body;
        let list = answer.get("actions").unwrap_or(&answer).as_array().unwrap();
        // Of APIs, Auth0's own is there.
        assert_eq!(
            list.len(),
            usize::from(path == "resource-servers"),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn one_that_is_bound_is_deleted_by_force_only() {
    let api = Api::start().await;
    let mut new = action("colours", DENIES);
    new["deploy"] = json!(true);
    let made = api.post("actions/actions", new).await.assert_status(201);
    bind(&api, &made["id"]).await;
    let path = format!("actions/actions/{}", made["id"].as_str().unwrap());
    assert_eq!(api.delete(&path).await.status, 409);
    assert_eq!(api.delete(&format!("{path}?force=true")).await.status, 204);
    api.get(&path)
        .await
        .assert_error(404, "", "That action does not exist.");
}

#[actix_web::test]
async fn settings_of_one_document_keep_what_is_not_sent() {
    let api = Api::start().await;
    let prompts = json!({ "identifier_first": true });
    let prompts = api.patch("prompts", prompts).await.assert_status(200);
    assert_eq!(
        (
            &prompts["identifier_first"],
            &prompts["universal_login_experience"]
        ),
        (&json!(true), &json!("new"))
    );
    let wrong = json!({ "identifier_first": "yes" });
    api.patch("prompts", wrong).await.assert_status(400);
    api.get("email-templates/user_invitation")
        .await
        .assert_status(404);
    api.get("emails/provider").await.assert_error(
        404,
        "inexistent_email_provider",
        "There is not a configured email provider",
    );
    let provider = json!({ "name": "smtp", "credentials": { "smtp_host": "mail.example.com", "smtp_pass": "s3cret" } });
    let provider = api
        .post("emails/provider", provider)
        .await
        .assert_status(201);
    assert_eq!(
        (&provider["enabled"], &provider["credentials"]),
        (&json!(true), &json!({ "smtp_host": "mail.example.com" }))
    );
    let template = json!({ "template": "user_invitation", "subject": "Come in", "enabled": true });
    api.post("email-templates", template.clone())
        .await
        .assert_status(200);
    api.post("email-templates", template).await.assert_error(
        409,
        "",
        "Template user_invitation already exists.",
    );
    let off = json!({ "enabled": false });
    let off = api
        .patch("email-templates/user_invitation", off)
        .await
        .assert_status(200);
    assert_eq!(
        (&off["enabled"], &off["subject"]),
        (&json!(false), &json!("Come in"))
    );
}
