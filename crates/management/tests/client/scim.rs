//! Provisioning of a connection and its tokens.

use management::Error;
use serde_json::{Value, json};

use crate::scripted::{Answer, Tenant};

const CONFIGURATION: &str = "connections/con_1/scim-configuration";

/// As recorded, shortened.
fn configuration() -> Value {
    json!({
        "tenant_name": "acme.eu.auth0.com", "connection_id": "con_1", "connection_name": "acme-okta", "strategy": "okta",
        "mapping": [{ "scim": "userName", "auth0": "preferred_username" }, { "scim": "active", "auth0": "blocked" }],
        "updated_on": "2024-10-14T11:53:10.233Z", "created_at": "2024-10-14T11:53:10.233Z",
        "user_id_attribute": "externalId",
    })
}

#[tokio::test]
async fn a_configuration_is_made_by_default_changed_as_a_whole_and_absent_when_gone() {
    let tenant = Tenant::start().await;
    let made = [Answer::json(201, &configuration())];
    tenant.answers(&format!("POST {CONFIGURATION}"), made);
    tenant.answers(
        &format!("PATCH {CONFIGURATION}"),
        [Answer::json(200, &configuration())],
    );
    let missing = || Answer::error(404, "", "Not found");
    tenant.answers(
        &format!("GET {CONFIGURATION}"),
        [Answer::json(200, &configuration()), missing()],
    );
    tenant.answers(
        &format!("DELETE {CONFIGURATION}"),
        [Answer::empty(204), missing()],
    );
    let client = tenant.client();
    let connections = client.connections();
    let made = connections
        .create_scim_configuration("con_1")
        .await
        .unwrap();
    assert_eq!(
        (made.user_id_attribute.as_str(), made.mapping.len()),
        ("externalId", 2)
    );
    let known = connections.scim_configuration("con_1").await.unwrap();
    assert_eq!(known, Some(made.clone()));
    connections
        .change_scim_configuration("con_1", "userName", &made.mapping)
        .await
        .unwrap();
    assert_eq!(connections.scim_configuration("con_1").await, Ok(None));
    for _ in 0..2 {
        connections
            .delete_scim_configuration("con_1")
            .await
            .unwrap();
    }
    let calls = tenant.calls();
    assert_eq!(calls[0].body, json!({}));
    let change = json!({ "user_id_attribute": "userName", "mapping": configuration()["mapping"] });
    assert!(calls.iter().any(|call| call.body == change));
}

#[tokio::test]
async fn a_token_is_shown_once_and_in_no_debug_output() {
    let tenant = Tenant::start().await;
    let shown = json!({ "token_id": "tok_1", "created_at": "2024-10-14T11:53:14.542Z", "scopes": ["get:users"] });
    let mut new = shown.clone();
    new["token"] = json!("planted-scim-secret");
    let full = Answer::error(409, "", "Two tokens are active");
    let tokens = format!("{CONFIGURATION}/tokens");
    tenant.answers(&format!("POST {tokens}"), [Answer::json(201, &new), full]);
    tenant.answers(
        &format!("GET {tokens}"),
        [Answer::json(200, &json!([shown]))],
    );
    let gone = Answer::error(404, "", "Not found");
    tenant.answers(
        &format!("DELETE {tokens}/tok_1"),
        [Answer::empty(204), gone],
    );
    let client = tenant.client();
    let connections = client.connections();
    let made = connections
        .create_scim_token("con_1", Some(3_600))
        .await
        .unwrap();
    assert_eq!(made.token, "planted-scim-secret");
    assert!(!format!("{made:?}").contains("planted"));
    let full = connections.create_scim_token("con_1", None).await;
    assert!(matches!(full, Err(Error::Conflict { .. })), "{full:?}");
    let listed = connections.scim_tokens("con_1").await.unwrap().unwrap();
    assert_eq!(listed, [made.shown]);
    for _ in 0..2 {
        connections
            .revoke_scim_token("con_1", "tok_1")
            .await
            .unwrap();
    }
    let calls = tenant.calls();
    assert_eq!(calls[0].body, json!({ "token_lifetime": 3_600 }));
    assert_eq!(calls[1].body, json!({}));
}
