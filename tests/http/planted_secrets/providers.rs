//! Identity providers: connected, changed, refused and tried out.

use reqwest::Method;
use serde_json::{Value, json};
use tests::eventually;

use super::Flow;

impl Flow {
    /// Waits until Auth0 has this secret.
    async fn at_auth0(&mut self, secret: &str) {
        let app = &self.app;
        eventually("the new secret at Auth0", || async {
            let all = app.call_auth0(Method::GET, "connections?strategy=oidc", None);
            let all = all.await.json();
            let mut all = all.as_array()?.iter();
            let has = |found: &Value| found["options"]["client_secret"] == secret;
            all.any(has).then_some(())
        })
        .await;
    }
}

/// OIDC, SAML, and what is refused on the way.
pub(super) async fn connected(flow: &mut Flow) -> Value {
    let mut oidc = flow.app.oidc_provider("corp");
    oidc["assign_membership_on_login"] = json!(true);
    let right = oidc["options"]["client_secret"]
        .as_str()
        .expect("a text")
        .to_owned();
    flow.plant("the client secret", &right, None);
    let all = "/identity-providers";
    let created = flow.ask("create oidc", Method::POST, all, &oidc).await;
    created.assert_status(202);
    let again = flow.ask("create oidc", Method::POST, all, &oidc).await;
    again.assert_status(202);
    let shown = flow.ready("corp").await;

    let wrong = "planted-in-a-refused-creation-77c1";
    flow.plant("a refused client secret", wrong, None);
    for (what, options) in [
        (
            "refused, no text",
            json!({ "client_secret": { "x": wrong } }),
        ),
        (
            "refused, unknown option",
            json!({ "client_secret": wrong, "client_secrets": [wrong] }),
        ),
        (
            "refused, no document",
            json!({
                "type": "back_channel", "client_id": "tenantry", "client_secret": wrong,
                "discovery_url": "https://169.254.169.254/.well-known/openid-configuration",
            }),
        ),
    ] {
        let body = json!({ "name": "wrong", "strategy": "oidc", "options": options });
        let refused = flow.ask(what, Method::POST, all, &body).await;
        assert_eq!(refused.status, 422, "{refused:?}");
    }
    let path = flow.below(all);
    let malformed = flow
        .app
        .request(Method::POST, &path, Some(&flow.acme.token));
    let malformed = malformed.header("content-type", "application/json");
    let malformed = malformed.body(format!(
        "{{ \"options\": {{ \"client_secret\": \"{wrong}\" ]"
    ));
    let malformed = flow.send("refused, malformed", malformed).await;
    assert_eq!(malformed.status, 400, "{malformed:?}");

    let metadata = format!("{}idp/campus/saml/metadata", flow.app.sandbox.base_url());
    let saml = json!({
        "name": "campus", "strategy": "samlp",
        "options": { "metadataUrl": metadata, "signSAMLRequest": true },
    });
    let created = flow.ask("create saml", Method::POST, all, &saml).await;
    created.assert_status(202);
    flow.ready("campus").await;
    shown
}

/// Another secret in the place of the first. The stand-in knows the first alone, so that one comes back at once.
pub(super) async fn rotated(flow: &mut Flow) {
    let path = "/identity-providers/corp";
    let mut options = flow.app.oidc_provider("corp")["options"].clone();
    let first = options["client_secret"].clone();
    for (what, secret) in [
        ("rotate the secret", json!("planted-by-a-change-4e09")),
        ("rotate it back", first),
    ] {
        let text = secret.as_str().expect("a text").to_owned();
        flow.plant("the client secret of a change", &text, None);
        options["client_secret"] = secret;
        let body = json!({ "options": options });
        let (path, token) = (flow.below(path), flow.acme.token.clone());
        let request = flow.app.request(Method::PATCH, &path, Some(&token));
        let request = request.header("if-match", "*").json(&body);
        flow.send(what, request).await.assert_status(200);
        // While Auth0 follows, it lies sealed.
        flow.read("oidc, changed", "/identity-providers/corp").await;
        flow.ready("corp").await;
        flow.at_auth0(&text).await;
    }
    let wrong = "planted-in-a-refused-change-91bd";
    flow.plant("the client secret of a refused change", wrong, None);
    options["client_secret"] = json!(wrong);
    options["discovery_url"] = json!("https://169.254.169.254/.well-known/openid-configuration");
    let (path, token) = (flow.below(path), flow.acme.token.clone());
    let request = flow.app.request(Method::PATCH, &path, Some(&token));
    let request = request
        .header("if-match", "*")
        .json(&json!({ "options": options }));
    let refused = flow.send("refused, change", request).await;
    assert_eq!(refused.status, 422, "{refused:?}");
}

/// The code and the state of a test login pass through our own page.
pub(super) async fn test_login(flow: &mut Flow) {
    let (test, nothing) = ("/identity-providers/corp/test", json!({}));
    let begun = flow.ask("begin a test", Method::POST, test, &nothing).await;
    let begun = begun.assert_status(201).json();
    let address = begun["url"].as_str().expect("an address").to_owned();
    let back = format!("{}/identity-provider-test", flow.app.url);
    let typed = [("username", "d0042@corp.acme.example")];
    let landed = flow.app.at_the_provider(&address, &typed, &back).await;
    let code = landed.query("code").expect("a code");
    flow.plant("the code of a test login", &code, None);
    let path = landed.url.as_str()[flow.app.url.len()..].to_owned();
    let page = flow.app.request(Method::GET, &path, None);
    flow.send("return from a test", page)
        .await
        .assert_status(200);
    let (app, acme, path) = (
        &flow.app,
        &flow.acme,
        flow.below("/identity-providers/corp/test"),
    );
    eventually("the test login", || async {
        let shown = app.get(&path, Some(&acme.token)).await.json();
        (shown["state"] == "passed").then_some(())
    })
    .await;
}
