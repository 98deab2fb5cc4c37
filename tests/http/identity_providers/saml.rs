//! An administrator connects a SAML provider alone, and people come through it.

use serde_json::json;
use tests::{TestApp, eventually};

use super::{connected, path};

#[tokio::test(flavor = "multi_thread")]
async fn a_saml_provider_is_connected_tried_out_and_used() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.verified_domain(&acme).await;
    let metadata = format!("{}idp/campus/saml/metadata", app.sandbox.base_url());
    let body = json!({
        "name": "campus", "strategy": "samlp", "assign_membership_on_login": true,
        "options": { "metadataUrl": metadata, "signSAMLRequest": true },
        "group_roles": [{ "group": "Faculty", "role": "org_billing" }],
    });
    let shown = connected(&app, &acme, &body).await;
    let connection = shown["connection"].as_str().expect("a name");
    let test = format!("{}/campus/test", path(&acme));
    let begun = app.post(&test, &acme.token, &json!({})).await;
    let begun = begun.assert_status(201).json();
    let url = begun["url"].as_str().expect("an address");
    let back = format!("{}/identity-provider-test", app.url);
    let typed = [
        ("username", "d0042@ad.acme.example"),
        ("groups", "Faculty,Staff"),
    ];
    let landed = app.at_the_provider(url, &typed, &back).await;
    let landed = landed.url.as_str()[app.url.len()..].to_owned();
    let page = app.get(&landed, None).await.body;
    assert!(page.contains("The test login came back"), "{page}");
    let passed = eventually("the result of the test", || async {
        let found = app.get(&test, Some(&acme.token)).await.json();
        (found["state"] == "passed").then_some(found)
    })
    .await;
    let claims = &passed["claims"];
    assert_eq!(claims["groups"], json!(["Faculty", "Staff"]));
    assert_eq!(claims["email"], serde_json::Value::Null);

    let typed = [
        ("username", "d0043@ad.acme.example"),
        ("email", "bo@acme.example"),
        ("groups", "Faculty"),
    ];
    let token = app.log_in_by_provider(&acme, connection, &typed).await;
    let token = token.expect("they come in");
    let members = format!("/v1/orgs/{}/members", acme.id);
    eventually("a member by SAML", || async {
        let listed = app.get(&members, Some(&token)).await;
        let listed = listed.status.is_success().then(|| listed.json())?;
        let items = listed["items"].as_array()?;
        let bo = items
            .iter()
            .find(|member| member["email"] == "bo@acme.example")?;
        (bo["roles"] == json!(["org_billing"])).then_some(())
    })
    .await;
}
