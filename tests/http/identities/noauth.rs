//! nOAuth: somebody's own tenant, at their own identity provider, says that they have the victim's address.

use api::dev::demo::Provider;
use reqwest::Method;
use serde_json::{Value, json};
use tests::TestApp;

use super::{at_auth0, identities, link, sub};

/// A connection of the attacker's, which vouches for addresses or does not, for everybody at the login page.
async fn attackers_tenant(app: &TestApp, name: &str, trust: &str) {
    let connection = json!({
        "name": name, "strategy": "waad", "enabled_clients": ["tenantry-console"],
        "options": { "client_id": "tenantry", "should_trust_email_verified_connection": trust },
    });
    app.at_auth0(Method::POST, "connections", connection).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_victims_address_makes_a_new_person_who_has_nothing_of_theirs() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for (name, trust, verified) in [
        ("evil-unverified", "never_set_emails_as_verified", false),
        ("evil-verified", "always_set_emails_as_verified", true),
    ] {
        attackers_tenant(&app, name, trust).await;
        let provider = Provider {
            connection: name.into(),
            username: "mallory@evil.example".into(),
            email: team.admin.email.clone(),
        };
        let login = app
            .log_in_by("", Some(provider), &[("connection", name)])
            .await;
        let mallory = login.expect("the provider vouches for them");
        assert_ne!(sub(&mallory), team.admin.user_id);
        assert_eq!(mallory.id_token["email"], team.admin.email.as_str());
        assert_eq!(mallory.id_token["email_verified"], verified);
        let me = app.get("/v1/me", Some(&mallory.token)).await.json();
        assert_eq!(me["organizations"], json!([]), "{me}");
        let projects = app
            .get("/v1/me/projects", Some(&mallory.token))
            .await
            .json();
        assert_eq!(projects["items"], json!([]));
        assert_eq!(identities(&app, &mallory.token).await, Vec::<Value>::new());
        // Their own token proves one login, not two.
        let refused = link(&app, &mallory.token, &mallory.token, "caller").await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field("token");
    }
    let victim = at_auth0(&app, &team.admin.user_id).await;
    assert_eq!(victim, Some(vec![team.admin.user_id.clone()]));
    let mine = app.get("/v1/me", Some(&team.admin.token)).await.json();
    assert_eq!(mine["organizations"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_offers_to_link_by_an_address() {
    let app = TestApp::start().await;
    let ada = app.visitor().await;
    let provider = Provider {
        connection: "google-oauth2".into(),
        username: String::new(),
        email: ada.email.clone(),
    };
    // The helper fails at any page between the provider's and the application.
    let login = app.log_in_by("", Some(provider), &[]).await;
    let social = login.expect("straight back to the application");
    assert_ne!(sub(&social), ada.user_id);
    assert_eq!(social.id_token["email"], ada.email.as_str());
    let links = app.row_counts().await["app.identity_links"];
    assert_eq!(links, 0);
}
