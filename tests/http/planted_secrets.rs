//! Secrets that are planted wherever enterprise login takes or makes one, and then looked for in everything that the
//! product says, logs and keeps.

use std::path::PathBuf;

use api::dev::demo::Provider;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};
use uuid::Uuid;

/// A secret, and the one answer that may show it.
struct Planted {
    what: &'static str,
    text: String,
    shown_in: Option<&'static str>,
}

struct Flow {
    app: TestApp,
    acme: Organization,
    planted: Vec<Planted>,
    /// What was asked for, and everything that came back.
    heard: Vec<(&'static str, String)>,
}

impl Flow {
    fn plant(&mut self, what: &'static str, text: &str, shown_in: Option<&'static str>) {
        assert!(text.len() >= 16, "{what} could be there by chance: {text}");
        let text = text.to_owned();
        self.planted.push(Planted {
            what,
            text,
            shown_in,
        });
    }

    async fn send(&mut self, what: &'static str, request: RequestBuilder) -> Answer {
        let answer = self.app.send(request).await;
        let heard = format!("{} {:?} {}", answer.status, answer.headers, answer.body);
        self.heard.push((what, heard));
        answer
    }

    async fn ask(
        &mut self,
        what: &'static str,
        method: Method,
        below: &str,
        body: &Value,
    ) -> Answer {
        let path = self.below(below);
        let token = self.acme.token.clone();
        let request = self.app.request(method.clone(), &path, Some(&token));
        let request = match method {
            Method::GET | Method::DELETE => request,
            _ => request.header("idempotency-key", key(what)).json(body),
        };
        self.send(what, request).await
    }

    async fn read(&mut self, what: &'static str, below: &str) -> Value {
        let answer = self.ask(what, Method::GET, below, &Value::Null).await;
        answer.assert_status(200).json()
    }

    fn below(&self, below: &str) -> String {
        format!("/v1/orgs/{}{below}", self.acme.id)
    }

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

