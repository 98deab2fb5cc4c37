//! Provisioning by SCIM: set up by an administrator alone, and what an identity provider then does to people reaches
//! members, seats and roles.

mod groups;
mod leavers;
mod people;
mod settings;
mod tokens;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Options, Organization, TestApp, eventually};

/// An organization whose identity provider keeps its people.
pub(crate) struct Directory {
    pub(crate) app: TestApp,
    pub(crate) acme: Organization,
    /// `/v1/orgs/…/identity-providers/con_…`
    path: String,
    /// The connection's name at Auth0.
    pub(crate) connection: String,
    /// Where it sends to, below the sandbox.
    scim: String,
    token: String,
}

/// A product that Auth0 tells what happens.
async fn told() -> TestApp {
    TestApp::with(Options {
        events: true,
        ..Options::default()
    })
    .await
}

/// One of Okta that Auth0 is ready for; answers its path and its connection's name.
pub(crate) async fn okta(app: &TestApp, organization: &Organization) -> (String, String) {
    connected(app, organization, &of_okta()).await
}

fn of_okta() -> Value {
    json!({
        "name": "okta", "strategy": "okta", "assign_membership_on_login": true,
        "options": { "domain": "acme.okta.com", "client_id": "0oa1", "client_secret": "a-secret-of-sixteen" },
    })
}

async fn connected(app: &TestApp, organization: &Organization, new: &Value) -> (String, String) {
    // People become members by logging in only where a domain is proved.
    app.verified_domain(organization).await;
    let all = format!("/v1/orgs/{}/identity-providers", organization.id);
    app.post(&all, &organization.token, new)
        .await
        .assert_status(202);
    let path = format!("{all}/{}", new["name"].as_str().expect("a name"));
    let ready = eventually("a ready identity provider", || async {
        let shown = app.get(&path, Some(&organization.token)).await.json();
        (shown["state"] == "ready").then_some(shown)
    })
    .await;
    let text = |name: &str| ready[name].as_str().expect("a text").to_owned();
    (format!("{all}/{}", text("id")), text("connection"))
}

async fn delete(app: &TestApp, path: &str, token: &str) -> Answer {
    app.send(app.request(Method::DELETE, path, Some(token)))
        .await
}

impl Directory {
    pub(crate) async fn of(app: TestApp) -> Self {
        Self::through(app, &of_okta()).await
    }

    /// The identity provider is this one.
    async fn through(app: TestApp, new: &Value) -> Self {
        let acme = app.organization_of("enterprise").await;
        let (path, connection) = connected(&app, &acme, new).await;
        let set_up = app
            .post(&format!("{path}/provisioning"), &acme.token, &json!({}))
            .await;
        let url = set_up.assert_status(201).json()["scim_url"]
            .as_str()
            .expect("a URL")
            .to_owned();
        let scim = url
            .strip_prefix(app.sandbox.base_url())
            .expect("it is the sandbox's")
            .to_owned();
        let mut directory = Self {
            app,
            acme,
            path,
            connection,
            scim,
            token: String::new(),
        };
        directory.token = directory.new_token().await["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        directory
    }

    fn tokens(&self) -> String {
        format!("{}/provisioning/scim-tokens", self.path)
    }

    async fn new_token(&self) -> Value {
        let made = self
            .app
            .post(&self.tokens(), &self.acme.token, &json!({}))
            .await;
        made.assert_status(201).json()
    }

    async fn send_as(&self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        let path = format!("{}/{}", self.scim, path.replace('|', "%7C"));
        let request = self.app.sandbox_request(method, &path).bearer_auth(token);
        self.app.send(request.json(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send_as(&self.token, method, path, body).await
    }

    fn user_id(&self, email: &str) -> String {
        format!("okta|{}|{email}", self.connection)
    }

    /// The identity provider makes somebody whom it calls by this address.
    pub(crate) async fn assign(&self, email: &str) -> String {
        let new = json!({
            "userName": email, "externalId": email, "displayName": "Ada", "active": true,
            "emails": [{ "value": email, "primary": true }],
        });
        let made = self
            .send(Method::POST, "Users", &new)
            .await
            .assert_status(201)
            .json();
        assert_eq!(made["id"], self.user_id(email));
        self.user_id(email)
    }

    async fn patch(&self, user: &str, operations: Value) {
        let body = json!({ "Operations": operations });
        self.send(Method::PATCH, &format!("Users/{user}"), &body)
            .await
            .assert_status(200);
    }

    fn member_path(&self, user: &str) -> String {
        let id = user.replace('|', "%7C").replace('@', "%40");
        format!("/v1/orgs/{}/members/{id}", self.acme.id)
    }

    async fn member(&self, user: &str) -> Option<Value> {
        let shown = self
            .app
            .get(&self.member_path(user), Some(&self.acme.token))
            .await;
        (shown.status == 200).then(|| shown.json())
    }

    /// Assigned, a member by the event, and logged in; answers the id and the token.
    async fn joined(&self, email: &str) -> (String, String) {
        let user = self.assign(email).await;
        eventually("a new member, made by SCIM", || async {
            let member = self.member(&user).await?;
            (member["joined_by"] == "scim").then_some(())
        })
        .await;
        (user, self.log_in(email).await)
    }

    async fn log_in(&self, email: &str) -> String {
        let login = self
            .app
            .log_in_through(email, &self.acme.id, &self.connection)
            .await;
        login.expect("they can log in").token
    }

    fn organization(&self) -> String {
        format!("/v1/orgs/{}", self.acme.id)
    }

    /// Waits until the very next request is refused.
    async fn is_refused(&self, token: &str, code: &str) {
        let path = self.organization();
        eventually("a refusal", || async {
            let answer = self.app.get(&path, Some(token)).await;
            (answer.status == 403).then(|| answer.assert_problem(403, code).status)
        })
        .await;
    }
}
