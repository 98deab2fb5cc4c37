//! Self-service profiles, their tickets, and the assistant behind them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::api::Api;

const FORM: [(&str, &str); 4] = [
    ("strategy", "oidc"),
    ("address", "https://idp.acme.example/"),
    ("client_id", "acme"),
    ("secret", "hush"),
];

async fn profile(api: &Api) -> String {
    let body = json!({ "name": "Ours", "allowed_strategies": ["oidc"] });
    let made = api.post("self-service-profiles", body).await;
    let made = made.assert_status(201);
    made["id"].as_str().unwrap().to_owned()
}

/// The path of the assistant's page.
async fn ticket(api: &Api, profile: &str, organization: &str, ttl: u32) -> String {
    let body = json!({
        "connection_config": { "name": "acme-oidc", "display_name": "Acme", "metadata": { "org_id": organization } },
        "enabled_clients": ["tenantry-console"], "ttl_sec": ttl,
        "enabled_organizations": [{ "organization_id": organization }],
    });
    let path = format!("self-service-profiles/{profile}/sso-ticket");
    let made = api.post(&path, body).await.assert_status(201);
    let address = made["ticket"].as_str().unwrap();
    let base = api.running.base_url();
    address.strip_prefix(base).unwrap().to_owned()
}

#[actix_web::test]
async fn a_profile_is_made_listed_shown_changed_and_deleted() {
    let api = Api::start().await;
    let id = profile(&api).await;
    assert!(id.starts_with("ssp_"));
    let path = format!("self-service-profiles/{id}");
    let listed = api.get("self-service-profiles").await.assert_status(200);
    assert_eq!(listed[0]["name"], "Ours");
    let changed = api.patch(&path, json!({ "name": "Theirs" })).await;
    let changed = changed.assert_status(200);
    assert_eq!(changed, api.get(&path).await.assert_status(200));
    assert_eq!(changed["allowed_strategies"], json!(["oidc"]));
    api.delete(&path).await.assert_status(204);
    let message = format!("Profile with ID: {id} not found");
    api.get(&path).await.assert_error(404, "", &message);
    let message = "Payload validation error: 'Missing required property: name'.";
    let refused = api.post("self-service-profiles", json!({})).await;
    refused.assert_error(400, "invalid_body", message);
}

#[actix_web::test]
async fn the_assistant_makes_the_connection_that_the_ticket_describes() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let address = ticket(&api, &profile(&api).await, &organization, 0).await;
    let (status, page) = api.page(&address, None).await;
    assert_eq!(status, 200);
    assert!(page.contains("value=\"oidc\"") && !page.contains("value=\"samlp\""));
    let (status, _) = api.page(&address, Some(&FORM[..3])).await;
    assert_eq!(status, 400);
    let other = [&[("strategy", "okta")], &FORM[1..]].concat();
    let (status, _) = api.page(&address, Some(&other)).await;
    assert_eq!(status, 403);
    let (status, _) = api.page(&address, Some(&FORM)).await;
    assert_eq!(status, 200);
    let found = api.get("connections?name=acme-oidc").await;
    let found = found.assert_status(200)[0].clone();
    assert_eq!(
        (&found["strategy"], &found["metadata"]["org_id"]),
        (&json!("oidc"), &json!(organization))
    );
    let path = format!("organizations/{organization}/enabled_connections");
    let enabled = api.get(&path).await.assert_status(200);
    assert_eq!(enabled[0]["connection_id"], found["id"]);
    // Sent again, it edits what it made.
    let (status, _) = api.page(&address, Some(&FORM)).await;
    assert_eq!(status, 200);
    let all = api
        .get("connections?name=acme-oidc")
        .await
        .assert_status(200);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn a_ticket_opens_ten_times_until_it_expires_and_never_after_it_was_revoked() {
    let api = Api::start().await;
    let organization = api.organization("acme").await;
    let profile = profile(&api).await;
    let often = ticket(&api, &profile, &organization, 0).await;
    for _ in 0..10 {
        assert_eq!(api.page(&often, None).await.0, 200);
    }
    assert_eq!(api.page(&often, None).await.0, 400);
    let revoked = ticket(&api, &profile, &organization, 0).await;
    let (_, secret) = revoked.split_once("ticket=").unwrap();
    let path = format!("self-service-profiles/{profile}/sso-ticket/{secret}/revoke");
    assert_eq!(api.post(&path, json!({})).await.status, 202);
    assert_eq!(api.page(&revoked, None).await.0, 400);
    assert_eq!(api.page(&revoked, Some(&FORM)).await.0, 400);
    let short = ticket(&api, &profile, &organization, 60).await;
    api.running.clock().advance(TimeDelta::seconds(59));
    assert_eq!(api.page(&short, None).await.0, 200);
    api.running.clock().advance(TimeDelta::seconds(1));
    assert_eq!(api.page(&short, Some(&FORM)).await.0, 400);
}

