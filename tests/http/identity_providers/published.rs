//! Documents of identity providers are read and judged before anything is made of them.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Organization, TestApp};

use super::{at_auth0, connected, create, path};

async fn is_refused(app: &TestApp, acme: &Organization, body: &Value, field: &str, code: &str) {
    let refused = create(app, acme, body).await;
    let refused = refused
        .assert_problem(422, "invalid_request")
        .assert_field(field);
    assert_eq!(refused.json()["errors"][0]["code"], code, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_openid_providers_endpoints_are_read_from_its_document() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &app.oidc_provider("corp")).await;
    let id = shown["id"].as_str().expect("an id");
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    let issuer = format!("{}idp/corp", app.sandbox.base_url());
    let options = &connection["options"];
    assert_eq!(options["issuer"], issuer.as_str(), "{options}");
    assert_eq!(options["token_endpoint"], format!("{issuer}/token"));
    assert_eq!(options["jwks_uri"], format!("{issuer}/keys"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saml_providers_metadata_tells_where_it_is_and_how_it_signs() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let base = app.sandbox.base_url().to_owned();
    let body = json!({
        "name": "saml", "strategy": "samlp",
        "options": { "metadataUrl": format!("{base}idp/corp/saml/metadata"), "signSAMLRequest": true },
    });
    let shown = connected(&app, &acme, &body).await;
    let id = shown["id"].as_str().expect("an id");
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    let options = &connection["options"];
    assert_eq!(
        options["signInEndpoint"],
        format!("{base}idp/corp/saml/sso")
    );
    assert_eq!(options["idpinitiated"], json!({ "enabled": false }));
    let certificate = options["signingCert"].as_str().expect("a certificate");
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(
        options["thumbprints"].is_array(),
        "Auth0 could read it: {options}"
    );
}

/// Auth0 takes one certificate of a SAML provider, and its login application is ours.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_certificates_one_is_chosen_and_a_login_of_the_providers_ends_with_us() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let address = format!("{}idp/corp/saml/metadata", app.sandbox.base_url());
    let told = app.sandbox_request(reqwest::Method::GET, "idp/corp/saml/metadata");
    let told = app.send(told).await.body;
    let inside = told
        .split("X509Certificate>")
        .nth(1)
        .expect("a certificate");
    let signs = inside.trim_end_matches("</ds:").to_owned();
    let rotating =
        json!({ "metadataUrl": format!("{address}?rotating=true"), "signSAMLRequest": true });
    let body = |more: Value| {
        let mut options = rotating.clone();
        let fields = options.as_object_mut().expect("options");
        fields.extend(more.as_object().expect("options").clone());
        json!({ "name": "saml", "strategy": "samlp", "options": options })
    };
    let chosen = json!({ "signingCert": signs });
    let other = json!({ "signingCert": "A".repeat(200) });
    let (url, cert) = ("options.metadataUrl", "options.signingCert");
    is_refused(&app, &acme, &body(json!({})), url, "several_certificates").await;
    is_refused(&app, &acme, &body(other), cert, "not_in_metadata").await;
    let foreign = json!({ "signingCert": signs, "idpInitiated": { "enabled": true, "client_id": "another" } });
    let field = "options.idpInitiated.client_id";
    is_refused(&app, &acme, &body(foreign), field, "unknown_client").await;
    let shown = connected(&app, &acme, &body(chosen)).await;
    let id = shown["id"].as_str().expect("an id");
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    assert_eq!(connection["options"]["signingCert"], signs.as_str());
    let mut open = body(json!({ "signingCert": signs, "idpInitiated": { "enabled": true } }));
    open["name"] = json!("open");
    let shown = connected(&app, &acme, &open).await;
    let id = shown["id"].as_str().expect("an id");
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    assert_eq!(
        connection["options"]["idpinitiated"],
        json!({ "enabled": true, "client_id": "tenantry-console", "client_protocol": "oidc" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adfs_server_is_known_by_the_metadata_that_it_publishes() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let base = app.sandbox.base_url();
    let adfs = |name: &str, server: &str| json!({ "name": name, "strategy": "adfs", "options": { "adfs_server": server } });
    let field = "options.adfs_server";
    for (server, code) in [
        (format!("{base}idp"), "not_there"),
        (format!("{base}idp/corp/keys?x=.xml"), "invalid_document"),
        ("https://169.254.169.254".to_owned(), "address_refused"),
    ] {
        is_refused(&app, &acme, &adfs("fs", &server), field, code).await;
    }
    let metadata = app.sandbox_request(Method::GET, "idp/corp/saml/metadata");
    let metadata = app.send(metadata).await.assert_status(200).body.clone();
    let start = "<md:EntityDescriptor ";
    let over = format!("{start}validUntil=\"2020-01-01T00:00:00Z\" ");
    let over = metadata.replacen(start, &over, 1);
    let body = json!({ "name": "fs", "strategy": "adfs", "options": { "fedMetadataXml": over } });
    let given = "options.fedMetadataXml";
    is_refused(&app, &acme, &body, given, "invalid_document").await;
    let list = app.get(&path(&acme), Some(&acme.token)).await.json();
    assert_eq!(list["items"], json!([]));
    let server = format!("{base}idp/corp/");
    let shown = connected(&app, &acme, &adfs("fs", &server)).await;
    let id = shown["id"].as_str().expect("an id");
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    assert_eq!(connection["options"]["adfs_server"], server.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_of_ours_is_called_and_nothing_is_made() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let port = app.sandbox.base_url().rsplit(':').next().expect("a port");
    let at = |url: &str| {
        let mut body = app.oidc_provider("corp");
        body["options"]["discovery_url"] = json!(format!("{url}/.well-known/openid-configuration"));
        body
    };
    let port = port.trim_end_matches('/');
    for inside in [
        "https://127.0.0.1".to_owned(),
        format!("https://127.0.0.1:{port}/idp/corp"),
        format!("http://127.0.0.1:{port}/idp/corp"),
        format!("http://user@localhost:{port}/idp/corp"),
        "https://169.254.169.254".to_owned(),
        "https://2130706433".to_owned(),
        "https://[::ffff:127.0.0.1]".to_owned(),
        "file:///etc".to_owned(),
    ] {
        let field = "options.discovery_url";
        is_refused(&app, &acme, &at(&inside), field, "address_refused").await;
    }
    let base = app.sandbox.base_url().trim_end_matches('/').to_owned();
    let field = "options.discovery_url";
    // Auth0's own document: a good one, of another issuer than a customer's address says.
    is_refused(
        &app,
        &acme,
        &at(&format!("{base}/nothing")),
        field,
        "not_there",
    )
    .await;
    let mut other = app.oidc_provider("corp");
    other["options"]["discovery_url"] = json!(format!("{base}/idp/corp/keys"));
    is_refused(&app, &acme, &other, field, "invalid_document").await;
    let metadata = json!({
        "name": "saml", "strategy": "samlp",
        "options": { "metadataUrl": format!("{base}/idp/corp/keys"), "signSAMLRequest": true },
    });
    is_refused(
        &app,
        &acme,
        &metadata,
        "options.metadataUrl",
        "invalid_document",
    )
    .await;
    let list = app.get(&path(&acme), Some(&acme.token)).await.json();
    assert_eq!(list["items"], json!([]));
    let made = at_auth0(&app, "connections?strategy=oidc").await;
    assert_eq!(made.as_array().expect("connections").len(), 0, "{made}");
}
