//! Secrets that are planted wherever enterprise login takes or makes one, and then looked for in everything that the
//! product says, logs and keeps.

mod providers;

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
    app.verified_domain(&acme).await;
    let (app, process) = app.as_process(&log).await;
    let (planted, heard) = (Vec::new(), Vec::new());
    let mut flow = Flow {
        app,
        acme,
        planted,
        heard,
    };
    let provider = providers::connected(&mut flow).await;
    providers::rotated(&mut flow).await;
    providers::test_login(&mut flow).await;
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