#[actix_web::test]
async fn a_ticket_makes_one_connection_or_edits_one() {
    let api = Api::start().await;
    let path = format!("self-service-profiles/{}/sso-ticket", profile(&api).await);
    let connection = api.connection("acme-oidc", "oidc").await;
    let both = json!({ "connection_id": connection, "connection_config": { "name": "a" } });
    let message = "Only one of connection_id and connection_config can be used.";
    api.post(&path, both)
        .await
        .assert_error(400, "invalid_body", message);
    let none: Value = json!({ "ttl_sec": 60 });
    let message = "One of connection_id and connection_config is required.";
    api.post(&path, none)
        .await
        .assert_error(400, "invalid_body", message);
    let long = json!({ "connection_id": connection, "ttl_sec": 432_001 });
    assert_eq!(api.post(&path, long).await.status, 400);
    let edit = json!({ "connection_id": connection });
    let made = api.post(&path, edit).await.assert_status(201);
    let address = made["ticket"].as_str().unwrap();
    let address = address.strip_prefix(api.running.base_url()).unwrap();
    assert_eq!(api.page(address, Some(&FORM)).await.0, 200);
    let shown = api.get(&format!("connections/{connection}")).await;
    assert_eq!(shown.assert_status(200)["options"]["client_id"], "acme");
}

#[actix_web::test]
async fn a_profile_of_user_attributes_is_kept_as_it_was_sent() {
    let api = Api::start().await;
    let email = json!({
        "label": "Email", "description": "The address", "auth0_mapping": "email", "profile_required": true,
    });
    let sent = json!({ "name": "Ours", "user_attributes": { "email": email } });
    let made = api.post("user-attribute-profiles", sent).await;
    let made = made.assert_status(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("uap_"), "{id}");
    assert_eq!(made["user_attributes"]["email"], email);
    let listed = api.get("user-attribute-profiles").await.assert_status(200);
    assert_eq!(listed["user_attribute_profiles"], json!([made]));
    let body = json!({ "name": "Ours", "user_attribute_profile_id": id });
    let profile = api.post("self-service-profiles", body).await;
    assert_eq!(profile.assert_status(201)["user_attributes"], json!([]));
    let path = format!("user-attribute-profiles/{id}");
    let changed = api.patch(&path, json!({ "name": "Theirs" })).await;
    assert_eq!(changed.assert_status(200)["name"], "Theirs");
    api.delete(&path).await.assert_status(204);
    let message = "User attribute profile not found.";
    api.get(&path).await.assert_error(404, "", message);
}

#[actix_web::test]
async fn a_profile_has_words_of_its_own() {
    let api = Api::start().await;
    let page = format!(
        "self-service-profiles/{}/custom-text/en/get-started",
        profile(&api).await
    );
    assert_eq!(api.get(&page).await.assert_status(200), json!({}));
    let words = json!({ "introduction": "Welcome" });
    let set = api.put_with(&page, words.clone()).await;
    assert_eq!(set.assert_status(200), words);
    assert_eq!(api.get(&page).await.assert_status(200), words);
    api.get(&page.replace("/en/", "/fr/"))
        .await
        .assert_status(400);
    api.get(&page.replace("ssp_", "ssp_0"))
        .await
        .assert_status(404);
}