    async fn ready(&mut self, name: &str) -> Value {
        let path = self.below(&format!("/identity-providers/{name}"));
        let (app, token) = (&self.app, &self.acme.token);
        eventually("a ready identity provider", || async {
            let shown = app.get(&path, Some(token)).await.json();
            (shown["state"] == "ready").then_some(shown)
        })
        .await
    }
}

/// What was asked for before is asked for again with the same.
fn key(what: &str) -> String {
    what.replace(' ', "-")
}

/// OIDC, SAML, and what is refused on the way.
async fn identity_providers(flow: &mut Flow) -> Value {
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
async fn rotated(flow: &mut Flow) {
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
async fn test_login(flow: &mut Flow) {
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

async fn scim(flow: &mut Flow, provider: &str) {
    let provisioning = format!("/identity-providers/{provider}/provisioning");
    let set_up = flow
        .ask("set up scim", Method::POST, &provisioning, &json!({}))
        .await;
    set_up.assert_status(201);
    let tokens = format!("{provisioning}/scim-tokens");
    let made = flow
        .ask("make a scim token", Method::POST, &tokens, &json!({}))
        .await;
    let token = made.assert_status(201).json()["token"].clone();
    let token = token.as_str().expect("a token");
    flow.plant("the SCIM token", token, Some("make a scim token"));
    // The same request again has the same answer, but not the token.
    let path = flow.below(&tokens);
    let again = flow
        .app
        .request(Method::POST, &path, Some(&flow.acme.token));
    let again = again
        .header("idempotency-key", key("make a scim token"))
        .json(&json!({}));
    flow.send("make a scim token again", again).await;
    flow.read("list scim tokens", &tokens).await;
}

async fn sso_ticket(flow: &mut Flow) {
    let body = json!({ "name": "later", "display_name": "Later", "ttl_seconds": 3600 });
    let made = flow
        .ask("order a ticket", Method::POST, "/sso-tickets", &body)
        .await;
    let made = made.assert_status(201).json();
    let link = made["url"].as_str().expect("the link");
    let secret = link.rsplit(['/', '=']).next().expect("a secret").to_owned();
    flow.plant("the ticket", &secret, Some("order a ticket"));
    let path = flow.below("/sso-tickets");
    let again = flow
        .app
        .request(Method::POST, &path, Some(&flow.acme.token));
    let again = again
        .header("idempotency-key", key("order a ticket"))
        .json(&body);
    flow.send("order a ticket again", again).await;
    flow.read("list tickets", "/sso-tickets").await;
}

/// With the second factor that the organization asks for from now on, and past its identity provider.
async fn mfa_and_break_glass(flow: &mut Flow) {
    let policies = json!({
        "members_can_invite": false, "sso": "enforce",
        "mfa": { "enforce": true, "providers": ["otp"], "skip_federated": true },
    });
    let changed = flow
        .ask("insist", Method::PUT, "/policies", &policies)
        .await;
    changed.assert_status(200);
    let (id, email) = (flow.acme.id.clone(), flow.acme.admin.email.clone());
    let into = [("organization", id.as_str())];
    let mut login = eventually("a login that is asked for a factor", || async {
        let login = flow.app.begin_login(&email, &into).await;
        login
            .page
            .url
            .path()
            .contains("mfa-otp-enrollment")
            .then_some(login)
    })
    .await;
    let key = login.key().expect("a key to enrol");
    flow.plant("the key of the second factor", &key, None);
    let code = flow.app.one_time_code(&key);
    login.enter(&flow.app, &code).await;
    let tokens = flow.app.tokens_of(&login.page).await;
    let token = tokens["access_token"].as_str().expect("a token").to_owned();
    flow.plant("the administrator's token", &token, None);
    if let Some(refresh) = tokens["refresh_token"].as_str() {
        flow.plant("the administrator's refresh token", refresh, None);
    }
    flow.acme.token = token;
    let reason = json!({ "reason": "A proof." });
    let broken = flow.ask(
        "break the glass",
        Method::POST,
        "/policies/break-glass",
        &reason,
    );
    broken.await.assert_status(201);
}

async fn linking(flow: &mut Flow) {
    let ada = flow.app.visitor().await;
    let provider = Provider {
        connection: "google-oauth2".into(),
        username: String::new(),
        email: format!("social-{}@example.com", Uuid::new_v4().simple()),
    };
    let extra = [("prompt", "login"), ("link_with", ada.user_id.as_str())];
    let other = flow.app.log_in_by("", Some(provider), &extra).await;
    let other = other.expect("the provider vouches for them").token;
    flow.plant("a token to link by", &other, None);
    flow.plant("the token of the main login", &ada.token, None);
    for (what, body) in [
        (
            "link, refused",
            json!({ "token": format!("{other}x"), "main": "caller" }),
        ),
        (
            "link, unknown field",
            json!({ "token": other, "main": "caller", "tokens": [other] }),
        ),
        ("link", json!({ "token": other, "main": "caller" })),
    ] {
        let request = flow
            .app
            .request(Method::POST, "/v1/me/identities", Some(&ada.token));
        flow.send(what, request.json(&body)).await;
    }
    let linked = flow.heard.last().expect("an answer");
    assert!(linked.1.starts_with("202"), "{linked:?}");
    let listed = flow
        .app
        .request(Method::GET, "/v1/me/identities", Some(&ada.token));
    flow.send("list identities", listed)
        .await
        .assert_status(200);
}

/// Everything that can be read afterwards.
async fn read_everything(flow: &mut Flow) {
    for (what, below) in [
        ("organization", ""),
        ("identity providers", "/identity-providers"),
        ("oidc", "/identity-providers/corp"),
        ("saml", "/identity-providers/campus"),
        ("the test", "/identity-providers/corp/test"),
        ("members", "/members"),
        ("the report", "/policies/sso-report"),
        ("audit trail", "/audit-events?limit=200"),
        ("sync", "/sync"),
    ] {
        let path = flow.below(below);
        let request = flow.app.request(Method::GET, &path, Some(&flow.acme.token));
        flow.send(what, request).await;
    }
    for (what, below) in [
        ("export", "/audit-events/export"),
        ("export as table", "/audit-events/export?format=csv"),
    ] {
        let answer = flow.ask(what, Method::GET, below, &Value::Null).await;
        answer.assert_status(200);
        for told in ["identity_provider.created", "organization.glass_broken"] {
            assert!(
                answer.body.contains(told),
                "{told} in {what}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_planted_is_found_nowhere_but_where_it_is_shown_once() {
    let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let log = log.join(format!("planted-{}.log", Uuid::new_v4().simple()));
    let app = TestApp::start().await;
    let acme = app.organization_of("enterprise").await;
    let (app, process) = app.as_process(&log).await;
    let (planted, heard) = (Vec::new(), Vec::new());
    let mut flow = Flow {
        app,
        acme,
        planted,
        heard,
    };
    let provider = identity_providers(&mut flow).await;
    rotated(&mut flow).await;
    test_login(&mut flow).await;
    scim(&mut flow, provider["id"].as_str().expect("an id")).await;
    sso_ticket(&mut flow).await;
    linking(&mut flow).await;
    mfa_and_break_glass(&mut flow).await;
    read_everything(&mut flow).await;
    flow.app.settled().await;
    drop(process);
    let logged = std::fs::read_to_string(&log).expect("the log");
    assert!(logged.lines().count() > 20, "the product logs: {logged}");
    for Planted {
        what,
        text,
        shown_in,
    } in &flow.planted
    {
        for (asked, heard) in &flow.heard {
            let shows = heard.contains(text);
            assert_eq!(
                shows,
                Some(*asked) == *shown_in,
                "{what} in the answer to {asked}: {heard}"
            );
        }
        let line = logged.lines().find(|line| line.contains(text));
        assert_eq!(line, None, "{what} in the log");
        let rows = flow.app.rows_that_mention(std::slice::from_ref(text)).await;
        assert_eq!(rows, Vec::<String>::new(), "{what} in the database");
    }
    std::fs::remove_file(&log).expect("the log goes");
    println!(
        "{} secrets looked for in {} answers, {} lines of log and every row: none found",
        flow.planted.len(),
        flow.heard.len(),
        logged.lines().count()
    );
}
