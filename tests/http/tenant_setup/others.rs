//! What somebody else keeps in the tenant beside ours.

use reqwest::Method;
use serde_json::{Value, json};

use super::tenant::Setup;

const BINDINGS: &str = "actions/triggers/post-login/bindings";

/// What somebody else keeps in the tenant, as it was.
pub(super) struct Others(Vec<(String, Value)>);

impl Others {
    pub(super) async fn plant(setup: &Setup) -> Self {
        let post =
            async |path: &str, body: Value| setup.auth0(Method::POST, path, Some(body)).await;
        let client = post(
            "clients",
            json!({ "name": "Payroll", "callbacks": ["https://pay.example/"] }),
        )
        .await;
        let role = post(
            "roles",
            json!({ "name": "auditor", "description": "Theirs" }),
        )
        .await;
        let action = post("actions/actions", json!({
            "name": "their-action", "code": "exports.onExecutePostLogin = async () => {};", "deploy": true,
            "supported_triggers": [{ "id": "post-login", "version": "v3" }],
        }))
        .await;
        let binding =
            json!({ "bindings": [{ "ref": { "type": "action_id", "value": action["id"] } }] });
        setup.auth0(Method::PATCH, BINDINGS, Some(binding)).await;
        let places = [
            ("clients", &client["client_id"]),
            ("roles", &role["id"]),
            ("actions/actions", &action["id"]),
        ];
        let mut others = Vec::new();
        for (path, id) in places {
            let path = format!("{path}/{}", id.as_str().expect("an id"));
            let body = setup.auth0(Method::GET, &path, None).await;
            others.push((path, body));
        }
        Self(others)
    }

    /// Theirs are as they were, and what they bound runs before ours.
    pub(super) async fn are_untouched(&self, setup: &Setup) {
        for (path, before) in &self.0 {
            assert_eq!(
                &setup.auth0(Method::GET, path, None).await,
                before,
                "{path}"
            );
        }
        let bound = setup.auth0(Method::GET, BINDINGS, None).await;
        let bound = bound["bindings"].as_array().expect("bindings").iter();
        let bound: Vec<&str> = bound
            .filter_map(|one| one["display_name"].as_str())
            .collect();
        assert_eq!(
            bound,
            [
                "their-action",
                "manage-subscription",
                "default-member-role",
                "organization-claims",
                "mfa-policy",
                "sso-policy",
                "login-proof"
            ]
        );
    }
}

/// A trigger with as many Actions as leave no room for ours, and an application of our name that may do more than ours.
pub(super) async fn crowd(setup: &Setup) {
    let post = async |path: &str, body: Value| setup.auth0(Method::POST, path, Some(body)).await;
    let mut bindings = Vec::new();
    for at in 0..15 {
        let action = post("actions/actions", json!({
            "name": format!("their-action-{at}"), "code": "exports.onExecutePostLogin = async () => {};",
            "deploy": true, "supported_triggers": [{ "id": "post-login", "version": "v3" }],
        }))
        .await;
        bindings.push(json!({ "ref": { "type": "action_id", "value": action["id"] } }));
    }
    let bindings = json!({ "bindings": bindings });
    setup.auth0(Method::PATCH, BINDINGS, Some(bindings)).await;
    let backend = json!({ "name": "Tenantry backend", "app_type": "non_interactive" });
    let backend = post("clients", backend).await;
    let api = json!({ "identifier": "https://payroll.example/", "name": "Payroll" });
    post("resource-servers", api).await;
    post(
        "client-grants",
        json!({
            "client_id": backend["client_id"], "audience": "https://payroll.example/", "scope": [],
        }),
    )
    .await;
}
